"""What the terminal shows of several running notebooks."""

import threading
import time
from pathlib import Path

from classroom.runner.console import SLACK, Refreshed, about, clock, last_text


class Board(Refreshed):
    """Several running notebooks on one line, and a line for each that has ended.

    total: how many jobs there are. left: a function that returns the seconds that are
    left, or None.
    """

    def __init__(self, total, left, *, stream=None):
        super().__init__(stream)
        self.total, self.left = total, left
        self.running, self.ended_jobs, self.bad = {}, 0, 0
        self._lock = threading.Lock()

    def __exit__(self, *error):
        super().__exit__(*error)
        if self.live:
            self._write("", end="")  # the line about what runs

    def started(self, job):
        """A job has begun."""
        with self._lock:
            self.running[job.key] = [job, time.monotonic(), 0, time.time() - SLACK]
        if not self.live:
            self._write(f"  {job.key}  starting")

    def on_cell(self, job, number):
        """A job is at its code cell `number`."""
        with self._lock:
            if job.key in self.running:
                self.running[job.key][2] = number

    def ended(self, job, text, good=True):
        """A job has ended; `text` says how."""
        with self._lock:
            self.running.pop(job.key, None)
            self.ended_jobs += 1
            self.bad += not good
        self._write(f"  {job.key:<32}  {text}")

    def text(self):
        """What the line says now."""
        with self._lock:
            running = list(self.running.values())
        parts = [self._part(*entry, alone=len(running) == 1) for entry in running]
        left = self.left()
        end = f"; {about(left)} left" if left else ""
        bad = f", {self.bad} not passed" if self.bad else ""
        head = f"{self.ended_jobs} of {self.total} done{bad}{end}"
        return "  " + " | ".join([head, *parts])

    @staticmethod
    def _part(job, start, cell, since, *, alone):
        news = last_text(Path(job.folder) / "progress.jsonl", since=since)
        where = f"cell {cell}" if cell else "starting"
        spent = clock(time.monotonic() - start)
        return f"{job.key if alone else short(job)} {spent} {where} {news}".rstrip()


def short(job):
    """For example `02 s1`."""
    return f"{job.name.split('_')[0]} s{job.seed}"
