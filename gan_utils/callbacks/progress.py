"""How a run is going: told in few lines, and kept as pictures of the same latents."""

import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch

from gan_utils.engine import stopping
from gan_utils.training import Callback

WARM_UP = 5  # steps that do not count: the first ones allocate
MEASURED = 20  # steps to measure after them, for the estimate
LOSSES = ("d_loss", "g_loss", "loss", "class_loss")  # that a line tells
WRONG = 0.3  # an estimate that is off by more is told again


def _append(path, step, steps, text, left):
    """left: seconds that this training, or loop, still takes; None: not known."""
    line = {"time": time.time(), "step": step, "steps": steps, "text": text}
    line["left"] = left and round(left, 1)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


class Progress(Callback):
    """Prints an estimate after a few steps, then about `lines` lines, one for an epoch.

    The estimate stands again at the end of a line where it has turned out wrong.
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
        self._since, self._promised = (run.model.step, run.seconds), None
        epoch = run.batches.steps_per_epoch
        self._epochs = _epoch(run, run.total) if run.total else None
        self._every = epoch * math.ceil((run.total or 1) / epoch / self.lines)
        self._warm = run.model.step + WARM_UP

    def step(self, run):
        """Say something if this step ends the measurement or a chosen epoch."""
        number = run.model.step
        if number == self._warm:
            self._since = number, run.seconds
        if number == self._warm + MEASURED and run.total:
            left, each = self._left(run)
            how = f"({1000 * each:.0f} ms a step, {run.total} steps)"
            self._promised = run.seconds + left
            self._say(run, f"{_to_go(left)} {how}", left)
        if number % self._every == 0 or number == run.total:
            self._end_of_epoch(run)

    def _left(self, run):
        """(seconds to go, seconds a step) as the steps since the last line went."""
        number, seconds = self._since
        each = (run.seconds - seconds) / max(1, run.model.step - number)
        return each * (run.total - run.model.step), each

    def _end_of_epoch(self, run):
        text, left = self._line(run), self._left(run)[0] if run.total else None
        if self._promised and left:
            promised = max(self._promised - run.seconds, 1.0)
            if abs(left - promised) > max(WRONG * promised, 5):  # seconds
                text, self._promised = f"{text}, {_to_go(left)}", run.seconds + left
        self._say(run, text, left)
        if run.model.step > self._warm:
            self._since = run.model.step, run.seconds

    def _line(self, run):
        epoch, history = run.batches.steps_per_epoch, run.history
        of = f"/{self._epochs}" if self._epochs else ""
        known = [name for name in LOSSES if name in history]
        means = [f"{name} {history[name][-epoch:].mean():.2f}" for name in known]
        done = f"epoch {_epoch(run, run.model.step):3d}{of}"
        clock, alone = f"{run.seconds:.0f} s", run.threads.on_one
        clock += f", {alone} steps on one thread, as that is faster now" * (alone > 0)
        return "  ".join([done, *means, clock])

    def _say(self, run, text, left):
        self.say(text)
        sys.stdout.flush()
        if self.path:
            _append(self.path, run.model.step, run.total, text, left)


def _epoch(run, steps):
    """The epoch, from 1, that the last of so many steps is in."""
    return run.batches.place(max(0, steps - 1))[0] + 1


def _to_go(seconds):
    return f"about {seconds:.0f} s to go"


class Replaced:
    """An output of the running cell: what is shown takes the place of the last."""

    _handle = None

    def __call__(self, content, **how):
        from IPython.display import display

        if self._handle is None:
            self._handle = display(content, display_id=True, **how)
        elif self._handle:
            self._handle.update(content, **how)


class LoopProgress:
    """One line under a cell that is rewritten: for loops that you write yourself.

    `tick("three of nine")` shows the text with an estimate of what is left, appends it
    to `path` for a program that watches, and says whether its budget of time is spent.
    """

    def __init__(self, total, path):
        self.total, self.path, self.done = total, Path(path), 0
        self._start, self._show = time.monotonic(), Replaced()
        self.path.write_text("")

    def __call__(self, text, done=None):
        """`done` of `total` are done, None: one more; `text` says what. True: stop."""
        self.done = self.done + 1 if done is None else done
        spent = time.monotonic() - self._start
        left = spent / self.done * (self.total - self.done)
        rest = _to_go(left) if self.done < self.total else f"{spent:.0f} s"
        line = f"{self.done}/{self.total}  {text}  {rest}"
        self._show({"text/plain": line}, raw=True)
        _append(self.path, self.done, self.total, line, left)
        if spent := stopping.is_up():
            stopping.mark(self.done, self.total)
        return spent


class Snapshots(Callback):
    """Pictures of the same latents z (N, latent_dim) at n moments of the run.

    The square roots of the moments are evenly spaced, as most happens early. After the
    run: `images` uint8 (T, N, 28, 28), `steps` and `seconds`.
    """

    def __init__(self, z, *, n=12):
        self.z = z
        self.moments = [(i / (n - 1)) ** 2 for i in range(n)]  # as progress of the run
        self.steps, self.seconds, self._images, self._due = [], [], [], 0

    @property
    def images(self):
        """Array uint8 (T, N, 28, 28)."""
        return np.stack(self._images)

    def start(self, run):
        """Take the picture before training."""
        self.step(run)

    def step(self, run):
        """Take a picture if one more moment has come."""
        due = sum(run.progress >= moment for moment in self.moments)
        if due > self._due:
            self._due = due
            self._images.append(run.model.draw(self.z).numpy())
            self.steps.append(run.model.step)
            self.seconds.append(run.seconds)

    def state_dict(self):
        """What a checkpoint must hold to go on taking the same pictures."""
        images = torch.from_numpy(self.images) if self._images else None
        clock = {"steps": list(self.steps), "seconds": list(self.seconds)}
        return {**clock, "due": self._due, "images": images}

    def load_state_dict(self, state):
        """Take over what `state_dict` returned."""
        self.steps, self.seconds = list(state["steps"]), list(state["seconds"])
        self._due = state["due"]
        self._images = [] if state["images"] is None else list(state["images"].numpy())
