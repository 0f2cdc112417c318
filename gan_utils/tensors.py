"""A network's weights as the bytes of a safetensors file."""

import torch
from safetensors.torch import save


def packed(state, *, half=False):
    """Bytes of a state dict (name -> tensor); half: numbers with a point in float16."""

    def stored(tensor):
        narrow = half and tensor.is_floating_point()
        return (tensor.to(torch.float16) if narrow else tensor).cpu().contiguous()

    return save({name: stored(tensor) for name, tensor in state.items()})
