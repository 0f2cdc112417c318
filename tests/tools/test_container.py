"""The image and the class server keep their promises, as far as no Docker is needed.

The files are read, and the very commands of the services are started here and asked for
their health. CI builds the image itself.
"""

import contextlib
import fnmatch
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import lab_server
import pytest
import yaml


@pytest.fixture(scope="module")
def dockerfile(project):
    """[(instruction, the rest in one line)] of the Dockerfile."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (project / "Dockerfile").read_text("utf-8"))
    lines = text.replace("\\\n", " ").splitlines()
    return [tuple(line.split(None, 1)) for line in lines if line.strip()]


@pytest.fixture(scope="module")
def services(project):
    return yaml.safe_load((project / "compose.yaml").read_text("utf-8"))["services"]


def rest(dockerfile, word):
    return [text for instruction, text in dockerfile if instruction == word]


def args(dockerfile):
    pairs = (text.split("=", 1) for text in rest(dockerfile, "ARG"))
    return {name: value.strip('"') for name, value in pairs}


def ignored(project, path):
    """Whether .dockerignore keeps `path`, or a folder above it, out of the image."""
    lines = (project / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert not [rule for rule in rules if rule.startswith("!")], "not understood here"
    parts = Path(path).parts
    above = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    last = [rule.removeprefix("**/") for rule in rules if rule.startswith("**/")]
    names = [part for part in parts for rule in last if fnmatch.fnmatch(part, rule)]
    return bool(names or set(above) & set(rules))


def sources(dockerfile):
    """What the instructions COPY name, without a slash at the end."""
    texts = rest(dockerfile, "COPY")
    return [word.rstrip("/") for text in texts for word in text.split()[:-1]]


def test_every_source_of_a_copy_is_there_and_not_ignored(project, dockerfile):
    found = sources(dockerfile)
    assert found and all((project / name).exists() for name in found)
    assert not [name for name in found if ignored(project, name)]


def test_the_image_holds_what_the_lessons_and_commands_read(project, dockerfile):
    lessons = (project / "notebooks" / "src").glob("*.py")
    stored = re.compile(r'stored\("([^"]+)"\)')
    wanted = {name for p in lessons for name in stored.findall(p.read_text("utf-8"))}
    assert wanted
    for room in "notebooks weights figures gan_utils classroom".split():
        found = [path for path in (project / room).rglob("*") if path.is_file()]
        wanted |= {path.relative_to(project).as_posix() for path in found}
    wanted = {name for name in wanted if not re.search(r"__pycache__|/\.", name)}
    missing = [name for name in wanted if ignored(project, name)]
    held = tuple(sources(dockerfile))
    assert not missing + [name for name in wanted if not name.startswith(held)]
    assert all(ignored(project, name) for name in (".git", "runs", "data", "tests"))


def test_what_is_there_when_it_installs_is_enough(project, dockerfile, tmp_path):
    steps = [line for line in dockerfile if line[0] in ("COPY", "RUN")]
    for instruction, text in steps[1:]:  # the first one adds a user
        *names, target = text.split()
        if instruction == "COPY":
            for name in names:
                copy = "cp -r" if name.endswith("/") else "cp"
                subprocess.run([*copy.split(), project / name, tmp_path], check=True)
        elif "install.sh" not in text:
            subprocess.run(text, shell=True, check=True, cwd=tmp_path)
        else:
            break
    made = "from setuptools import build_meta as b; b.build_editable('.')"
    done = subprocess.run(
        [sys.executable, "-c", made], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_no_image_floats(dockerfile, services):
    first = args(dockerfile)
    image = rest(dockerfile, "FROM")[0].replace("${PYTHON}", first["PYTHON"])
    names = [image, *(service["image"] for service in services.values())]
    assert all(re.search(r":(?!latest)[\w.-]+$", name) for name in names), names
    assert re.fullmatch(r"\d+\.\d+\.\d+", first["JUPYTERHUB"])
    assert "LOCKED=1" in " ".join(rest(dockerfile, "RUN"))


def test_its_python_is_one_that_is_tested(project, dockerfile):
    ci = yaml.safe_load((project / ".github/workflows/ci.yml").read_text("utf-8"))
    tested = ci["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert args(dockerfile)["PYTHON"] in tested


def test_torch_is_the_build_for_the_cpu_that_the_installation_knows(
    project, dockerfile
):
    text = (project / "tools" / "install.sh").read_text("utf-8")
    (index,) = re.findall(r"CPU_INDEX:-(\S+?)}", text)
    assert args(dockerfile)["TORCH_INDEX"] == index


def test_nothing_runs_as_root(dockerfile, services):
    order = [instruction for instruction, _ in dockerfile]
    assert rest(dockerfile, "USER") == ["1000"]
    assert (
        "RUN" not in order[order.index("USER") :]
    )  # what it makes would be the user's
    for service in services.values():
        assert "user" not in service and "privileged" not in service
        assert service["cap_drop"] == ["ALL"]


def test_each_service_is_limited_watched_and_comes_back(dockerfile, services):
    assert len(rest(dockerfile, "HEALTHCHECK")) == 1
    for service in services.values():
        assert {"cpus", "mem_limit", "pids_limit"} <= set(service)
        assert service["restart"] == "unless-stopped"


def test_ports_and_volumes_agree(dockerfile, services):
    assert rest(dockerfile, "EXPOSE") == ["8888"]
    assert services["lab"]["ports"] == ["8888:8888"]
    port = services["explore"]["command"][3]
    assert services["explore"]["ports"] == [f"{port}:{port}"]
    (volume,) = services["lab"]["volumes"]
    folder = volume.split(":")[1]
    settings = dict(
        word.split("=", 1) for word in " ".join(rest(dockerfile, "ENV")).split()
    )
    assert rest(dockerfile, "WORKDIR")[-1] == folder
    assert settings["GAN_RUNS_DIR"].startswith(folder)
    assert settings["GAN_DATA_DIR"].startswith(folder)


def test_the_notebooks_do_not_open_without_a_secret(services):
    token = services["lab"]["environment"]["JUPYTER_TOKEN"]
    assert re.fullmatch(r"\$\{JUPYTER_TOKEN:\?.+}", token)  # else compose says so, ends


# The services, started here


@contextlib.contextmanager
def started(words, folder, **variables):
    """A command of the image, in `folder`, for as long as the block lasts."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    settings = lab_server.surroundings(folder / "home") | {"PATH": path, **variables}
    work, log = folder / "work", folder / "log"
    work.mkdir(exist_ok=True)
    with open(log, "w") as file:
        server = subprocess.Popen(
            words, cwd=work, env=settings, stdout=file, stderr=file
        )
    try:
        yield server, work, log
    finally:
        server.terminate()
        server.wait(60)


