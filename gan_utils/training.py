"""The training loop. Nothing in this file has anything to do with GANs.

Taught in notebook 02, section 5, where the loop is written out.
`fit` repeats a step that you wrote: `logs = step(model, *batch)`. A model here is any
object with a counter `model.step` and fields that are networks and optimisers.
"""

import dataclasses
import math
import threading
import time

import torch

from gan_utils.engine import numbers, stopping
from gan_utils.engine.history import History, TrainingDiverged  # noqa: F401
from gan_utils.engine.threads import Threads
from gan_utils.support.randomness import STEPS, mixed_seed


class Callback:
    """Watches a run: `start` before its first step, `step` after each, then `end`.

    A callback observes. It never changes the weights, the data or the random numbers.
    The first of a list starts first, and after each step comes last: a checkpoint on
    top resumes before the others look, and is written when they are done.
    """

    def start(self, run):
        """The run is about to begin, or to go on after a resume."""

    def step(self, run):
        """Step number `run.model.step` is done."""

    def end(self, run):
        """The run is over; `run.stopped` says why."""


@dataclasses.dataclass
class Run:
    """What a callback may look at."""

    model: object
    batches: object
    history: History
    total: int | None  # steps; None when only the clock ends the run
    seconds: float = 0.0  # spent in steps, callbacks excluded
    limit: float | None = None  # end at the first step after so many seconds
    stopped: str = ""  # "" (done), "time is up", "interrupted", "budget spent"
    asked: object = dataclasses.field(default_factory=threading.Event)  # Ctrl-C
    threads: Threads = dataclasses.field(default_factory=Threads)

    @property
    def progress(self):
        """How much of the run is done, in [0, 1]: of its steps or of its time."""
        steps = self.model.step / self.total if self.total else 0.0
        return min(1.0, max(steps, self.seconds / self.limit if self.limit else 0.0))


def constant(progress):
    """The learning rate stays as it is."""
    return 1.0


def linear_decay(progress, start=0.5):
    """Full learning rate until `start` of the run, then a straight line to zero."""
    return min(1.0, (1 - progress) / (1 - start))


def fit(
    step,
    model,
    batches,
    *,
    epochs=None,
    steps=None,
    seconds=None,
    schedule=constant,
    precision="fp32",
    callbacks=(),
    history=None,
):
    """Repeat `logs = step(model, *batches(k))` for k = model.step, model.step + 1, ...

    step: returns a dict of scalar tensors; they become the history.
    epochs, steps: where to end, counted from step 0 of the model (so a resumed model
        does only the rest). seconds: end after so many seconds of training, likewise.
    schedule: progress in [0, 1] -> factor on every optimiser's learning rate.
    precision: "fp32", or "bf16" to run networks under autocast.

    Random numbers drawn inside a step depend on (seed, step) only, so that a resumed
    run is bit-identical. Ctrl-C ends the run after the current step, and so does the
    deadline of `gan_utils.engine.stopping`.
    Returns the History. Raises ValueError for a length that is none, and
    TrainingDiverged when a logged value is not finite.
    """
    _check_length(epochs=epochs, steps=steps, seconds=seconds)
    if steps is None and epochs is not None:
        steps = batches.steps(epochs)
    history = History() if history is None else history
    run = Run(model, batches, history, steps, limit=seconds)
    asked = run.asked  # a callback may put something else in its place
    for callback in callbacks:
        callback.start(run)
    run.seconds = run.history.seconds  # a resumed run goes on with its clock
    with numbers.own_settings(), numbers.in_float32(model), stopping.on_ctrl_c(asked):
        _repeat(step, run, schedule, precision, callbacks)
    return _ended(run, callbacks)


def _check_length(**given):
    """One length at least, and no NaN, infinity or negative number among them."""
    if not any(value is not None for value in given.values()):
        raise ValueError("fit needs epochs=, steps= or seconds=")
    for name, value in given.items():
        if value is not None and not 0 <= value < math.inf:
            raise ValueError(f"fit: {name}={value!r} must be a number, 0 or above")


def _ended(run, callbacks):
    """Tell everybody that the run is over; its History."""
    run.history.flush()
    if run.stopped == stopping.SPENT:
        stopping.mark(run.model.step, run.total)
    for callback in reversed(callbacks):
        callback.end(run)
    run.history.stopped, run.history.on_one = run.stopped, run.threads.on_one
    return run.history


def _repeat(step, run, schedule, precision, callbacks):
    """Steps, until the run is complete or there is a reason to stop."""
    run.stopped = _reason(run)  # a resumed run may have no time left
    while (run.total is None or run.model.step < run.total) and not run.stopped:
        _set_learning_rates(run.model, schedule(run.progress))
        _timed_step(step, run, precision)
        for callback in reversed(callbacks):
            callback.step(run)
        run.stopped = _reason(run) or (stopping.SPENT if stopping.is_up() else "")


def _reason(run):
    if run.asked.is_set():
        return "interrupted"
    over = run.limit is not None and run.seconds >= run.limit
    return "time is up" if over else ""


def _timed_step(step, run, precision):
    start, number = time.perf_counter(), run.model.step
    torch.manual_seed(mixed_seed(run.batches.seed, STEPS, number))  # dropout, noise
    batch = run.batches(number)
    with numbers.autocast(batch[0].device.type, precision), numbers.explained():
        logs = step(run.model, *batch)
    run.model.after_step()
    took = time.perf_counter() - start
    run.seconds += took
    if batch[0].device.type == "cpu":
        run.threads.step(took)
    run.history.append(logs, run.seconds)


def _set_learning_rates(model, factor):
    optimisers = numbers.parts(model, torch.optim.Optimizer).values()
    for group in (group for each in optimisers for group in each.param_groups):
        if "initial_lr" not in group:  # once: a GPU is waited for
            group["initial_lr"] = float(group["lr"])
        rate = group["initial_lr"] * factor
        if isinstance(group["lr"], torch.Tensor):  # see gan_utils.engine.cuda_graph
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate
