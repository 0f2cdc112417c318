"""The file of a checkpoint: a mark, a checksum, and tensors that run no code.

A 9-byte mark, the SHA-256 of the rest, and the rest: what `torch.save` makes of plain
dictionaries of tensors. Neither `torch.load` nor a zip file notices a flipped byte in a
weight; the checksum does. Loading never runs code (`weights_only=True`).
"""

import dataclasses
import hashlib
import io
import warnings
from pathlib import Path

import torch

from gan_utils.support.files import write_atomic

MARK = b"GANCKPT1\n"
PARTS = ("state", "history", "config", "extra", "torch", "threads")


class CheckpointError(RuntimeError):
    """A checkpoint cannot be written, read or used. The message says what to do."""


def previous(path):
    """Where the checkpoint before the last one is: `checkpoint.previous.pt`."""
    path = Path(path)
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def write(path, content):
    """Write a dictionary to `path`; what was there before stays as `previous(path)`.

    Raises CheckpointError with the path and the free space when the disk refuses.
    """
    buffer = io.BytesIO()
    torch.save(content, buffer)
    body = buffer.getvalue()
    try:
        data = MARK + hashlib.sha256(body).digest() + body
        write_atomic(path, data, keep=previous(path))
    except OSError as error:
        raise CheckpointError(f"cannot write {path}: {error.strerror}") from error


def load(path, *, fall_back=False):
    """Read what `write` wrote, after checking every byte. Returns the dictionary.

    fall_back: if the file is missing or damaged, take the previous one and warn.
    """
    try:
        return _checked(path)
    except CheckpointError as error:
        if not fall_back or not previous(path).is_file():
            raise
        warnings.warn(f"{error}. Going on from {previous(path)}", stacklevel=2)
        return _checked(previous(path))


def _checked(path):
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror}") from error
    mark, digest = data[: len(MARK)], data[len(MARK) : len(MARK) + 32]
    body = data[len(MARK) + 32 :]
    if mark != MARK:
        raise CheckpointError(
            f"{path} is not a checkpoint of this series; {_remedy(path)}"
        )
    if hashlib.sha256(body).digest() != digest:
        raise CheckpointError(f"{path} is damaged (checksum differs); {_remedy(path)}")
    return _unpacked(path, body)


def _remedy(path):
    """What to do with a file that is no good."""
    if previous(path).is_file():
        name = previous(path).name
        return f"to go on from the save before it, rename {name} to {Path(path).name}"
    return "delete it and train again, or choose another file"


def _unpacked(path, body):
    try:
        content = torch.load(io.BytesIO(body), map_location="cpu", weights_only=True)
    except Exception as error:  # refused pickles and anything else torch dislikes
        raise CheckpointError(
            f"{path} holds more than tensors and is refused"
        ) from error
    lacking = [name for name in PARTS if name not in content]
    if lacking:
        raise CheckpointError(f"{path} lacks {', '.join(lacking)}; {_remedy(path)}")
    return content


def refuse_other_config(path, saved, wanted):
    """Name every setting that differs."""
    changed = [key for key in {*saved, *wanted} if saved.get(key) != wanted.get(key)]
    if changed:
        shown = ", ".join(
            f"{k} {saved.get(k)!r} -> {wanted.get(k)!r}" for k in sorted(changed)
        )
        raise CheckpointError(
            f"{path} was made with other settings ({shown}); "
            "use the same, or another folder"
        )


def refuse_other_networks(path, model, state):
    """Nothing is changed before all of it is known to fit."""
    for field in dataclasses.fields(model):
        value, where = getattr(model, field.name), f"{path}: {field.name}"
        saved = state.get(field.name)
        if hasattr(value, "load_state_dict") != isinstance(saved, dict):
            has = "has none" if saved is None else "has one"
            raise CheckpointError(
                f"{where} fits only a model of the same parts (the file {has}); "
                "build the model that was saved"
            )
        if isinstance(value, torch.nn.Module):
            _refuse_other_tensors(value.state_dict(), saved, where)


def _refuse_other_tensors(wanted, saved, where):
    for name in [*wanted, *(name for name in saved if name not in wanted)]:
        has, needs = (_shape(state.get(name)) for state in (saved, wanted))
        if has != needs:
            raise CheckpointError(
                f"{where}.{name} has shape {has}, the network needs {needs}; "
                "build the network that was saved"
            )


def _shape(tensor):
    return tuple(tensor.shape) if isinstance(tensor, torch.Tensor) else None


def load_into(value, saved, where):
    """load_state_dict, with an error of one line that says where."""
    try:
        value.load_state_dict(saved)
    except (ValueError, RuntimeError, TypeError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(f"{where} does not fit: {reason}") from error


def warn_if_not_identical(saved, now):
    """The device and the like may differ, at the price of the last bits."""
    for key, value in now.items():
        if saved.get(key, value) != value:
            warnings.warn(
                f"resumed with {key} {value}, saved with {saved[key]}: "
                "the result will be as good, but not bit-identical",
                stacklevel=3,
            )
