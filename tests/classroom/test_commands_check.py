"""`check`: students' notebooks, good, unfinished, and hostile."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from made_up import PARAMETERS

from classroom import cli
from classroom.grading import rlimits, sandbox
from gan_utils.support import paths

pytestmark = pytest.mark.notebooks

CHECK = "from gan_utils.checks import check"
DOUBLE = """\
def double(x):
    return ...


start = 1
check("of one", lambda: double(start), 2)
check("of two", lambda: double(start + 1), 4)"""
TRIPLE = """\
def triple(x):
    return ...


check("of three", lambda: triple(3), 9)"""
DOUBLED, TRIPLED = (
    cell.replace("...", answer) for cell, answer in ((DOUBLE, "2 * x"), (TRIPLE, "3*x"))
)


def write(path, *cells, parameters=PARAMETERS, prelude=CHECK):
    """A notebook of code cells, each below a heading of an exercise if it needs one."""
    made = [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    made.append(nbformat.v4.new_code_cell(prelude))
    for number, cell in enumerate(cells, start=1):
        made.append(nbformat.v4.new_markdown_cell(f"**Exercise {number}: try\nit.**"))
        made.append(nbformat.v4.new_code_cell(cell, metadata={"tags": ["exercise"]}))
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    return path


@pytest.fixture
def student(tmp_path, monkeypatch):
    """Runs `check` on cells as a student's version of a made-up lesson: its report."""
    lessons = tmp_path / "notebooks"
    lessons.mkdir()
    write(lessons / "01_try.ipynb", DOUBLE, TRIPLE)
    monkeypatch.setattr(paths, "notebooks_dir", lambda: lessons)

    def run(*cells, options=(), **parts):
        path = write(tmp_path / "01 ann.ipynb", *cells, **parts)
        done = CliRunner().invoke(cli.main, ["check", str(path), "--json", *options])
        report = json.loads(done.stdout)
        assert done.exit_code == (0 if report["passed"] else 1)
        return report

    return run


def results(report):
    """Result of each check, in order."""
    return [row["result"] for entry in report["exercises"] for row in entry["checks"]]


def reasons(report):
    return [row["why"] for entry in report["exercises"] for row in entry["checks"]]


def test_solved_exercises_pass(student):
    report = student(DOUBLED, TRIPLED)
    assert report["passed"] and report["ended"] == "finished"
    assert report["lesson"] == "01_try" and report["errors"] == []
    assert results(report) == ["ok"] * 3
    numbers = [(e["number"], e["title"], e["result"]) for e in report["exercises"]]
    assert numbers == [(1, "try it", "ok"), (2, "try it", "ok")]


def test_a_stub_and_a_wrong_answer_do_not_pass(student):
    report = student(DOUBLE.replace("...", "x + 1"), TRIPLE)
    assert results(report) == ["ok", "not yet", "not yet"]
    assert reasons(report) == ["", "3 is not it", "nothing returned so far"]
    assert [entry["result"] for entry in report["exercises"]] == ["not yet"] * 2


def test_the_table_has_a_row_for_each_check(student, tmp_path):
    student(DOUBLED)
    done = CliRunner().invoke(cli.main, ["check", str(tmp_path / "01 ann.ipynb")])
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["exercise", "check", "result", "why"]
    assert [line.split()[:4] for line in lines[1:4]] == [
        ["1", "of", "one", "ok"],
        ["1", "of", "two", "ok"],
        ["2", "of", "three", "missing"],
    ]
    assert "no cell defines triple" in lines[3]
    assert lines[-1] == "01_try: 1 of 2 solved"
    assert "01 ann.ipynb  finished after" in done.stderr


def test_a_broken_cell_does_not_hide_the_other_exercise(student):
    report = student(DOUBLE.replace("...", "("), TRIPLED)
    assert results(report) == ["not yet", "not yet", "ok"]
    assert reasons(report)[0].startswith("SyntaxError")
    assert [error["cell"] for error in report["errors"]] == [3]


