"""A sweep through everything that goes wrong in a class: items 21 to 34 of the list.

All on made-up notebooks, with the real command in a real process.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from made_up import write

MARKED = "import os\nopen({path!r}, 'a').write(str(os.getpid()) + '\\n')\n"


def program(lessons, *words):
    """Python's arguments for `python -m classroom run` on these lessons."""
    script = (
        "import pathlib; from classroom import cli;"
        "from gan_utils.support import paths;"
        f"paths.notebooks_dir = lambda: pathlib.Path({str(lessons)!r});"
        f"cli.main({['run', *words]!r})"
    )
    return [sys.executable, "-c", script]


@pytest.fixture
def lessons(tmp_path):
    """A folder of made-up notebooks, two of which run."""
    folder = tmp_path / "notebooks"
    write(folder / "01_look.ipynb", "print(seed)")
    write(folder / "02_train.ipynb", "print(epochs)")
    return folder


@pytest.fixture
def start(lessons, tmp_path):
    """start(*words) -> the process of `python -m classroom run ...` on the lessons."""
    started = []

    def _start(*words, out="out", env=None):
        process = subprocess.Popen(
            program(lessons, *words, "--out", str(tmp_path / out)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"GAN_RUNS_DIR": str(tmp_path / "runs")} | (env or {}),
        )
        started.append(process)
        return process

    yield _start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def run(start):
    """run(*words) -> (exit code, text)."""

    def _run(*words, **options):
        process = start(*words, **options)
        text, _ = process.communicate(timeout=150)
        return process.returncode, text

    return _run


def states(folder):
    status = json.loads((folder / "status.json").read_text())
    return {row["key"]: row["status"] for row in status["notebooks"]}


def rows(folder):
    return json.loads((folder / "status.json").read_text())["notebooks"]


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def sleeper(folder, name, marker, seconds=120, **options):
    """A lesson that writes its kernel's process number, and sleeps."""
    code = MARKED.format(path=str(marker))
    cells = ("print('done')", f"{code}import time; time.sleep({seconds})", "'never'")
    return write(folder / f"{name}.ipynb", *cells, **options)


def pids(marker):
    return [int(line) for line in marker.read_text().split()] if marker.exists() else []


def gone(pid):
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


def test_21_an_unknown_parameter_is_refused_before_any_kernel(run, tmp_path):
    code, text = run("-p", "epoch=3")
    assert code == 2 and "did you mean 'epochs'" in text
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("pair", ["epochs=abc", "epochs=-1", "epochs=0", "rate=x"])
def test_22_a_value_of_the_wrong_type_or_range_names_its_field(run, tmp_path, pair):
    code, text = run("-p", pair)
    assert code == 2 and pair.split("=")[0] in text.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_22_numbers_as_yaml_writes_them_are_understood(run, lessons, tmp_path):
    write(lessons / "02_train.ipynb", "assert (epochs, rate) == (1000, 1e-4)")
    (tmp_path / "p.yaml").write_text("epochs: 1e3\nrate: 1e-4\n")
    code, text = run("02", "-f", str(tmp_path / "p.yaml"))
    assert code == 0, text


def test_23_a_killed_kernel_is_a_failure_within_seconds(run, lessons, tmp_path):
    cells = ("import os; os.kill(os.getpid(), 9)", "print('never')")
    write(lessons / "01_look.ipynb", *cells)
    code, text = run()
    assert code == 1 and "kernel died" in text
    dead, fine = rows(tmp_path / "out")
    assert (dead["status"], dead["cell"], fine["status"]) == (
        "kernel died",
        3,
        "passed",
    )
    assert "out of memory" in dead["error"] and dead["seconds"] < 30
    made = nbformat.read(tmp_path / "out/seed-0/01_look/01_look.ipynb", 4)
    assert made.cells[-1].metadata.papermill.status == "pending"


def test_24_a_notebook_over_its_time_is_ended_with_all_it_started(
    run, lessons, tmp_path
):
    marker = tmp_path / "pids"
    child = (
        "import subprocess, sys\n"
        "code = 'import time; time.sleep(99)'\n"
        "child = subprocess.Popen([sys.executable, '-c', code])\n"
        f"open({str(marker)!r}, 'a').write(str(child.pid) + '\\n')\n"
    )
    write(lessons / "01_look.ipynb", child + "import time; time.sleep(99)", "'never'")
    code, text = run("--timeout", "6s")
    assert code == 1 and "ran longer than 6 s" in text
    late, fine = rows(tmp_path / "out")
    assert (late["status"], fine["status"]) == ("timeout", "passed")
    folder = tmp_path / "out/seed-0/01_look"
    assert (folder / "01_look.ipynb").is_file() and (folder / "01_look.html").is_file()
    assert pids(marker) and all(gone(pid) for pid in pids(marker))


