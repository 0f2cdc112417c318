"""`check`: students' notebooks, good, unfinished, and hostile."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from commands import invoked
from made_up import PARAMETERS

from classroom.grading import rlimits, sandbox
from classroom.grading.exercises import BEGIN, lesson_names, published
from classroom.grading.reading import read_cells
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


def solved(cell):
    """The cell of an exercise with the marks of its solution."""
    return re.sub("    return.*", f"    {BEGIN}\\n\\g<0>\\n    ### END SOLUTION", cell)


def write(path, *cells, parameters=PARAMETERS, prelude=CHECK):
    """A notebook of code cells, each below a heading of an exercise."""
    made = [nbformat.v4.new_code_cell(text) for text in (parameters, prelude)]
    for number, cell in enumerate(cells, start=1):
        made.append(nbformat.v4.new_markdown_cell(f"**Exercise {number}: try\nit.**"))
        made.append(nbformat.v4.new_code_cell(cell, metadata={"tags": ["exercise"]}))
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    return path


@pytest.fixture
def student(tmp_path, monkeypatch):
    """Runs `check` on cells as a student's version of a made-up lesson: its report."""
    lessons = tmp_path / "notebooks"
    (lessons / "solutions").mkdir(parents=True)
    monkeypatch.setattr(paths, "notebooks_dir", lambda: lessons)
    solutions = lessons / "solutions/01_try.ipynb"
    answers = [solved(cell) for cell in (DOUBLED, TRIPLED)]
    write(solutions, *answers)

    def run(*cells, options=(), published=CHECK, **parts):
        write(solutions, *answers, prelude=published)
        path = write(tmp_path / "01 ann.ipynb", *cells, **parts)
        done = invoked("check", str(path), "--json", *options)
        assert done.stdout, done.stderr
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
    done = invoked("check", str(tmp_path / "01 ann.ipynb"))
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["exercise", "check", "result", "why"]
    assert [line.split()[:4] for line in lines[1:4]] == [
        ["1", "of", "one", "ok"],
        ["1", "of", "two", "ok"],
        ["2", "of", "three", "missing"],
    ]
    assert "no cell defines triple" in lines[3]
    assert lines[-1] == "01_try: 1 of 2 solved"
    assert re.search("01 ann.ipynb +finished after", done.stderr)


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


