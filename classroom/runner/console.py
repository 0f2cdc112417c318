"""One line per notebook: rewritten in place on a terminal, plain lines elsewhere."""

import json
import os
import shutil
import sys
import time

from classroom.runner.ticker import Ticker

SLACK = 5.0  # seconds by which a clock of a file system may be off
TICK = 0.5  # seconds between two looks at the progress of a notebook
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


def last_text(path, *, since=0.0):
    """The "text" of the last whole line of a progress.jsonl, or "" if there is none.

    A file that was last written before `since` (seconds, as time.time()) does not
    count: an earlier run has left it.
    """
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_mtime < since:
                return ""
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 4096))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    for line in reversed(lines):
        try:
            return " ".join(str(json.loads(line)["text"]).split())
        except (ValueError, KeyError, TypeError):
            continue
    return ""


class Refreshed(Ticker):
    """`text()`, rewritten in place on a terminal, as a line now and then elsewhere."""

    every = TICK

    def __init__(self, stream=None):
        super().__init__()
        self.stream = stream or sys.stdout
        self.live = self.stream.isatty()
        self._shown = time.monotonic()

    def tick(self):
        """Show the text, if it is time."""
        if self.live or time.monotonic() - self._shown >= PLAIN_EVERY:
            self._show()

    def _show(self):
        self._shown = time.monotonic()
        self._write(self.text(), end="" if self.live else "\n")

    def _write(self, text, *, end="\n"):
        if self.live:
            columns = shutil.get_terminal_size().columns
            text = "\r\x1b[K" + (text[: columns - 1] if not end else text)
        self.stream.write(text + end)
        self.stream.flush()


class Line(Refreshed):
    """Shows one running notebook: `with Line("02_x", 160, path, width=20) as line:`"""

    def __init__(self, name, estimate, progress_file, *, width=0, stream=None):
        super().__init__(stream)
        self.label = f"  {name:<{width}}"
        self.estimate = estimate
        self.progress_file = progress_file
        self.cell = 0

    def __enter__(self):
        self.start, self.since = time.monotonic(), time.time() - SLACK
        self._show()
        return super().__enter__()

    def on_cell(self, number):
        """The runner says that code cell `number` starts."""
        self.cell = number

    def finish(self, text):
        """Replace the line with the result of the notebook."""
        self.end_ticking()
        self._write(f"{self.label}  {text}")

    def text(self):
        """What the line says now."""
        spent = clock(time.monotonic() - self.start)
        goal = f" of about {clock(self.estimate)}" if self.estimate else ""
        news = last_text(self.progress_file, since=self.since)
        where = f"  cell {self.cell}" if self.cell else "  starting"
        return f"{self.label}  {spent}{goal}{where}" + (f"  {news}" if news else "")
