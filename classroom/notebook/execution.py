"""Execute notebooks with papermill, and believe the exception, not the metadata.

A killed kernel, a time-out and Ctrl-C all leave a notebook whose metadata say that
every cell completed. Here the outcome comes from what was raised, and the metadata
are repaired to match it.
"""

import contextlib
import dataclasses
import textwrap
import time
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

from classroom.notebook import kernels
from gan_utils.support import files

WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
PASSED, FAILED, DIED = "passed", "failed", "kernel died"
TIMEOUT, INTERRUPTED, NOT_RUN = "timeout", "interrupted", "not run"
TERMINATED = "terminated"  # a reason to stop, as INTERRUPTED is


@dataclasses.dataclass
class Outcome:
    """How one notebook ended."""

    name: str
    status: str
    seconds: float = 0.0
    cell: int | None = None  # the number in In [ ] of the cell that failed
    error: str = ""  # last line of its traceback


def execute(job, folder, *, on_cell=lambda n: None, leash=None):
    """Run one Job and return its Outcome.

    Leaves `folder`/NAME.ipynb, whole or not at all, and NAME.log, which grows live.
    on_cell: called with 1, 2, ... as each code cell starts.
    leash: a kernels.Leash, to end it from outside.
    Raises nothing but OSError on `folder` itself.
    """
    folder, leash = Path(folder).resolve(), leash or kernels.Leash()
    scratch = folder / ".tmp" / f"{job.name}.ipynb"
    scratch.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with open(folder / f"{job.name}.log", "a", encoding="utf-8") as log:
        with kernels.papermill_logs_to(log):
            outcome = _attempt(job, scratch, log, on_cell, leash)
        leash.end("over")  # whatever the kernel started and left running
        outcome.seconds = round(time.monotonic() - start, 1)
        outcome.error = textwrap.shorten(outcome.error, 300)
        log.write(f"\n{outcome.status} after {outcome.seconds} s. {outcome.error}\n")
    _keep(scratch, folder / f"{job.name}.ipynb", outcome)
    return outcome


def _attempt(job, scratch, log, on_cell, leash):
    """Run papermill and turn whatever it raises into an Outcome.

    The kernel works beside its notebook; that of one from afar, in its results.
    """
    place = Path(job.notebook).parent if "://" not in str(job.notebook) else job.folder
    begun = []  # code cells

    def start(cell, cell_index):
        if _is_code(cell):
            begun.append(cell_index)
            on_cell(len(begun))

    try:
        notebook = papermill.execute_notebook(
            str(job.notebook),
            str(scratch),
            parameters=job.parameters,
            kernel_name="python3",
            cwd=str(job.cwd or place),
            progress_bar=False,
            stdout_file=log,
            stderr_file=log,
            on_cell_start=start,
            kernel_manager_class=kernels.manager(log, leash),
        )
        return _outcome_of(job.name, notebook)
    except PapermillExecutionError as error:
        log.write("\n".join(error.traceback))
        text = f"{error.ename}: {error.evalue}"
        return Outcome(job.name, FAILED, cell=error.exec_count, error=text)
    except (Exception, KeyboardInterrupt) as error:
        status, text = _why(error, leash.reason)
        return Outcome(job.name, status, cell=len(begun) or None, error=text)


def _why(error, reason):
    """(status, line) for what papermill raised; `reason`: why the kernel was ended."""
    if isinstance(error, KeyboardInterrupt) or reason == INTERRUPTED:
        return INTERRUPTED, "stopped by Ctrl-C"
    if reason == TERMINATED:
        return INTERRUPTED, "stopped by a signal"
    if reason:
        return TIMEOUT, reason
    if isinstance(error, DeadKernelError):
        return DIED, "the kernel died, possibly out of memory"
    return FAILED, f"{type(error).__name__}: {error}"


def _outcome_of(name, notebook):
    """papermill was content. Two things it does not see: cells skipped by sys.exit(0),
    and an error that a slider's callback left inside an output widget.
    """
    cells = filter(_is_code, notebook.cells)
    if left := sum(cell.execution_count is None for cell in cells):
        return Outcome(name, FAILED, error=f"ended early: {left} cells did not run")
    saved = notebook.metadata.get("widgets", {})
    states = saved.get(WIDGET_STATE, {}).get("state", {}).values()
    for output in (o for model in states for o in model["state"].get("outputs", [])):
        if output.get("output_type") == "error":
            error = f"in a widget: {output['ename']}: {output['evalue']}"
            return Outcome(name, FAILED, error=error)
    return Outcome(name, PASSED)


def _is_code(cell):
    return cell.cell_type == "code" and cell.source.strip()


def _keep(scratch, target, outcome):
    """Move the executed notebook to its final name with metadata that are true."""
    if scratch.is_file():
        notebook = nbformat.read(scratch, as_version=4)
        papermill_says = notebook.metadata.setdefault("papermill", {})
        papermill_says["exception"] = outcome.status != PASSED
        for number, cell in enumerate(filter(_is_code, notebook.cells), start=1):
            status = cell.metadata.get("papermill", {})
            if number == outcome.cell:
                status["status"] = "failed"
            elif cell.execution_count is None:
                status["status"] = "pending"
        files.write_atomic(target, nbformat.writes(notebook).encode())
        scratch.unlink()
    with contextlib.suppress(OSError):
        scratch.parent.rmdir()