@pytest.mark.parametrize(
    "forgery",
    [
        "print('ok: of one')",
        "print('ok: of one', flush=True); check('of one', 1, 1)",
        "check = lambda *a, **k: print('ok: of one')",
        "import gan_utils.checks as c; c._fault = c.find_fault = lambda *a: ''",
        "import classroom.grading.inside as i; i.space.update(check=print)",
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
    options = ["--timeout", "60", "--cell-timeout", "2"]
    report = student(endless, DOUBLED, options=options)
    assert report["ended"] == "time limit"
    assert results(report) == ["ok", "ok", "not yet"]
    late = "ran out of time: more than 2 s, and could not be interrupted"
    assert reasons(report)[2] == late
    assert report["errors"] == [{"cell": 3, "error": late, "replaced": False}]
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
    monkeypatch.setattr("classroom.grading.feedback.MAX_WHY", 100_000)
    (why, *_) = reasons(student(spy))
    assert "'PATH'" in why and "'HOME'" in why
    assert "SECRET_TOKEN" not in why and "hunter2" not in why
    assert f"'{os.environ['HOME']}'" not in why


def test_kept_references_of_the_judges_are_lent_as_a_copy(student, runs_dir):
    kept = runs_dir / "judges/made_up"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("1234")
    spy = """\
from gan_utils.support.paths import runs_dir
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
        ("import os; os._exit(0)", "kernel died", "the kernel died"),
        ("import os; os.kill(0, 9)", "kernel died", "the kernel died"),
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
        ("01_x.ipynb", None, "does not exist"),
        ("01_x.ipynb", "import torch", "01_x.ipynb is no notebook: expecting"),
        ("01_x.ipynb", "[1, 2]", "01_x.ipynb is JSON, but no notebook"),
        ("01_x.ipynb", '{"cells": 3}', "01_x.ipynb is JSON, but no notebook"),
        ("01_x.ipynb", "", "01_x.ipynb is empty (0 bytes)"),
        ("01_x.ipynb", "\0" * 99, "01_x.ipynb is empty (99 bytes)"),
        ("01_x.ipynb", "EMPTY", "01_x.ipynb is empty: it has no cell with code"),
        ("01_x.ipynb", '{"cells": [{"source', "01_x.ipynb is cut off in line 1"),
        ("01_x.ipynb", '{"a": 1,\n "b"', "01_x.ipynb is cut off in line 2"),
        ("01_x.ipynb", "{\n<<<<<<< HEAD\n}", "a merge marker of git in line 2"),
        ("01_x.ipynb", "{\n  >>>>>>> 1a2b\n}", "line 2 (>>>>>>> 1a2b)"),
        ("01_x.ipynb", "PK\3\4....", "01_x.ipynb is a ZIP archive; unpack"),
        ("01_x.ipynb", "<!DOCTYPE html>", "01_x.ipynb is a web page; download"),
        ("01_x.ipynb", "version https://git-lfs.github.com/spec", "run `git lfs pull`"),
        ("01_x.ipynb", "[" * 100_000, "01_x.ipynb is no notebook: maximum"),
        ("01_x.ipynb", '{"cells": [7]}', "01_x.ipynb is JSON, but no notebook"),
        (".", None, "is a folder"),
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
    done = invoked("check", str(path))
    assert done.exit_code == 2 and done.stdout == ""
    (error,) = [line for line in done.stderr.splitlines() if "Error" in line]
    assert said in error and "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on Windows")
def test_limits_hold_for_the_module_and_unknown_ones_are_left_out(tmp_path):
    code = "import resource as r; print(r.getrlimit(r.RLIMIT_FSIZE))"
    (tmp_path / "told.py").write_text(code)
    wanted = json.dumps({"FSIZE": 1000, "NO_SUCH_LIMIT": 1})
    command = [sys.executable, rlimits.__file__, wanted, "told"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.strip() == "(1000, 1000)", done.stderr


WAYS = {  # other ways to answer than `def` at the margin
    "indented, a lambda": [
        "if True:\n    def double (x): return 2 * x",
        "triple=lambda x: 3*x",
    ],
    "partial, a class": [
        "import functools, operator\ndouble = functools.partial(operator.mul, 2)",
        "class triple:\n    def __new__(cls, x): return 3 * x",
    ],
    "imported, renamed later": [
        "from ann_helps import twice as double\n%matplotlib no_such_backend",
        "def triple(x): return ...\ndef thrice(x): return 3 * x",
        "breakpoint()\ntriple = thrice",
    ],
    "decorated, in a try": [
        "import functools\n@functools.cache\ndef double(x): return 2 * x",
        "try:\n    1 / 0\nexcept ArithmeticError:\n    def triple(x): return 3 * x",
    ],
}


@pytest.mark.parametrize("cells", WAYS.values(), ids=list(WAYS))
def test_the_kernel_knows_the_answer_however_it_was_given(student, tmp_path, cells):
    (tmp_path / "ann_helps.py").write_text("def twice(x): return 2 * x")
    assert student(*cells)["passed"]


def test_an_endless_loop_ends_its_cell_and_nothing_else(student):
    loop = DOUBLE.replace("...", "[x for _ in iter(int, 1)]")
    report = student(loop, TRIPLED, options=["--cell-timeout", "2"])
    assert results(report) == ["not yet", "not yet", "ok"]
    assert reasons(report)[:2] == ["ran out of time: more than 2 s"] * 2
    assert [error["cell"] for error in report["errors"]] == [3]


@pytest.mark.parametrize(
    ("leave", "said"),
    [
        ("import os; os._exit(1)", "the kernel died"),
        ("exit()", "SystemExit: exit()"),
        ("input()", "StdinNotImplementedError"),
    ],
)
def test_a_cell_that_leaves_or_asks_hides_no_other_answer(student, leave, said):
    report = student(f"{leave}\n{DOUBLED}", TRIPLED)
    assert results(report) == ["not yet", "not yet", "ok"]
    assert reasons(report)[0].startswith(said)


def test_a_broken_cell_of_the_lesson_is_replaced_and_named(student):
    cells = ["def double(x):\n    return two * x", TRIPLED]
    given = "from gan_utils.checks import check\nfirst, two, last = 1, 2, 3"
    broken = f"import no_such_package\n{given}"
    report = student(*cells, prelude=broken, published=given)
    assert report["passed"]
    (error,) = report["errors"]
    assert error["cell"] == 2 and error["replaced"]
    assert "no_such_package" in error["error"]


def test_the_first_cause_is_told_in_place_of_what_followed(student):
    prelude = "import no_such_package\nbase = 2"
    report = student(
        "more = base", "def double(x):\n    return more * x", prelude=prelude
    )
    cause = "cell 2 raised ModuleNotFoundError: No module named 'no_such_package'"
    assert reasons(report)[0] == cause
    assert [error["cell"] for error in report["errors"]] == [2]


def test_a_merge_marker_in_a_cell_is_named(student):
    report = student(f"<<<<<<< HEAD\n{DOUBLED}\n=======\n>>>>>>> ann", TRIPLED)
    assert reasons(report)[0] == "a merge marker of git in line 1 (<<<<<<< HEAD)"
    assert results(report)[2] == "ok"


def test_a_flood_of_output_hides_no_result(student):
    flood = "[display(i) for i in range(3000)] and [print(i) for i in range(9999)]"
    slow = DOUBLE.replace("...", f"__import__('time').sleep(0.6) or {flood} and 2 * x")
    assert student(slow, TRIPLED)["passed"]


LONG = "profile=profile, seed=seed, device=device, out_dir=out_dir, epochs=epochs"
LEFT = (
    PARAMETERS + "profile, seed, epochs = 'full', -1, 60\ndevice, out_dir = 'cuda', 7"
)
BELOW = "profile, epochs = 'full', 60\ndataset: str = '/no/such/folder'\n"


@pytest.mark.parametrize(
    ("parameters", "call"),
    [
        (LEFT, f"lesson('02_vanilla_gan', {LONG})"),
        (LEFT, "lesson('02_vanilla_gan', globals())"),
        (
            PARAMETERS,
            "lesson('02_vanilla_gan', globals())\nprofile, epochs = 'full', 60",
        ),
        ("", "lesson('02_vanilla_gan', profile='full', epochs=60, dataset='/no')"),
    ],
)
def test_the_parameters_are_ours_at_the_call_of_lesson(student, parameters, call):
    prelude = f"from gan_utils.lesson import lesson\n{BELOW}cfg = {call}"
    probe = "assert (cfg.profile, cfg.epochs, cfg.seed, cfg.device) == told, cfg"
    bare = "assert (profile, epochs, seed, device) == told"
    told = f"told = ('smoke', 1, 0, 'cpu')\ndef double(x):\n    {probe}\n    {bare}\n"
    how = {"parameters": parameters, "prelude": prelude, "published": prelude}
    report = student(f"{told}    return 2 * x", TRIPLED, **how)
    assert report["passed"], report


def test_it_works_where_exec_starts_another_process(student, tmp_path, monkeypatch):
    code = """\
import os, subprocess, sys
sys.modules["resource"] = None
def execvp(file, arguments):
    subprocess.Popen(arguments)
    os._exit(0)
os.execvp = os.execv = execvp"""
    (tmp_path / "sitecustomize.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    assert student(DOUBLED, TRIPLED)["ended"] == "finished"


def test_on_windows_the_kernel_finds_its_folders(monkeypatch, tmp_path):
    for name in ("APPDATA", "LOCALAPPDATA", "SYSTEMROOT", "PATHEXT", "COMSPEC"):
        monkeypatch.setenv(name, f"C:\\{name}")
    kept = sandbox.environment(tmp_path)
    assert kept["APPDATA"] == "C:\\APPDATA" and "PATHEXT" in kept
    assert {kept[name] for name in ("USERPROFILE", "TEMP", "TMP")} == {str(tmp_path)}


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals on Windows")
@pytest.mark.parametrize(("number", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_the_exit_code_says_who_stopped_it(project, number, code):
    file = project / "notebooks/solutions/01_explore_mnist.ipynb"
    command = [sys.executable, "-m", "classroom", "check", str(file)]
    how = {"stderr": subprocess.PIPE, "text": True, "cwd": project}
    # a shell in the background ignores Ctrl-C, and so would what it starts
    how["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, **how) as process:
        assert "starting" in process.stderr.readline()
        time.sleep(1)
        process.send_signal(getattr(signal, number))
        said = process.stderr.read()
    assert process.returncode == code and "Traceback" not in said


def test_without_exercises_to_compare_with_nobody_passes(student, tmp_path):
    write(tmp_path / "notebooks/solutions/01_try.ipynb", DOUBLE)
    path = write(tmp_path / "01 bea.ipynb", DOUBLED)
    done = invoked("check", str(path))
    assert done.exit_code == 2 and "has no exercises" in done.stderr


def test_a_notebook_of_version_3_is_read(tmp_path):
    cells = [{"cell_type": "code", "input": ["a = 1\n", "b"], "outputs": []}]
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}))
    assert read_cells(path) == [("code", "a = 1\nb")]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"],
)
def test_any_encoding_is_read(tmp_path, encoding):
    text = json.dumps(nbformat.v4.new_notebook(), ensure_ascii=False)
    cell = '{"cell_type": "code", "source": "# \u00b7 Stra\u00dfe"}'
    path = tmp_path / "x.ipynb"
    path.write_bytes(text.replace("[]", f"[{cell}]").encode(encoding))
    assert read_cells(path) == [("code", "# \u00b7 Stra\u00dfe")]


@pytest.mark.parametrize("lesson", lesson_names())
def test_every_lesson_asks_its_exercises_in_order(lesson):
    """Also where code that is given stands between the text and the cell to fill."""
    asked = published(lesson).exercises
    assert [exercise.number for exercise in asked] == [*range(1, len(asked) + 1)]
    assert len(asked) >= 2 and all(len(exercise.checks) >= 2 for exercise in asked)


@pytest.mark.parametrize(
    ("lesson", "checks"), [("01_explore_mnist", 9), ("02_vanilla_gan", 10)]
)
def test_the_solutions_of_a_lesson_pass(project, lesson, checks):
    solutions = project / f"notebooks/solutions/{lesson}.ipynb"
    done = invoked("check", str(solutions), "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == 0, report
    assert results(report) == ["ok"] * checks and report["errors"] == []
