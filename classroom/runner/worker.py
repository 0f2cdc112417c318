"""One process that runs notebooks for the runner, one after the other.

It reads a line of JSON for each order, {"run": job, ...} or {"stop": reason}, and
answers with {"cell": n} while a notebook runs and {"outcome": ...} at its end. When its
input ends, because the runner is gone, it ends its kernel and itself.
"""

import dataclasses
import json
import os
import queue
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

from classroom.notebook import execution, kernels, record
from classroom.notebook.job import Job
from classroom.notebook.processes import PeakMemory, after
from gan_utils.engine import stopping
from gan_utils.support import files


class Worker:
    """Takes orders from a stream and answers on another."""

    def __init__(self, orders, answers):
        self.orders, self.answers = orders, answers
        self.leash = kernels.Leash()
        self.jobs = queue.Queue()

    def serve(self):
        """Run jobs until the orders end."""
        threading.Thread(target=self._listen, daemon=True).start()
        while entry := self.jobs.get():
            self.say(outcome=run_job(*entry, lambda n: self.say(cell=n)))

    def say(self, **answer):
        """Send one line to the runner."""
        self.answers.write(json.dumps(answer) + "\n")
        self.answers.flush()

    def _listen(self):
        for line in self.orders:
            order = json.loads(line)
            if "stop" in order:
                self.leash.end(order["stop"])
            else:
                self.leash = kernels.Leash()  # here, so that no stop can come before
                self.jobs.put((order, self.leash))
        self.leash.end(execution.INTERRUPTED)
        self.jobs.put(None)


def run_job(order, leash, on_cell):
    """Run the job of an order in its folder; returns what status.json says.

    order: {"run": Job as a dict, "deadline": when training should end, or None,
    "limit": seconds for the whole notebook, or None}.
    """
    job = Job(**order["run"])
    folder = Path(job.folder)
    shutil.rmtree(folder, ignore_errors=True)  # what an earlier attempt left
    folder.mkdir(parents=True)
    record.write_env(folder, job)
    marks, limit, started = folder / ".cut", order["limit"], time.time()
    deadline = str(order["deadline"] or "")
    os.environ |= {stopping.MARKS: str(marks), stopping.DEADLINE: deadline}
    late = f"the notebook ran longer than {limit} s"
    with PeakMemory(leash) as memory, after(limit, leash.end, late):
        outcome = execution.execute(job, folder, on_cell=on_cell, leash=leash)
    cut = marks.is_file()
    marks.unlink(missing_ok=True)
    _make_pages(folder, outcome)
    record.write_metrics(folder, job, status=outcome.status, cut=cut)
    status = dataclasses.asdict(outcome) | {"seed": job.seed, "key": job.key}
    status |= {"cut_by_budget": cut, "memory_mb": memory.peak_mb}
    status["started"] = round(started, 1)
    files.write_json(folder / "status.json", status)  # last: it says that all is there
    return status


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


def main():
    """Serve the process that started this one."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the runner decides
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    kernels.prepare_environment()
    Worker(sys.stdin, answers).serve()


if __name__ == "__main__":
    main()
