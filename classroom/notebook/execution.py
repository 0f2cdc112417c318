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
from nbclient.exceptions import CellTimeoutError, DeadKernelError
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


def execute(job, folder, *, on_cell=None, timeout=None, leash=None):
    """Run one Job and return its Outcome.

    Leaves `folder`/NAME.ipynb, whole or not at all, and NAME.log, which grows live.
    on_cell: called with 1, 2, ... as each code cell starts.
    timeout: seconds for one cell. leash: a kernels.Leash, to end it from outside.
    Raises nothing but OSError on `folder` itself.
    """
    folder, leash = Path(folder).resolve(), leash or kernels.Leash()
    scratch = folder / ".tmp" / f"{job.name}.ipynb"
    scratch.parent.mkdir(parents=True, exist_ok=True)
    progress = _Progress(on_cell)
    start = time.monotonic()
    with open(folder / f"{job.name}.log", "a", encoding="utf-8") as log:
        with kernels.papermill_logs_to(log):
            outcome = kernels.outside_a_loop(
                _attempt, job, scratch, log, progress, timeout, leash
            )
        leash.end("over")  # whatever the kernel started and left running
        outcome.seconds = round(time.monotonic() - start, 1)
        log.write(f"\n{outcome.status} after {outcome.seconds} s. {outcome.error}\n")
    _keep(scratch, folder / f"{job.name}.ipynb", outcome)
    return outcome


def _attempt(job, scratch, log, progress, timeout, leash):
    """Run papermill and turn whatever it raises into an Outcome."""
    try:
        notebook = papermill.execute_notebook(
            str(job.notebook),
            str(scratch),
            parameters=job.parameters,
            kernel_name="python3",
            cwd=str(job.cwd or working_folder(job)),
            progress_bar=False,
            stdout_file=log,
            stderr_file=log,
            execution_timeout=timeout,
            on_cell_start=progress.start,
            kernel_manager_class=kernels.manager(log, leash),
        )
        return _outcome_of(job.name, notebook)
    except PapermillExecutionError as error:
        log.write("\n".join(error.traceback))
        text = f"{error.ename}: {error.evalue}"
        return _failed(job, FAILED, error.exec_count, text)
    except (Exception, KeyboardInterrupt) as error:
        status, text = _why(error, leash.reason, timeout)
        return _failed(job, status, progress.running, text)


def working_folder(job):
    """Where a kernel works: beside its notebook; for one from afar, in its results."""
    local = "://" not in str(job.notebook)
    return Path(job.notebook).parent if local else Path(job.folder)


def _why(error, reason, timeout):
    """(status, line) for what papermill raised; `reason`: why the kernel was ended."""
    if isinstance(error, KeyboardInterrupt) or reason == INTERRUPTED:
        return INTERRUPTED, "stopped by Ctrl-C"
    if reason == TERMINATED:
        return INTERRUPTED, "stopped by a signal"
    if reason:
        return TIMEOUT, reason
    if isinstance(error, DeadKernelError):
        return DIED, "the kernel died, possibly out of memory"
    if isinstance(error, CellTimeoutError):
        return TIMEOUT, f"the cell ran longer than {timeout} s"
    return FAILED, f"{type(error).__name__}: {error}"


def _failed(job, status, cell, error):
    return Outcome(job.name, status, cell=cell, error=textwrap.shorten(error, 300))


class _Progress:
    """Counts the code cells that were started."""

    def __init__(self, on_cell):
        self.on_cell = on_cell
        self.running = None

    def start(self, cell, cell_index):
        if cell.cell_type == "code" and cell.source.strip():
            self.running = (self.running or 0) + 1
            if self.on_cell:
                self.on_cell(self.running)


def _outcome_of(name, notebook):
    """papermill was content. Two things it does not see: cells skipped by sys.exit(0),
    and an error inside an output widget.
    """
    left = [cell for cell in _code_cells(notebook) if cell.execution_count is None]
    if left:
        error = f"ended early: {len(left)} cells did not run"
        return Outcome(name, FAILED, error=error)
    for output in swallowed_errors(notebook):
        error = f"in a widget: {output['ename']}: {output['evalue']}"
        return Outcome(name, FAILED, error=error)
    return Outcome(name, PASSED)


def _code_cells(notebook):
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def swallowed_errors(notebook):
    """Errors that slider callbacks left inside Output widgets, else invisible."""
    saved = notebook.metadata.get("widgets", {})
    states = saved.get(WIDGET_STATE, {}).get("state", {}).values()
    outputs = [o for model in states for o in model["state"].get("outputs", [])]
    return [output for output in outputs if output.get("output_type") == "error"]


def _keep(scratch, target, outcome):
    """Move the executed notebook to its final name with metadata that are true."""
    if scratch.is_file():
        notebook = nbformat.read(scratch, as_version=4)
        _repair(notebook, outcome)
        files.write_atomic(target, nbformat.writes(notebook).encode())
        scratch.unlink()
    with contextlib.suppress(OSError):
        scratch.parent.rmdir()


def _repair(notebook, outcome):
    papermill_says = notebook.metadata.setdefault("papermill", {})
    papermill_says["exception"] = outcome.status != PASSED
    for number, cell in enumerate(_code_cells(notebook), start=1):
        status = cell.metadata.get("papermill", {})
        if number == outcome.cell:
            status["status"] = "failed"
        elif cell.execution_count is None:
            status["status"] = "pending"
