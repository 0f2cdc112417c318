"""Weights as the bytes of a safetensors file, and what may be wrong with them."""

import json
import re

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from gan_utils.support import paths
from gan_utils.support.files import sha256_bytes


class ResultError(RuntimeError):
    """A result folder is missing, incomplete or damaged. The message says which."""


def packed(state, *, half=False):
    """Bytes of a state dict (name -> tensor); half: numbers with a point in float16."""

    def stored(tensor):
        tensor = tensor.half() if half and tensor.is_floating_point() else tensor
        return tensor.cpu().contiguous()

    return save({name: stored(tensor) for name, tensor in state.items()})


def unpacked(path):
    """{name: tensor} of a safetensors file; a shipped one must be what was shipped.

    Raises ResultError with one line: not there, cut off, a pointer of git-LFS.
    """
    data = checked_bytes(path)
    if data.startswith(b"version https://git-lfs"):
        raise ResultError(f"{path} is a pointer of git-LFS, not weights: git lfs pull")
    try:
        return load(data)
    except (SafetensorError, ValueError) as error:
        said = " ".join(str(error).split())
        raise ResultError(f"{path} is cut off or no safetensors file: {said}") from None


def load_into(network, path):
    """Give a network the weights of a safetensors file, as `packed` or a wrapper of
    networks named them. Raises ResultError with the first tensor that does not fit.
    """
    prefix = re.compile(r"^(module\.|_orig_mod\.)+")  # of DataParallel, torch.compile
    state = {prefix.sub("", name): tensor for name, tensor in unpacked(path).items()}
    wanted = network.state_dict()
    if wrong := misfit(wanted, state):
        raise ResultError(f"{path}: {wrong}")
    if lost := [name for name in wanted if not state[name].isfinite().all()]:
        raise ResultError(f"{path}: {lost[0]} is not finite; train again")
    network.load_state_dict(state)


def misfit(wanted, saved):
    """What the first tensor is that differs in name or shape, in words; "" if none."""

    def shape(tensor):
        return tuple(tensor.shape) if isinstance(tensor, torch.Tensor) else None

    for name in wanted | saved:
        has, needs = shape(saved.get(name)), shape(wanted.get(name))
        if has != needs:
            return f"{name} has shape {has}, the network needs {needs}"
    return ""


def checked_bytes(path):
    """The bytes of a file; if it is a shipped one, only with the right checksum."""
    try:
        data = path.read_bytes()
    except OSError as error:
        said = f"cannot read {path}: {error.strerror}; train the recipe"
        raise ResultError(said) from None
    file, shipped = path.resolve(), paths.weights_dir()
    if file.is_relative_to(shipped):
        manifest = shipped / "manifest.json"
        known = json.loads(manifest.read_text())["files"] if manifest.is_file() else {}
        entry = known.get(file.relative_to(shipped).as_posix(), {})
        if entry.get("sha256") != sha256_bytes(data):
            said = f"{path} differs from the manifest; restore it with git checkout"
            raise ResultError(said)
    return data


def read_table(path):
    """The dictionary in a JSON file. Raises ResultError, also if there is none."""
    try:
        table = json.loads(checked_bytes(path))
    except ValueError as error:
        raise ResultError(f"{path} is not JSON: {error}") from None
    if not isinstance(table, dict):
        raise ResultError(f"{path} holds no table of values")
    return table
