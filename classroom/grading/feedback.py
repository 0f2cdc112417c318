"""Which exercises of a student's notebook are solved, and why others are not."""

import re
import shutil
import tempfile
import time
from pathlib import Path

from classroom.grading import capstone, exercises, grade
from classroom.grading.reading import SubmissionError, read_cells
from gan_utils.support import paths

OK, NOT_YET, MISSING = "ok", "not yet", "missing"
UNDEFINED = re.compile(r"NameError: name '(\w+)' is not defined")
PARAMETERS = {"profile": "smoke", "device": "cpu fp32"}
MAX_WHY = 200  # characters


def check_notebook(path, *, on_cell=lambda number: None, **limits):
    """Run a student's notebook at profile smoke and return the report.

    limits: seconds for the whole run, cell_seconds for a cell or a check, gigabytes.
    on_cell: called with 1, 2, ... as each code cell of the notebook starts.

    The report is ready for JSON: "notebook", "lesson", "passed", "ended" (finished,
    time limit, kernel died), "seconds", "exercises" (each with "number", "title",
    "result" and "checks", each of which has "name", "result" and "why"), "errors" (each
    with "cell", "error", and "replaced": if the lesson's own cell ran instead) and
    "capstone" (capstone.line). Results are ok, not yet or missing.

    Raises SubmissionError before anything runs.
    """
    lesson, sources = read(path)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        _lend_references(Path(home))
        ours = PARAMETERS | {"out_dir": str(Path(home, "out"))}
        folder = Path(path).resolve().parent
        run = grade.Grading(lesson, sources, lesson.parameters | ours, folder)
        run.run(Path(home), on_cell=lambda index: on_cell(index + 1), **limits)
    rows = [_exercise(task, run) for task in lesson.exercises]
    return {
        "notebook": str(path),
        "lesson": lesson.name,
        "passed": all(row["result"] == OK for row in rows),
        "ended": run.ended,
        "seconds": round(time.monotonic() - start, 1),
        "exercises": rows,
        "errors": _errors(run),
        "capstone": capstone.line(Path(path)),
    }


def read(path):
    """(exercises.Published, sources of the code cells) of a student's notebook.

    Raises SubmissionError for a file that is no notebook of the series.
    """
    sources = [source for kind, source in read_cells(path) if kind == "code"]
    known = exercises.lesson_names()
    name = exercises.lesson_of(Path(path).stem, sources, known)
    shown = paths.shown(path)
    if name is None:
        others = ", ".join(known) or "which has no solutions: run `make notebooks`"
        raise SubmissionError(f"{shown} is no lesson of the series: {others}")
    if not any(source.strip() for source in sources):
        raise SubmissionError(f"{shown} is empty: it has no cell with code")
    return exercises.published(name), sources


def _lend_references(home):
    """Copy what judges have seen in earlier runs: notebook 06 is slow without it."""
    kept = paths.runs_dir() / "judges"
    if kept.is_dir():
        shutil.copytree(kept, home / "runs" / "judges")


def _exercise(task, run):
    """The report's entry for one exercise."""
    rows = [_check(task, name, run) for name in task.checks]
    worst = [r for r in (MISSING, NOT_YET, OK) if r in [row["result"] for row in rows]]
    title = {"number": task.number, "title": task.title}
    return {**title, "result": worst[0], "checks": rows}


def _check(task, name, run):
    fault = run.found.get(task.number, {}).get(name)
    if fault == "":
        return {"name": name, "result": OK, "why": ""}
    result, why = NOT_YET, fault or run.raised.get(task.number)
    if not why:  # never defined
        result, why = _undefined(task.function, run)
    root = _root(why, run, len(run.sources))
    if root is not None:
        why = f"cell {root + 1} raised {run.errors[root]}"
    return {"name": name, "result": result, "why": _short(why)}


def _undefined(function, run):
    """(result, why) of an answer that the kernel has never seen."""
    missing = f"NameError: name '{function}' is not defined"
    for index, error in run.errors.items():
        mentioned = re.search(rf"\b{function}\b", run.sources[index])
        if mentioned and error != missing and index not in run.replaced:
            return NOT_YET, error
    if not run.complete:
        return NOT_YET, f"not reached: {run.ended}"
    return MISSING, f"no cell defines {function}"


def _root(text, run, before):
    """Index of the first cell whose failure led to `text`: it would have bound the name
    that is missing there. None if there is no such cell before the one at `before`.
    """
    name = UNDEFINED.search(text)
    for index, error in sorted(run.errors.items()) if name else ():
        binds = re.search(rf"\b{name[1]}\b", run.sources[index])
        own = index in run.replaced or name[0] in error
        if index < before and binds and not own:
            deeper = _root(error, run, index)
            return index if deeper is None else deeper
    return None


def _errors(run):
    """What went wrong in cells, without what followed from it."""
    return [
        {"cell": i + 1, "error": _short(text), "replaced": i in run.replaced}
        for i, text in sorted(run.errors.items())
        if _root(text, run, i) is None
    ]


def _short(text):
    text = " ".join(text.split())
    return text if len(text) <= MAX_WHY else text[: MAX_WHY - 3] + "..."
