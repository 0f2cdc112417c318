"""How a training computes: number formats, random numbers of its own, plain errors."""

import contextlib
import dataclasses

import torch


def parts(model, kind=object):
    """{name: value} of the fields of a model (a dataclass) that are of one kind."""
    values = {f.name: getattr(model, f.name) for f in dataclasses.fields(model)}
    return {name: v for name, v in values.items() if isinstance(v, kind)}


@contextlib.contextmanager
def explained():
    """PyTorch's error for a batch of one image, in the reader's words."""
    try:
        yield
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        why = "batch normalisation needs the mean of a batch, and one image has none"
        raise ValueError(f"{why}: choose a batch size of at least 2") from error


def autocast(device_type, precision):
    """Networks in bfloat16, or nothing. Without a cache of the converted weights: an
    optimiser may step inside, and the next forward pass must see its new weights."""
    on = precision == "bf16"
    return torch.autocast(device_type, torch.bfloat16, on, cache_enabled=False)


@contextlib.contextmanager
def own_settings():
    """Random numbers and threads of its own; no denormal numbers: Adam is slow then."""
    threads = torch.get_num_threads()
    torch.set_flush_denormal(True)
    try:
        with torch.random.fork_rng():
            yield
    finally:
        torch.set_num_threads(threads)
        torch.set_flush_denormal(False)  # torch's default; it cannot be asked


@contextlib.contextmanager
def in_float32(model):
    """Networks compute in the precision of autocast, but hand on float32."""
    hooks = [
        network.register_forward_hook(lambda module, inputs, output: output.float())
        for network in parts(model, torch.nn.Module).values()
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
