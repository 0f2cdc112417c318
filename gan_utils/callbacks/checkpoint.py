"""Checkpoints: written whole, checked when read, resumed to the bit.

The file is one of `torch.save` with its SHA-256 at the end: the sums inside a file of
torch do not cover its directory, and a flipped byte there gives weights out of nowhere.
Loading never runs code (`weights_only=True`).
"""

import hashlib
import io
import time
import warnings
from pathlib import Path

import torch
from torch.nn import Module

from gan_utils.engine.numbers import parts
from gan_utils.support.files import remove_rests, write_atomic
from gan_utils.support.paths import shown
from gan_utils.support.weights import misfit
from gan_utils.training import Callback, TrainingDiverged

PARTS = ("state", "history", "config", "extra", "torch", "threads")


class CheckpointError(RuntimeError):
    """A checkpoint cannot be written, read or used. The message says what to do."""


def previous(path):
    """Where the checkpoint before the last one is: `checkpoint.previous.pt`."""
    path = Path(path)
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def sealed(body):
    """Bytes, and behind them their SHA-256; `torch.load` does not mind it."""
    return body + hashlib.sha256(body).digest()


def read(path):
    """Read what `save` wrote, after checking every byte. Returns the dictionary."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror}") from error
    if data != sealed(body := data[:-32]):
        raise CheckpointError(f"{path} is damaged or no checkpoint; {_remedy(path)}")
    try:
        content = torch.load(io.BytesIO(body), map_location="cpu", weights_only=True)
    except Exception as error:  # refused pickles and anything else torch dislikes
        told = f"{path} holds more than tensors and is refused"
        raise CheckpointError(told) from error
    if lacking := [name for name in PARTS if name not in content]:
        raise CheckpointError(f"{path} lacks {', '.join(lacking)}; {_remedy(path)}")
    return content


def _remedy(path):
    """What to do with a file that is no good."""
    if previous(path).is_file():
        name = previous(path).name
        return f"to go on from the save before it, rename {name} to {Path(path).name}"
    return "delete it and train again, or choose another file"


def state_of(model):
    """The state of every field of a dataclass: networks, optimisers, counters."""
    return {
        name: value.state_dict() if hasattr(value, "state_dict") else value
        for name, value in parts(model).items()
    }


def save(path, model, history, config=None, extra=None):
    """Write model, history and config (a flat dictionary) to `path`, atomically.

    What was there before stays as `previous(path)`. extra: name -> object with a
    state_dict, e.g. {"snapshots": snapshots}. Raises CheckpointError with the path and
    the free space when the disk refuses.
    """
    content = {"state": state_of(model), "history": history.state_dict()}
    content["config"] = config or {}
    content["extra"] = {k: value.state_dict() for k, value in (extra or {}).items()}
    buffer = io.BytesIO()
    torch.save(content | _circumstances(model), buffer)
    try:
        write_atomic(path, sealed(buffer.getvalue()), keep=previous(path))
    except OSError as error:
        raise CheckpointError(f"cannot write {path}: {error.strerror}") from error


def _circumstances(model):
    """What may differ when a run goes on, at the price of other last bits."""
    weights = [p for net in parts(model, Module).values() for p in net.parameters()]
    device = weights[0].device.type if weights else "cpu"
    version, threads = torch.__version__.split("+")[0], torch.get_num_threads()
    return {"torch": version, "threads": threads, "device": device}


def resume(path, model, history, config=None, extra=None):
    """Put model and history back to where `save` found them.

    Raises CheckpointError when the file was made with another config (it names the
    keys) or for another network (it names the first tensor that differs). Warns when
    the device, the thread count or the torch version differ: the run goes on, but not
    to the bit.
    """
    content = read(path)
    state = content["state"]
    _refuse_other_config(path, content["config"], config or {})
    for name, value in parts(model).items():  # all are looked at before one changes
        _refuse_other_part(f"{path}: {name}", value, state.get(name))
    for name, value in parts(model).items():
        if not hasattr(value, "load_state_dict"):
            setattr(model, name, state[name])
            continue
        try:
            value.load_state_dict(state[name])
        except (ValueError, RuntimeError, TypeError, KeyError) as error:
            reason = " ".join(str(error).split())
            raise CheckpointError(f"{path}: {name} does not fit: {reason}") from error
    history.load_state_dict(content["history"])
    for name, value in (extra or {}).items():
        value.load_state_dict(content["extra"][name])
    for key, value in _circumstances(model).items():
        if (saved := content.get(key, value)) != value:
            said = f"resumed with {key} {value}, saved with {saved}: the result will be"
            warnings.warn(f"{said} as good, but not bit-identical", stacklevel=2)


def _refuse_other_config(path, saved, wanted):
    """Name every setting that differs."""
    changed = [
        f"{key} {saved.get(key)!r} -> {wanted.get(key)!r}"
        for key in sorted({*saved, *wanted})
        if saved.get(key) != wanted.get(key)
    ]
    if changed:
        settings = f"{path} was made with other settings ({', '.join(changed)})"
        raise CheckpointError(f"{settings}; use the same, or another folder")


def _refuse_other_part(where, value, saved):
    """A part of the model must be in the file, and a network have its shapes."""
    if hasattr(value, "load_state_dict") != isinstance(saved, dict):
        has = "has none" if saved is None else "has one"
        told = f"{where} fits only a model of the same parts (the file {has})"
        raise CheckpointError(f"{told}; build the model that was saved")
    if isinstance(value, Module):
        if wrong := misfit(value.state_dict(), saved):
            raise CheckpointError(f"{where}.{wrong}; build the network that was saved")


class Checkpoint(Callback):
    """Saves every `every` seconds, and when the run ends or is interrupted.

    The save before the last one stays beside it, as `checkpoint.previous.pt`.

    resume: go on from `path`, if it exists, when a fresh run starts. content: `config`,
    which a resumed run must share, and `extra` of `save`.
    """

    def __init__(self, path, *, resume=False, every=20.0, **content):
        self.path, self.resume, self.every = Path(path), resume, every
        self.content = content
        self.writes, self._last = True, time.monotonic()  # else it only resumes

    def start(self, run):
        remove_rests(self.path)
        if self.resume and self.path.exists() and run.model.step == 0:
            resume(self.path, run.model, run.history, **self.content)
            print(f"going on from step {run.model.step} of {shown(self.path)}")

    def step(self, run):
        if self.writes and time.monotonic() - self._last >= self.every:
            self._save(run)

    def end(self, run):
        """Save the last state, and say how to go on if the run was cut short."""
        if not self.writes:
            return
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
        save(self.path, run.model, run.history, **self.content)
        self._last = time.monotonic()


def _refuse_lost_weights(model):
    """A loss may still be finite when its gradient has made the weights NaN."""
    for field, network in parts(model, Module).items():
        for name, tensor in network.state_dict().items():
            if not torch.isfinite(tensor).all():
                what = f"{field}.{name} is no longer finite"
                raise TrainingDiverged.of(what, model.step)
