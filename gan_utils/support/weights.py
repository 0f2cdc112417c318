"""Weights as the bytes of a safetensors file, and bytes that are what was shipped."""

import json

import torch
from safetensors.torch import save

from gan_utils.support import paths
from gan_utils.support.files import sha256_bytes


class ResultError(RuntimeError):
    """A result folder is missing, incomplete or damaged. The message says which."""


def packed(state, *, half=False):
    """Bytes of a state dict (name -> tensor); half: numbers with a point in float16."""

    def stored(tensor):
        narrow = half and tensor.is_floating_point()
        return (tensor.to(torch.float16) if narrow else tensor).cpu().contiguous()

    return save({name: stored(tensor) for name, tensor in state.items()})


def checked_bytes(path):
    """The bytes of a file; if it is a shipped one, only with the right checksum."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ResultError(
            f"cannot read {path}: {error.strerror}; train the recipe"
        ) from None
    if path.resolve().is_relative_to(paths.weights_dir()):
        name = path.resolve().relative_to(paths.weights_dir()).as_posix()
        if sha256_bytes(data) != read_manifest().get(name, {}).get("sha256"):
            raise ResultError(
                f"{path} differs from the manifest; restore it with git checkout"
            )
    return data


def read_manifest():
    """weights/manifest.json: file name -> {"sha256", "bytes"}; empty if not there."""
    file = paths.weights_dir() / "manifest.json"
    return json.loads(file.read_text())["files"] if file.is_file() else {}