def test_without_the_imports_the_reason_is_told(student):
    report = student("def double(x):\n    return torch.add(x, x)", prelude="1 / 0")
    assert results(report) == ["not yet", "not yet", "missing"]
    assert "name 'torch' is not defined" in reasons(report)[0]
    assert report["errors"][0]["error"] == "ZeroDivisionError: division by zero"


def test_the_parameters_are_ours_even_if_the_tag_is_lost(student, tmp_path):
    probe = (
        "def double(x):\n    assert profile == 'smoke' and out_dir\n    return 2 * x"
    )
    assert results(student(probe))[:2] == ["ok", "ok"]
    path = tmp_path / "01 bea.ipynb"
    notebook = nbformat.read(write(path, probe), as_version=4)
    for cell in notebook.cells:
        cell.metadata = {}
    nbformat.write(notebook, path)
    done = CliRunner().invoke(cli.main, ["check", str(path), "--json"])
    assert results(json.loads(done.stdout))[:2] == ["ok", "ok"]


@pytest.mark.parametrize(
    "forgery",
    [
        "print('ok: of one')",
        "print('ok: of one', flush=True); check('of one', 1, 1)",
        "check = lambda *a, **k: print('ok: of one')",
        "import gan_utils.checks as c; c._fault = c.find_fault = lambda *a: ''",
        "from IPython.display import publish_display_data as p\n"
        "p({'application/x-gan-utils-check': ['guess', 'of one', '']})",
    ],
)
def test_what_the_code_prints_or_sends_itself_does_not_count(student, forgery):
    inside = forgery.replace("\n", "\n    ")
    cell = f"{forgery}\ndef double(x):\n    {inside}\n    return 'forged'"
    report = student(cell)
    assert results(report) == ["not yet", "not yet", "missing"]
    assert reasons(report)[0] == "ValueError: could not convert string to float: " + (
        "'forged'"
    )


def gone(pid):
    """True once the process has ended (or waits for its parent to notice)."""
    for _ in range(50):
        stat = Path(f"/proc/{pid}/stat")
        try:
            if stat.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False


needs_proc = pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc")


@needs_proc
def test_an_endless_loop_ends_with_all_that_it_started(student, tmp_path):
    pids = tmp_path / "pids"
    endless = f"""\
import os, signal, subprocess, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
open({str(pids)!r}, "w").write(f"{{os.getpid()}} {{child.pid}}")
def triple(x):
    while True: print("ok: of three")
triple(1)"""
    start = time.monotonic()
    report = student(DOUBLED, endless, options=["--timeout", "8"])
    assert time.monotonic() - start < 30
    assert report["ended"] == "time limit"
    assert results(report) == ["ok", "ok", "not yet"]
    assert reasons(report)[2] == "not reached: time limit"
    both = pids.read_text().split()
    assert len(both) == 2 and all(gone(pid) for pid in both)


