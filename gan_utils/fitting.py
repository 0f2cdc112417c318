"""Does a checkpoint fit the run that wants to go on from it? If not: which part?"""

import dataclasses
import warnings

import torch

from gan_utils.sealed import CheckpointError


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
