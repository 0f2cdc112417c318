"""Tells the reader how a run is going, in few lines."""

import json
import math
import sys
import time
from pathlib import Path

from gan_utils.training import Callback

WARM_UP = 5  # steps that do not count: the first ones allocate
MEASURED = 20  # steps to measure after them, for the estimate


def _append(path, step, steps, text):
    line = {"time": time.time(), "step": step, "steps": steps, "text": text}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


class Progress(Callback):
    """Prints an estimate after a few steps, then about `lines` lines, one for an epoch.

    path: a file that receives each line as JSON as well, for a program that watches.
    say: called with each line.
    """

    def __init__(self, path=None, *, lines=12, say=print):
        self.path = Path(path) if path else None
        self.lines, self.say = lines, say

    def start(self, run):
        """Plan which epochs get a line."""
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text("")
        self._first_step, self._first_seconds = run.model.step, run.seconds
        epoch = run.batches.steps_per_epoch
        self._epochs = math.ceil(run.total / epoch) if run.total else None
        self._every = epoch * max(1, math.ceil((self._epochs or 1) / self.lines))

    def step(self, run):
        """Say something if this step ends the measurement or a chosen epoch."""
        number = run.model.step
        if number == self._first_step + WARM_UP:
            self._first_seconds = run.seconds
        if number == self._first_step + WARM_UP + MEASURED and run.total:
            self._estimate(run)
        if number % self._every == 0 or number == run.total:
            self._say(run, self._line(run))

    def _estimate(self, run):
        each = (run.seconds - self._first_seconds) / MEASURED
        left = each * (run.total - run.model.step)
        text = (
            f"about {left:.0f} s to go ({1000 * each:.0f} ms a step, {run.total} steps)"
        )
        self._say(run, text)

    def _line(self, run):
        epoch = run.batches.steps_per_epoch
        done = math.ceil(run.model.step / epoch)
        of = f"/{self._epochs}" if self._epochs else ""
        words = [f"epoch {done:3d}{of}"]
        for name in ("d_loss", "g_loss", "loss", "class_loss"):
            if name in run.history:
                words.append(f"{name} {run.history[name][-epoch:].mean():.2f}")
        words.append(f"{run.seconds:.0f} s")
        return "  ".join(words)

    def _say(self, run, text):
        self.say(text)
        sys.stdout.flush()
        if self.path:
            _append(self.path, run.model.step, run.total, text)


class LoopProgress:
    """One line under a cell that is rewritten: for loops over many short runs.

    `tick("three of nine")` shows the text with an estimate of what is left, and appends
    it to `path` for a program that watches.
    """

    def __init__(self, total, path=None):
        self.total, self.path, self.done = total, Path(path) if path else None, 0
        self._start, self._handle = time.monotonic(), None
        if self.path:
            self.path.write_text("")

    def __call__(self, text):
        """One more of `total` is done; `text` says what."""
        self.done += 1
        spent = time.monotonic() - self._start
        left = spent / self.done * (self.total - self.done)
        rest = (
            f"about {left:.0f} s to go" if self.done < self.total else f"{spent:.0f} s"
        )
        line = f"{self.done}/{self.total}  {text}  {rest}"
        self._show(line)
        if self.path:
            _append(self.path, self.done, self.total, line)

    def _show(self, line):
        from IPython.display import display

        content = {"text/plain": line}
        if self._handle is None:
            self._handle = display(content, raw=True, display_id=True)
        elif self._handle:
            self._handle.update(content, raw=True)