@needs_proc
def test_a_process_that_outlives_the_kernel_is_ended(student, tmp_path):
    pid = tmp_path / "pid"
    orphan = f"""\
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
print(child.pid, file=open({str(pid)!r}, "w"), flush=True)
os._exit(1)
def triple(x): pass"""
    assert student(DOUBLED, orphan)["ended"] == "kernel died"
    assert gone(int(pid.read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits data")
def test_a_memory_bomb_is_stopped_and_the_rest_is_checked(student):
    bomb = DOUBLE.replace("...", "len(bytearray(3 * 2**30)) and 2 * x")
    report = student(bomb, TRIPLED, options=["--memory", "1"])
    assert results(report) == ["not yet", "not yet", "ok"]
    assert reasons(report)[0].startswith("MemoryError")


def test_no_variable_of_the_environment_is_inherited_unless_allowed(
    student, monkeypatch
):
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    spy = "import os\ndef double(x):\n    raise ValueError(sorted(os.environ.items()))"
    monkeypatch.setattr("classroom.grading.student.MAX_WHY", 100_000)
    (why, *_) = reasons(student(spy))
    assert "'PATH'" in why and "'HOME'" in why
    assert "SECRET_TOKEN" not in why and "hunter2" not in why
    assert f"'{os.environ['HOME']}'" not in why


def test_kept_references_of_the_judges_are_lent_as_a_copy(student, runs_dir):
    kept = runs_dir / "judges/made_up"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("1234")
    spy = """\
from gan_utils.paths import runs_dir
file = runs_dir() / "judges/made_up"
text = file.read_text()
file.write_text("spoilt")
def double(x):
    return 2 * x if text == "1234" else text"""
    assert results(student(spy))[:2] == ["ok", "ok"]
    assert kept.read_text() == "1234"
    kept.unlink()


def test_the_environment_is_a_list_of_what_is_allowed(monkeypatch, tmp_path):
    for name in ("AWS_KEY", "LC_ALL", "OMP_NUM_THREADS", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, "1")
    kept = sandbox.environment(tmp_path)
    assert {"LC_ALL", "OMP_NUM_THREADS"} <= set(kept)
    assert not {"AWS_KEY", "GITHUB_TOKEN"} & set(kept)
    assert kept["HOME"] == kept["TMPDIR"] == str(tmp_path)


@pytest.mark.parametrize(
    ("leave", "ended", "why"),
    [
        ("import sys; sys.exit(3)", "finished", "SystemExit: 3"),
        ("import os; os._exit(0)", "kernel died", "not reached: kernel died"),
        ("import os; os.kill(0, 9)", "kernel died", "not reached: kernel died"),
    ],
)
def test_code_that_leaves_is_reported(student, leave, ended, why):
    report = student(DOUBLED, f"def triple(x):\n    {leave}")
    assert results(report) == ["ok", "ok", "not yet"]
    assert report["ended"] == ended
    assert reasons(report)[2] == why


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("01_x.ipynb", None, "there is no file"),
        ("01_x.ipynb", "import torch", "01_x.ipynb is no notebook"),
        ("01_x.ipynb", "[1, 2]", "01_x.ipynb is no notebook"),
        ("01_x.ipynb", '{"cells": 3}', "01_x.ipynb is no notebook"),
        ("011.ipynb", "EMPTY", "011.ipynb is no lesson of the series: 01_try"),
        ("homework.ipynb", "EMPTY", "homework.ipynb is no lesson of the series"),
    ],
)
def test_a_bad_file_is_wrong_use_told_in_one_line(
    student, tmp_path, name, content, said
):
    path = tmp_path / name
    if content is not None:
        empty = nbformat.writes(nbformat.v4.new_notebook())
        path.write_text(empty if content == "EMPTY" else content)
    done = CliRunner().invoke(cli.main, ["check", str(path)])
    assert done.exit_code == 2 and done.stdout == ""
    (error,) = [line for line in done.stderr.splitlines() if "Error" in line]
    assert said in error and "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on Windows")
def test_limits_hold_for_the_command_and_unknown_ones_are_left_out():
    wanted = json.dumps({"FSIZE": 1000, "NO_SUCH_LIMIT": 1})
    code = "import resource as r; print(r.getrlimit(r.RLIMIT_FSIZE))"
    command = [sys.executable, "-I", rlimits.__file__, wanted, sys.executable, "-c"]
    done = subprocess.run([*command, code], capture_output=True, text=True)
    assert done.stdout.strip() == "(1000, 1000)", done.stderr


def test_the_solutions_of_the_first_lesson_pass(project):
    solutions = project / "notebooks/solutions/01_explore_mnist.ipynb"
    done = CliRunner().invoke(cli.main, ["check", str(solutions), "--json"])
    report = json.loads(done.stdout)
    assert done.exit_code == 0, report
    assert results(report) == ["ok"] * 5 and report["errors"] == []
