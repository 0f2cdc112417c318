"""The file of a checkpoint: one of `torch.save` with its SHA-256 at the end.

The sums inside a file of torch do not cover its directory: a flipped byte there gives
weights out of nowhere. Loading never runs code (`weights_only=True`).
"""

import hashlib
import io
import warnings
from pathlib import Path

import torch

from gan_utils.support.files import write_atomic

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
    try:
        write_atomic(path, sealed(buffer.getvalue()), keep=previous(path))
    except OSError as error:
        raise CheckpointError(f"cannot write {path}: {error.strerror}") from error


def sealed(body):
    """Bytes, and behind them their SHA-256; `torch.load` does not mind it."""
    return body + hashlib.sha256(body).digest()


def read(path, *, fall_back=False):
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
