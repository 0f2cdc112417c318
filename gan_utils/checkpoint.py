"""Checkpoints: written whole, checked when read, resumed to the bit.

A file is a 9-byte mark, the SHA-256 of the rest, and the rest: what `torch.save` makes
of plain dictionaries of tensors. Neither `torch.load` nor a zip file notices a flipped
byte in a weight; the checksum does. Loading never runs code (`weights_only=True`).
"""

import dataclasses
import hashlib
import io
import os
import time
import warnings
from pathlib import Path

import torch

from gan_utils.files import write_atomic
from gan_utils.paths import shown
from gan_utils.training import Callback

MARK = b"GANCKPT1\n"


class CheckpointError(RuntimeError):
    """A checkpoint cannot be written, read or used. The message says what to do."""


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
        "torch": torch.__version__.split("+")[0],
        "threads": torch.get_num_threads(),
    }
    buffer = io.BytesIO()
    torch.save(content, buffer)
    body = buffer.getvalue()
    try:
        write_atomic(path, MARK + hashlib.sha256(body).digest() + body)
    except OSError as error:
        raise CheckpointError(
            f"cannot write {path}: {error.strerror}{_free(path)}"
        ) from error


def _free(path):
    folder = Path(path).parent
    if not folder.is_dir() or not hasattr(os, "statvfs"):
        return ""
    disk = os.statvfs(folder)
    return f" ({disk.f_bavail * disk.f_frsize / 1e6:.0f} MB free)"


def load(path):
    """Read what `save` wrote, after checking every byte. Returns the dictionary."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror}") from error
    mark, digest = data[: len(MARK)], data[len(MARK) : len(MARK) + 32]
    body = data[len(MARK) + 32 :]
    if mark != MARK:
        raise CheckpointError(
            f"{path} is not a checkpoint of this series; choose another file"
        )
    if hashlib.sha256(body).digest() != digest:
        raise CheckpointError(
            f"{path} is damaged (checksum differs); delete it and train again"
        )
    try:
        return torch.load(io.BytesIO(body), map_location="cpu", weights_only=True)
    except Exception as error:  # refused pickles and anything else torch dislikes
        raise CheckpointError(
            f"{path} holds more than tensors and is refused"
        ) from error


def resume(path, model, history, config=None, extra=None):
    """Put model and history back to where `save` found them.

    Raises CheckpointError when the file was made with another config (it names the
    keys) or for another network (it names the first tensor that differs). Warns when
    the thread count or the torch version differ: the run goes on, but not to the bit.
    """
    content = load(path)
    _refuse_other_config(path, content["config"], config or {})
    for field in dataclasses.fields(model):
        value, saved = getattr(model, field.name), content["state"].get(field.name)
        if not hasattr(value, "load_state_dict"):
            setattr(model, field.name, saved)
            continue
        _load_into(value, saved, f"{path}: {field.name}")
    history.load_state_dict(content["history"])
    for name, value in (extra or {}).items():
        value.load_state_dict(content["extra"][name])
    _warn_if_not_identical(content)


def _refuse_other_config(path, saved, wanted):
    changed = [key for key in {*saved, *wanted} if saved.get(key) != wanted.get(key)]
    if changed:
        shown = ", ".join(
            f"{k} {saved.get(k)!r} -> {wanted.get(k)!r}" for k in sorted(changed)
        )
        raise CheckpointError(
            f"{path} was made with other settings ({shown}); "
            "use the same, or another folder"
        )


def _load_into(value, saved, where):
    if isinstance(value, torch.nn.Module):
        for name, tensor in value.state_dict().items():
            shape = getattr((saved or {}).get(name), "shape", None)
            if shape != tensor.shape:
                raise CheckpointError(
                    f"{where}.{name} has shape {shape and tuple(shape)}, the network "
                    f"needs {tuple(tensor.shape)}; build the network that was saved"
                )
    try:
        value.load_state_dict(saved)
    except (ValueError, RuntimeError, TypeError) as error:
        raise CheckpointError(f"{where} does not fit: {error}") from error


def _warn_if_not_identical(content):
    now = {"torch": torch.__version__.split("+")[0], "threads": torch.get_num_threads()}
    for key, value in now.items():
        if content[key] != value:
            warnings.warn(
                f"resumed with {key} {value}, saved with {content[key]}: "
                "the result will be as good, but not bit-identical",
                stacklevel=3,
            )


class Checkpoint(Callback):
    """Saves every `every` seconds, and when the run ends or is interrupted.

    resume: go on from `path`, if it exists, when a fresh run starts.
    config: settings that a resumed run must share. extra: see `save`.
    """

    def __init__(self, path, *, resume=False, config=None, extra=None, every=20.0):
        self.path, self.resume, self.every = Path(path), resume, every
        self.config, self.extra = config, extra
        self._last = time.monotonic()

    def start(self, run):
        """Resume, if that is wanted and there is a checkpoint."""
        if self.resume and self.path.exists() and run.model.step == 0:
            resume(self.path, run.model, run.history, self.config, self.extra)
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

    def _save(self, run):
        run.history.flush()  # raises if diverged, so that no bad state is written
        save(self.path, run.model, run.history, self.config, self.extra)
        self._last = time.monotonic()


class Follower(Checkpoint):
    """Resumes like a Checkpoint, and leaves the writing to another process."""

    def step(self, run):
        """Nothing to write."""

    def end(self, run):
        """Nothing to write."""