def becomes_healthy(test, port_there, port, server, log):
    """Run a health check, with `port` in place of `port_there`, until it passes.

    test: the words of a HEALTHCHECK, beginning with `python`.
    """
    assert test[0] == "python" and str(port_there) in test[-1]
    words = [sys.executable, *test[1:-1], test[-1].replace(str(port_there), str(port))]
    for _ in range(300):
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode == 0:
            return
        assert server.poll() is None, log.read_text()[-2000:]
        time.sleep(0.3)
    pytest.fail(f"{done.stderr[-300:]}\n{log.read_text()[-2000:]}")


def healthy(dockerfile):
    (check,) = rest(dockerfile, "HEALTHCHECK")
    return json.loads(check[check.index("[") :])


def test_the_lab_answers_its_health_check_and_copies_the_lessons_once(
    project, dockerfile, tmp_path
):
    entry = json.loads(rest(dockerfile, "ENTRYPOINT")[0])
    words = entry + json.loads(rest(dockerfile, "CMD")[0])
    words = [word.replace("/opt/gan-mnist", str(project)) for word in words]
    if os.getuid() == 0:  # never in the image
        words.append("--allow-root")
    (tmp_path / "work").mkdir()
    mine = tmp_path / "work" / "01_explore_mnist.ipynb"
    mine.write_text("last week's work")
    port = lab_server.free_port()
    secret = {"JUPYTER_TOKEN": "a-secret", "JUPYTER_PORT": str(port)}
    with started(words, tmp_path, **secret) as (server, work, log):
        becomes_healthy(healthy(dockerfile), 8888, port, server, log)
        there = {path.name for path in work.glob("*.ipynb")}
    assert there == {path.name for path in (project / "notebooks").glob("*.ipynb")}
    assert mine.read_text() == "last week's work"
    assert f":{port}/" in log.read_text() and "a-secret" not in log.read_text()


def test_the_explorers_answer_their_health_check_at_every_address(
    project, services, tmp_path
):
    service = services["explore"]
    port = lab_server.free_port()
    there = {"/opt/gan-mnist/figures": str(project / "figures"), "8866": str(port)}
    words = [there.get(word, word) for word in service["command"]]
    kind, *test = service["healthcheck"]["test"]
    assert kind == "CMD"
    with started(words, tmp_path) as (server, _, log):
        becomes_healthy(test, 8866, port, server, log)
        listening = Path("/proc/net/tcp")
        if listening.is_file():
            assert f" 00000000:{port:04X} " in listening.read_text()


def test_a_health_check_fails_where_nobody_answers(dockerfile, services):
    for test in (healthy(dockerfile), services["explore"]["healthcheck"]["test"][1:]):
        port = str(lab_server.free_port())
        code = re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{port}", test[-1])
        words = [sys.executable, *test[1:-1], code]
        assert subprocess.run(words, capture_output=True).returncode != 0


# The entry, with stand-ins on PATH


@pytest.fixture
def entry(project, tmp_path):
    """A function that starts docker/start.sh, and returns what it would have run."""
    for name in ("jupyter", "jupyterhub-singleuser", "python"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho {name} "$@"\n')
        program.chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    work = tmp_path / "work"
    work.mkdir()

    def start(*words, **variables):
        return subprocess.check_output(
            ["sh", project / "docker" / "start.sh", *words],
            env={"PATH": path, **variables},
            cwd=work,
            text=True,
        ).strip()

    start.work = work
    return start


def test_it_starts_as_a_students_server_where_the_hub_asks_for_one(entry):
    assert entry("lab") == "jupyter lab --ip=0.0.0.0 --no-browser"
    told = entry("lab", "--debug", JUPYTERHUB_API_TOKEN="x")
    assert told == "jupyterhub-singleuser --debug"
    assert list(entry.work.glob("*.ipynb"))


def test_any_other_command_runs_as_it_is(entry):
    words = "python -m classroom run 01"
    assert entry(*shlex.split(words)) == words
    assert not list(entry.work.iterdir())


def test_a_folder_that_cannot_be_written_to_is_one_line(entry, project, tmp_path):
    closed = (
        tmp_path / "gone"
    )  # a folder that is no more: not even root may write there
    closed.mkdir()
    script = f'cd "{closed}" && rmdir "{closed}" && exec sh docker/start.sh lab'
    script = script.replace("docker/start.sh", f'"{project / "docker" / "start.sh"}"')
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True)
    assert done.returncode == 1 and "jupyter" not in done.stdout
    assert done.stderr.splitlines()[-1].startswith("cannot write to ")
