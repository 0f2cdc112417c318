"""What the terminal shows of running notebooks: one line, rewritten in place.

Where there is no terminal, it is a plain line now and then.
"""

import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path

from classroom.notebook.processes import Ticker

SLACK = 5.0  # seconds by which a clock of a file system may be off
PLAIN_EVERY = 20.0  # seconds between two lines when the output is not a terminal


def clock(seconds):
    """75 -> "1:15"."""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes}:{seconds:02d}"


def about(seconds):
    """An estimate in words: 40 -> "about 40 s", 170 -> "about 3 minutes"."""
    if seconds < 90:
        return f"about {max(5, round(seconds / 5) * 5)} s"
    return f"about {round(seconds / 60)} minutes"


def last_progress(path, *, since=0.0):
    """The last whole line of a progress.jsonl, or {} if there is none.

    A file that was last written before `since` (seconds, as time.time()) does not
    count: an earlier run has left it.
    """
    try:
        if os.path.getmtime(path) < since - SLACK:
            return {}
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    for line in reversed(lines):
        try:
            found = json.loads(line)
            return found | {"text": " ".join(str(found["text"]).split())}
        except (ValueError, KeyError, TypeError):
            continue
    return {}


class Running:
    """A notebook that runs now: since when, at which cell, and its own news."""

    def __init__(self, label, progress_file):
        self.label, self.progress_file = label, progress_file
        self.start, self.cell = time.time(), 0

    def text(self, label=None):
        """For example `02_train 1:15 cell 7 epoch 2/3`."""
        spent = clock(max(0, time.time() - self.start))
        where = f"cell {self.cell}" if self.cell else "starting"
        news = last_progress(self.progress_file, since=self.start).get("text", "")
        return f"{label or self.label} {spent} {where} {news}".rstrip()


class Display(Ticker):
    """`text()`, rewritten in place on a terminal, as a line now and then elsewhere."""

    def __init__(self, stream=None):
        super().__init__()
        self.stream = stream or sys.stdout
        self.live = self.stream.isatty()
        self._shown = time.monotonic()

    def tick(self):
        """Show the text, if it is time."""
        if self.live or time.monotonic() - self._shown >= PLAIN_EVERY:
            self.show()

    def show(self):
        """Show the text now."""
        self._shown = time.monotonic()
        self._write("  " + self.text(), end="" if self.live else "\n")

    def _write(self, text, *, end="\n"):
        if self.live:
            columns = shutil.get_terminal_size().columns
            text = "\r\x1b[K" + (text[: columns - 1] if not end else text)
        self.stream.write(text + end)
        self.stream.flush()


class Board(Display):
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
        running = Running(job.key, f"{job.folder}/progress.jsonl")
        with self._lock:
            self.running[job.key] = running, f"{job.name.split('_')[0]} s{job.seed}"
        if not self.live:
            self._write(f"  {job.key}  starting")

    def on_cell(self, job, number):
        """A job is at its code cell `number`."""
        with self._lock:
            if job.key in self.running:
                self.running[job.key][0].cell = number

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
        alone = len(running) == 1
        parts = [line.text(None if alone else name) for line, name in running]
        left = self.left()
        end = f"; {about(left)} left" if left else ""
        bad = f", {self.bad} not passed" if self.bad else ""
        return " | ".join([f"{self.ended_jobs} of {self.total} done{bad}{end}", *parts])
