"""What the terminal shows of several running notebooks."""

import shutil
import sys
import threading
import time
from pathlib import Path

from gan_utils.console import PLAIN_EVERY, SLACK, TICK, about, clock, last_text


class Board:
    """Several running notebooks on one line, and a line for each that has ended.

    total: how many jobs there are. left: a function that returns the seconds that are
    left, or None.
    """

    def __init__(self, total, left, *, stream=None):
        self.stream, self.total, self.left = stream or sys.stdout, total, left
        self.live = self.stream.isatty()
        self.running, self.ended_jobs, self.bad = {}, 0, 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._over.set()
        self._thread.join()
        self._write("", end="") if self.live else None

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

    def _watch(self):
        shown = time.monotonic()
        while not self._over.wait(TICK):
            if self.live or time.monotonic() - shown >= PLAIN_EVERY:
                shown = time.monotonic()
                self._write(self.text(), end="" if self.live else "\n")

    def _write(self, text, *, end="\n"):
        if self.live:
            columns = shutil.get_terminal_size().columns
            text = "\r\x1b[K" + (text[: columns - 1] if not end else text)
        self.stream.write(text + end)
        self.stream.flush()


def short(job):
    """For example `02 s1`."""
    return f"{job.name.split('_')[0]} s{job.seed}"
