"""One process that runs one notebook for the runner.

It reads the order as a line of JSON (see `run_job`) and answers with {"cell": n} while
the notebook runs and {"outcome": ...} at its end. A further line is a reason to stop.
When its input ends, because the runner is gone, it ends its kernel and itself.
"""

import contextlib
import dataclasses
import json
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

from classroom.notebook import execution, kernels, record
from classroom.notebook.job import Job
from classroom.notebook.memory import PeakMemory
from gan_utils.engine import stopping
from gan_utils.support import files


def run_job(order, leash, on_cell):
    """Run the job of an order in its folder; returns what status.json says.

    order: {"run": Job as a dict, "deadline": when training should end, or None,
    "limit": seconds for the whole notebook, or None}.
    """
    job = Job.from_dict(order["run"])
    folder = fresh_folder(job.folder)
    record.write_env(folder, job)
    marks = folder / ".cut"
    _set_deadline(order.get("deadline"), marks)
    started = time.time()
    with PeakMemory(leash) as memory, _limit(order.get("limit"), leash):
        outcome = execution.execute(job, folder, on_cell=on_cell, leash=leash)
    cut = marks.is_file()
    marks.unlink(missing_ok=True)
    _make_pages(folder, outcome)
    record.write_metrics(folder, job, status=outcome.status, cut=cut)
    status = dataclasses.asdict(outcome) | {
        "seed": job.seed,
        "key": job.key,
        "cut_by_budget": cut,
        "started": round(started, 1),
        "memory_mb": memory.peak_mb,
    }
    files.write_json(folder / "status.json", status)  # last: it says that all is there
    return status


def fresh_folder(folder):
    """An empty folder; what an earlier attempt left in it is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    Path(folder).mkdir(parents=True)
    return Path(folder)


def _set_deadline(moment, marks):
    os.environ[stopping.MARKS] = str(marks)
    os.environ.pop(stopping.DEADLINE, None)
    if moment:
        os.environ[stopping.DEADLINE] = str(moment)


@contextlib.contextmanager
def _limit(seconds, leash):
    """End the kernel after so many seconds."""
    text = f"the notebook ran longer than {seconds} s"
    timer = threading.Timer(seconds or 0, leash.end, [text])
    timer.daemon = True
    if seconds:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _make_pages(folder, outcome):
    """A page that cannot be made is reported; it does not end the run."""
    if not (folder / f"{outcome.name}.ipynb").is_file():
        return
    try:
        from classroom.notebook import page  # with matplotlib: not before it is needed

        page.make_pages(folder, outcome.name, back="../../index.html")
    except Exception as error:
        problem = f"no HTML page: {type(error).__name__}: {error}"
        outcome.error = outcome.error or problem
        if outcome.status == execution.PASSED:
            outcome.status = execution.FAILED


def _listen(orders, leash):
    reason = orders.readline()
    leash.end(json.loads(reason) if reason else execution.INTERRUPTED)


def main():
    """Serve the process that started this one."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the runner decides
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    kernels.prepare_environment()

    def say(**answer):
        print(json.dumps(answer), file=answers, flush=True)

    order, leash = json.loads(sys.stdin.readline()), kernels.Leash()
    listen = {"target": _listen, "args": [sys.stdin, leash], "daemon": True}
    listener = threading.Thread(**listen)
    listener.start()
    say(outcome=run_job(order, leash, lambda number: say(cell=number)))
    listener.join()  # until the runner has heard it


if __name__ == "__main__":
    main()