def test_24_a_budget_ends_the_run_and_keeps_what_there_is(run, lessons, tmp_path):
    sleeper(lessons, "02_train", tmp_path / "pids")
    code, text = run("--budget", "20s", "--seeds", "0-1")
    assert code == 1 and "the budget was spent" in text
    found = states(tmp_path / "out")
    assert found["seed-0/01_look"] == "passed"
    assert found["seed-0/02_train"] == "timeout"
    assert found["seed-1/01_look"] == found["seed-1/02_train"] == "not run"
    assert all(gone(pid) for pid in pids(tmp_path / "pids"))


def test_25_one_failure_leaves_the_others_and_only_it_runs_again(
    run, lessons, tmp_path
):
    log = tmp_path / "pids"
    again = MARKED.format(path=str(log))
    write(lessons / "01_look.ipynb", again)
    fault = f"import os\nassert os.path.exists({str(tmp_path / 'mended')!r}), 'broken'"
    write(lessons / "02_train.ipynb", fault)
    code, text = run()
    assert code == 1 and "in cell [3]: AssertionError: broken" in text
    assert "run --resume --out" in text
    (tmp_path / "mended").touch()
    code, text = run("--resume")
    assert code == 0 and "1 of them still to do" in text
    assert len(pids(log)) == 1
    assert set(states(tmp_path / "out").values()) == {"passed"}


def test_26_a_second_run_to_the_same_folder_is_refused(start, run, lessons, tmp_path):
    marker = tmp_path / "pids"
    sleeper(lessons, "01_look", marker)
    first = start("01")
    wait_for(lambda: pids(marker))
    code, text = run("--resume")
    assert code == 2 and f"in use by another run (process {first.pid})" in text
    first.kill()
    first.wait()
    write(lessons / "01_look.ipynb", "print('quick now')")
    code, text = run("--resume")  # the lock of a process that is gone is no lock
    assert code == 0, text


def test_27_results_are_never_written_among_the_lessons(run, lessons):
    before = sorted(lessons.iterdir())
    for place in ("notebooks", "notebooks/new"):
        code, text = run(out=place)
        assert code == 2 and "notebooks/ holds the lessons" in text
    assert sorted(lessons.iterdir()) == before


def odd_notebooks(folder):
    """Files that are hardly notebooks, and what is said about each."""
    (folder / "01_json.ipynb").write_text("{")
    old = json.dumps({"nbformat": 3, "nbformat_minor": 0, "worksheets": []})
    (folder / "02_old.ipynb").write_text(old)
    path = write(folder / "03_bare.ipynb", "print(1)")
    notebook = nbformat.read(path, 4)
    notebook.metadata.pop("kernelspec")
    nbformat.write(notebook, path)
    path = write(folder / "04_other.ipynb", "print(1)")
    notebook = nbformat.read(path, 4)
    notebook.metadata.kernelspec = {"name": "no-such-kernel", "display_name": "x"}
    nbformat.write(notebook, path)
    write(folder / "05_fine.ipynb", "print(1)")


def test_28_a_file_that_is_no_good_notebook_fails_by_name_and_others_go_on(
    run, lessons, tmp_path
):
    for path in lessons.iterdir():
        path.unlink()
    odd_notebooks(lessons)
    code, text = run()
    assert code == 1
    found = states(tmp_path / "out")
    assert found["seed-0/01_json"] == found["seed-0/02_old"] == "failed"
    for name in ("03_bare", "04_other", "05_fine"):  # python3 is what we run
        assert found[f"seed-0/{name}"] == "passed"
    errors = {row["notebook"]: row["error"] for row in rows(tmp_path / "out")}
    assert errors["01_json"] and errors["02_old"]
    assert "Traceback" not in text


