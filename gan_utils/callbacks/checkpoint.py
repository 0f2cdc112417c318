"""Checkpoints: written whole, checked when read, resumed to the bit.

`checkpoint_file` is the file; here is what goes into it and back into a run.
"""

import dataclasses
import time
from pathlib import Path

import torch

from gan_utils.callbacks import checkpoint_file
from gan_utils.callbacks.checkpoint_file import (
    MARK,
    CheckpointError,
    load,
    load_into,
    refuse_other_config,
    refuse_other_networks,
    warn_if_not_identical,
)
from gan_utils.engine.history import TrainingDiverged
from gan_utils.support.files import remove_rests
from gan_utils.support.paths import shown
from gan_utils.training import Callback

__all__ = [
    "MARK",
    "Checkpoint",
    "CheckpointError",
    "load",
    "resume",
    "save",
    "state_of",
]


def state_of(model):
    """The state of every field of a dataclass: networks, optimisers, counters."""
    state = {}
    for field in dataclasses.fields(model):
        value = getattr(model, field.name)
        state[field.name] = (
            value.state_dict() if hasattr(value, "state_dict") else value
        )
    return state


def save(path, model, history, config=None, extra=None):
    """Write model, history and config (a flat dictionary) to `path`, atomically.

    extra: name -> object with a state_dict, e.g. {"snapshots": snapshots}. Raises
    CheckpointError with the path and the free space when the disk refuses.
    """
    content = {
        "state": state_of(model),
        "history": history.state_dict(),
        "config": config or {},
        "extra": {name: value.state_dict() for name, value in (extra or {}).items()},
    }
    checkpoint_file.write(path, content | _circumstances(model))


def _circumstances(model):
    """What may differ when a run goes on, at the price of other last bits."""
    version, threads = torch.__version__.split("+")[0], torch.get_num_threads()
    return {"torch": version, "threads": threads, "device": _device(model)}


def _device(model):
    """The kind of device that the networks are on, "cpu" or "cuda"."""
    for field in dataclasses.fields(model):
        value = getattr(model, field.name)
        if isinstance(value, torch.nn.Module):
            return next((p.device.type for p in value.parameters()), "cpu")
    return "cpu"


def resume(path, model, history, config=None, extra=None, *, fall_back=False):
    """Put model and history back to where `save` found them.

    fall_back: if the file is missing or damaged, take the one before it, and warn.

    Raises CheckpointError when the file was made with another config (it names the
    keys) or for another network (it names the first tensor that differs). Warns when
    the device, the thread count or the torch version differ: the run goes on, but not
    to the bit.
    """
    content = load(path, fall_back=fall_back)
    state = content["state"]
    refuse_other_config(path, content["config"], config or {})
    refuse_other_networks(path, model, state)
    for field in dataclasses.fields(model):
        value = getattr(model, field.name)
        if hasattr(value, "load_state_dict"):
            load_into(value, state[field.name], f"{path}: {field.name}")
        else:
            setattr(model, field.name, state[field.name])
    history.load_state_dict(content["history"])
    for name, value in (extra or {}).items():
        value.load_state_dict(content["extra"][name])
    warn_if_not_identical(content, _circumstances(model))


class Checkpoint(Callback):
    """Saves every `every` seconds, and when the run ends or is interrupted.

    The save before the last one stays beside it, as `checkpoint.previous.pt`.

    resume: go on from `path`, if it exists, when a fresh run starts. fall_back: if it
    is damaged, from the one before it. config: settings that a resumed run must share.
    extra: see `save`.
    """

    def __init__(
        self,
        path,
        *,
        resume=False,
        config=None,
        extra=None,
        every=20.0,
        fall_back=False,
    ):
        self.path, self.resume, self.every = Path(path), resume, every
        self.config, self.extra, self.fall_back = config, extra, fall_back
        self._last = time.monotonic()

    def start(self, run):
        """Resume, if that is wanted and there is a checkpoint."""
        remove_rests(self.path)
        if self.resume and self.path.exists() and run.model.step == 0:
            how = {"fall_back": self.fall_back}
            resume(self.path, run.model, run.history, self.config, self.extra, **how)
            print(f"going on from step {run.model.step} of {shown(self.path)}")

    def step(self, run):
        """Save if it is time to."""
        if time.monotonic() - self._last >= self.every:
            self._save(run)

    def end(self, run):
        """Save the last state, and say how to go on if the run was cut short."""
        self._save(run)
        if run.stopped:
            print(
                f"{run.stopped} at step {run.model.step}; saved in {shown(self.path)}"
            )
        if run.stopped == "interrupted":
            print("to go on from there: the same again, with resume=True or --resume")

    def _save(self, run):
        run.history.flush()  # raises if diverged, so that no bad state is written
        _refuse_lost_weights(run.model)
        save(self.path, run.model, run.history, self.config, self.extra)
        self._last = time.monotonic()


def _refuse_lost_weights(model):
    """A loss may still be finite when its gradient has made the weights NaN."""
    for field in dataclasses.fields(model):
        value = getattr(model, field.name)
        if not isinstance(value, torch.nn.Module):
            continue
        for name, tensor in value.state_dict().items():
            if not torch.isfinite(tensor).all():
                what = f"{field.name}.{name} is no longer finite"
                raise TrainingDiverged.of(what, model.step)


class Follower(Checkpoint):
    """Resumes like a Checkpoint, and leaves the writing to another process."""

    def step(self, run):
        """Nothing to write."""

    def end(self, run):
        """Nothing to write."""
