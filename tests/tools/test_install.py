"""tools/install.sh takes the build of torch that fits the machine.

Nothing is installed: stand-ins on PATH note how they are called, and a loopback server
is the index of CPU builds.
"""

import http.server
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time

import pytest

# Any Python: makes a .venv whose Python is itself; runs the probe; notes pip's calls.
PYTHON = """#!/bin/sh
case "$*" in
    "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
    --version) echo "Python 3.12.0" ;;
    "-c "*) exit "${TOO_OLD:-0}" ;;
    "- "*) exec "$REAL_PYTHON" "$@" ;;
    *"config list"*) echo "${PIP_SETTINGS:-}" ;;
    *) echo "pip ${*#-m pip --disable-pip-version-check }" >> "$CALLS"
       case "$*" in *"${BROKEN:-nothing is}"*) exit 1 ;; esac ;;
esac
"""
NOTE = '#!/bin/sh\necho "uv $*" >> "$CALLS"\n'
NEEDED = "sh cat cksum cp dirname grep mkdir rm sed tr".split()


class Index(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_HEAD(self):
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *args):
        """Nothing on the terminal."""


@pytest.fixture
def index(request):
    """The address of an index on loopback, which answers with the given status."""
    handler = type("Handler", (Index,), {"status": getattr(request, "param", 200)})
    server = http.server.HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def machine(tmp_path, project):
    """A function that installs into a folder like the project.

    It returns what was printed and the calls that were noted. Unless it is told
    otherwise, the machine has Linux, no GPU and no uv.
    """
    tools, home = tmp_path / "bin", tmp_path / "a project"
    (home / "tools").mkdir(parents=True)
    tools.mkdir()
    for name in ("tools/install.sh", "pyproject.toml", "requirements.lock"):
        shutil.copy(project / name, home / name)
    for name in NEEDED:
        (tools / name).symlink_to(shutil.which(name))
    add(tools / "python3", PYTHON)
    calls = tmp_path / "calls"

    def install(*words, system="Linux", gpu=False, uv=False, **variables):
        add(tools / "uname", f"#!/bin/sh\necho {system}\n")
        add(tools / "nvidia-smi", f"#!/bin/sh\nexit {int(not gpu)}\n")
        if uv:
            add(tools / "uv", NOTE)
        calls.write_text("")
        settings = {"PATH": str(tools), "REAL_PYTHON": sys.executable}
        settings |= {"CALLS": str(calls), "DRIVER": str(tmp_path / "no driver")}
        done = subprocess.run(
            ["sh", "tools/install.sh", *words],
            cwd=home,
            env=settings | {k: str(v) for k, v in variables.items()},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == variables.get("TOO_OLD", 0), done.stderr
        return done, calls.read_text().splitlines()

    return install


def add(path, text):
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_without_a_gpu_torch_comes_from_the_index_of_cpu_builds(machine, index):
    done, calls = machine(CPU_INDEX=index)
    torch, setuptools, rest = calls
    assert torch.startswith(f"pip install --quiet --index-url {index} torch>=")
    assert "torchvision>=" in torch and "setuptools" in setuptools
    assert rest.endswith("--no-build-isolation -e .[lab,classroom]")
    assert f"torch from {index}" in done.stdout and "TORCH_INDEX=" in done.stdout
    assert not done.stderr


@pytest.mark.parametrize(
    "where", [{"gpu": True}, {"system": "Darwin"}, {"TORCH_INDEX": "ordinary"}]
)
def test_where_the_usual_build_is_right_no_index_is_asked(machine, where):
    done, calls = machine(CPU_INDEX="http://127.0.0.1:1", **where)
    assert calls[0].startswith("pip install --quiet torch>=")
    assert "torch from ordinary" in done.stdout and not done.stderr


def test_a_driver_is_enough_to_know_a_gpu(machine, tmp_path):
    (tmp_path / "version").touch()
    _, calls = machine(CPU_INDEX="http://127.0.0.1:1", DRIVER=tmp_path / "version")
    assert "--index-url" not in calls[0]


@pytest.mark.parametrize("index", [403, 404], indirect=True)
def test_an_index_that_refuses_costs_one_line(machine, index):
    done, calls = machine(CPU_INDEX=index)
    assert calls[0].startswith("pip install --quiet torch>=")
    assert done.stderr.count("\n") == 1
    assert "3 GB" in done.stderr and "TORCH_INDEX=" in done.stderr


def test_an_index_that_is_silent_costs_eight_seconds_at_most(machine):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        done, calls = machine(CPU_INDEX=f"http://127.0.0.1:{silent.getsockname()[1]}")
        waited = time.monotonic() - start
    assert 4 < waited < 12, "5 s for the probe, the rest for a busy machine"
    assert "--index-url" not in calls[0] and done.stderr.count("\n") == 1


def test_an_index_that_breaks_after_its_answer_is_given_up(machine, index):
    done, calls = machine(CPU_INDEX=index, BROKEN=index)
    assert index in calls[0] and "--index-url" not in calls[1]
    assert "torch from ordinary" in done.stdout and done.stderr.count("\n") == 1


def test_an_address_that_is_given_is_taken_without_a_question(machine):
    wanted = "http://127.0.0.1:1/mine"
    done, calls = machine(TORCH_INDEX=wanted, gpu=True)
    assert f"--index-url {wanted} torch>=" in calls[0]
    assert f"torch from {wanted}" in done.stdout


def test_uv_installs_where_it_is_there(machine, index):
    _, calls = machine(CPU_INDEX=index, uv=True)
    into = "uv pip install --quiet --python .venv/bin/python"
    assert len(calls) == 3 and all(call.startswith(into) for call in calls)


@pytest.mark.parametrize(
    "setting",
    ["global.index-url='http://127.0.0.1/'", ":env:.constraint='limits.txt'"],
)
def test_pip_stays_where_it_was_told_of_a_mirror_or_a_limit(machine, index, setting):
    _, calls = machine(CPU_INDEX=index, uv=True, PIP_SETTINGS=setting)
    assert len(calls) == 3 and all(call.startswith("pip ") for call in calls)


def test_locked_takes_torch_by_version_and_all_else_by_hash(machine, index):
    _, (torch, _, locked, project) = machine(CPU_INDEX=index, LOCKED=1)
    assert f"--index-url {index} torch==" in torch and "torchvision==" in torch
    assert locked.endswith("--no-deps --require-hashes -r requirements.lock")
    assert project.endswith("--no-deps --no-build-isolation -e .")


def test_nothing_is_done_twice_and_dev_holds_what_a_run_needs(machine, index):
    machine("dev", CPU_INDEX=index)
    for words in ((), ("site",), ("dev",)):
        done, calls = machine(*words, CPU_INDEX="http://127.0.0.1:1")
        assert not calls and not done.stdout


def test_the_site_brings_what_builds_it_and_what_a_run_needs(machine, index):
    _, calls = machine("site", CPU_INDEX=index)
    assert calls[-1].endswith("-e .[lab,classroom,site]")
    assert machine(CPU_INDEX="http://127.0.0.1:1")[1] == []
    _, calls = machine("dev", CPU_INDEX="http://127.0.0.1:1")
    assert calls[-1].endswith("-e .[lab,classroom,site,scale,dev]")


def test_what_comes_later_keeps_the_build_that_is_there(machine, index):
    machine(CPU_INDEX=index)
    done, calls = machine("dev", CPU_INDEX="http://127.0.0.1:1")
    assert index in calls[0] and "scale,dev" in calls[2] and not done.stderr


def test_another_address_makes_the_environment_anew(machine, index):
    machine(CPU_INDEX=index)
    done, calls = machine(TORCH_INDEX="ordinary")
    assert "making it anew" in done.stdout and "--index-url" not in calls[0]
    assert "torch from ordinary" in done.stdout


def test_an_old_python_is_refused_with_the_remedy(machine):
    done, calls = machine(TOO_OLD=1)
    assert not calls and "make PYTHON=python3.12 run" in done.stderr