def test_29_the_same_files_come_from_any_working_folder(lessons, tmp_path):
    found = []
    for number, place in enumerate((tmp_path, lessons, Path.home())):
        out = tmp_path / f"out{number}"
        words = program(lessons, "01", "--out", str(out))
        subprocess.run(words, cwd=place, check=True)
        files = (p for p in out.rglob("*") if p.is_file())
        found.append(sorted(str(p.relative_to(out)) for p in files))
    assert found[0] == found[1] == found[2] and len(found[0]) > 8


def test_30_leaving_by_sys_exit_is_not_success(run, lessons, tmp_path):
    write(lessons / "01_look.ipynb", "import sys; sys.exit(0)", "print('never')")
    code, text = run("01")
    assert code == 1 and "did not run" in text


def test_32_two_at_once_give_the_numbers_of_one_after_the_other(run, lessons, tmp_path):
    code = (
        "import json, os, torch\n"
        "torch.manual_seed(seed); folder = os.path.join(out_dir, '02_train')\n"
        "w = torch.randn(300, 300); [w := torch.tanh(w @ w) for _ in range(50)]\n"
        "values = [float(x) for x in w[0, :50]]\n"
        "open(os.path.join(folder, 'history.json'), 'w').write("
        "json.dumps({'d_loss': values}))\n"
    )
    write(lessons / "02_train.ipynb", code)
    both = {}
    for jobs in ("1", "2"):
        options = ["--seeds", "0-2", "--jobs", jobs, "--threads", "1"]
        done, text = run(*options, out=f"out{jobs}")
        assert done == 0, text
        files = sorted((tmp_path / f"out{jobs}").rglob("metrics.json"))
        both[jobs] = [file.read_bytes() for file in files]
    assert len(both["1"]) == 6 and both["1"] == both["2"]
    assert b"d_loss" in both["1"][-1] and both["1"][1] != both["1"][-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_3_4_ctrl_c_and_sigterm_leave_a_report_and_no_kernel(
    start, run, lessons, tmp_path, number
):
    marker = tmp_path / "pids"
    sleeper(lessons, "02_train", marker)
    process = start()
    wait_for(lambda: pids(marker))
    process.send_signal(number)
    text, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert text.splitlines()[-1] == f"Results: {tmp_path / 'out/index.html'}"
    assert [*states(tmp_path / "out").values()] == ["passed", "interrupted"]
    made = nbformat.read(tmp_path / "out/seed-0/02_train/02_train.ipynb", 4)
    done, stopped, never = made.cells[-3:]
    assert done.outputs[0].text == "done\n"
    assert stopped.metadata.papermill.status == "failed"
    assert never.metadata.papermill.status == "pending"
    wait_for(lambda: all(gone(pid) for pid in pids(marker)), 10)


def test_33_a_runner_killed_at_once_resumes_without_loss_or_double(
    start, run, lessons, tmp_path
):
    marker, quick = tmp_path / "pids", tmp_path / "quick"
    write(lessons / "01_look.ipynb", MARKED.format(path=str(quick)))
    sleeper(lessons, "02_train", marker)
    process = start("--seeds", "0-1", "--jobs", "2")
    wait_for(lambda: len(pids(marker)) == 2)
    process.kill()
    process.wait()
    wait_for(lambda: all(gone(pid) for pid in pids(marker)), 20)
    write(lessons / "02_train.ipynb", "print('mended')")
    code, text = run("--resume", "--jobs", "2")
    assert code == 0 and "2 of them still to do" in text, text
    assert len(pids(quick)) == 2
    lines = (tmp_path / "out/summary.csv").read_text().splitlines()
    keys = [tuple(line.split(",")[:2]) for line in lines[1:]]
    assert len(keys) == len(set(keys)) == 4
    assert all(line.split(",")[2] == "passed" for line in lines[1:])


@pytest.mark.parametrize(
    "text", ['it\'s "quoted"', "two\nlines", "__import__('os')", "<script>x</script>"]
)
def test_34_hostile_text_stays_text(run, lessons, tmp_path, text):
    extra = "name: str = ''  # any text"
    cell = f"assert name == {text!r}; print(name)"
    from made_up import PARAMETERS

    write(lessons / "02_train.ipynb", cell, parameters=PARAMETERS + extra)
    code, output = run("02", "-p", f"name={text}")
    assert code == 0, output
    for page in (tmp_path / "out").rglob("*.html"):
        assert "<script>x</script>" not in page.read_text()
