"""Which exercises of a student's notebook are solved: the report of one run."""

import shutil
import tempfile
import time
from pathlib import Path

import nbformat
from papermill.parameterize import parameterize_notebook

from classroom.grading import exercises, grade
from gan_utils.support import paths

OK, NOT_YET, MISSING = "ok", "not yet", "missing"
KERNEL = {"name": "python3", "language": "python", "display_name": "Python 3"}
MAX_BYTES = 50_000_000
MAX_WHY = 200  # characters


class StudentError(ValueError):
    """Not a notebook of this series. The message says why, in one line."""


def check_notebook(path, *, seconds=300, gigabytes=4.0, on_cell=None):
    """Run a student's notebook at profile smoke and return the report.

    seconds: the limit for the whole run. gigabytes: the limit of the kernel's memory.
    on_cell: called with 1, 2, ... as each code cell of the notebook starts.

    The report is ready for JSON: "notebook", "lesson", "passed", "ended" (finished,
    time limit, kernel died), "seconds", "exercises" (each with "number", "title",
    "result" and "checks", each of which has "name", "result" and "why") and "errors"
    (each with "cell" and "error"). Results are ok, not yet or missing.

    Raises StudentError before anything runs.
    """
    lesson, notebook = read(path)
    published = paths.notebooks_dir() / f"{lesson}.ipynb"
    tasks = exercises.exercises(nbformat.read(published, as_version=4))
    run, start = grade.Grading(tasks), time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        _lend_references(Path(home))
        sources, number = _prepared(notebook, Path(home))
        run.all(
            sources,
            Path(home),
            seconds=seconds,
            gigabytes=gigabytes,
            on_cell=lambda index: on_cell and on_cell(number(index)),
        )
    rows = [_exercise(task, run, seconds) for task in tasks]
    errors = run.errors.items()
    return {
        "notebook": str(path),
        "lesson": lesson,
        "passed": all(row["result"] == OK for row in rows),
        "ended": run.ended,
        "seconds": round(time.monotonic() - start, 1),
        "exercises": rows,
        "errors": [{"cell": number(i), "error": _short(text)} for i, text in errors],
    }


def read(path):
    """(lesson, notebook with nothing but the sources of the code cells).

    Raises StudentError for a file that is no notebook of the series.
    """
    path = Path(path)
    notebook = _opened(path)
    known = exercises.lesson_names()
    lesson = exercises.lesson_of(path.stem, notebook, known)
    if lesson is None:
        names = ", ".join(known)
        raise StudentError(f"{path.name} is no lesson of the series: {names}")
    return lesson, notebook


def _opened(path):
    if not path.is_file():
        raise StudentError(f"there is no file {path}")
    if path.stat().st_size > MAX_BYTES:
        raise StudentError(f"{path.name} has more than {MAX_BYTES // 10**6} MB")
    try:
        notebook = nbformat.read(path, as_version=4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        tags = {"tags": []}  # papermill wants them
        cells = [nbformat.v4.new_code_cell(c.source, metadata=tags) for c in code]
    except Exception:  # nbformat raises what it likes when it is no notebook
        raise StudentError(f"{path.name} is no notebook") from None
    metadata = {"kernelspec": KERNEL, "papermill": {}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def _lend_references(home):
    """Copy what judges have seen in earlier runs: notebook 06 is slow without it."""
    kept = paths.runs_dir() / "judges"
    if kept.is_dir():
        shutil.copytree(kept, home / "runs" / "judges")


def _prepared(notebook, home):
    """(sources with our parameters, injected as papermill does; a function from the
    index of a source to the number of the student's code cell).
    """
    for cell in notebook.cells:
        if cell.source.lstrip().startswith("profile"):
            cell.metadata["tags"] = ["parameters"]
            break
    values = {"profile": "smoke", "device": "cpu", "out_dir": str(home / "out")}
    ready = parameterize_notebook(notebook, values)
    tags = [cell.metadata.get("tags", []) for cell in ready.cells]
    ours = tags.index(["injected-parameters"])
    return [c.source for c in ready.cells], lambda i: i + (i < ours)


def _exercise(task, run, seconds):
    """The report's entry for one exercise."""
    rows = [_check(task, name, run, seconds) for name in task.checks]
    worst = [r for r in (MISSING, NOT_YET, OK) if r in [row["result"] for row in rows]]
    title = {"number": task.number, "title": task.title}
    return {**title, "result": worst[0], "checks": rows}


def _check(task, name, run, seconds):
    if task.number not in run.answered:
        why = f"no cell defines {task.function}"
        return {"name": name, "result": MISSING, "why": why}
    fault = run.found[task.number].get(name)
    if fault == "":
        return {"name": name, "result": OK, "why": ""}
    return {"name": name, "result": NOT_YET, "why": _short(_why(task, run, fault))}


def _why(task, run, fault):
    """In words, why a check did not pass; `fault` is what it found, if it ran."""
    raised = run.raised.get(task.number)
    if fault is None:
        return raised or f"not reached: {run.ended}"
    undefined = f"NameError: name '{task.function}'"
    return raised if raised and fault.startswith(undefined) else fault


def _short(text):
    text = " ".join(text.split())
    return text if len(text) <= MAX_WHY else text[: MAX_WHY - 3] + "..."
