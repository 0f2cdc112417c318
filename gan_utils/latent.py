"""Ways from one latent to another. Torch only."""

import torch


def lerp(a, b, t):
    """Straight line from a to b, each (..., d). t: a number, or (T,): (T, ..., d)."""
    t = torch.as_tensor(t, dtype=a.dtype, device=a.device)
    return torch.lerp(a, b, t.reshape(t.shape + (1,) * a.dim()))


def slerp(a, b, t):
    """Arc from a to b at constant angular speed (Shoemake 1985); shapes as in lerp.

    Zero, parallel and opposite vectors span no arc: there it is the straight line.
    """
    line = lerp(a, b, t)
    t = torch.as_tensor(t, dtype=a.dtype, device=a.device)
    t = t.reshape(t.shape + (1,) * a.dim())
    unit_a = a / a.norm(dim=-1, keepdim=True)
    unit_b = b / b.norm(dim=-1, keepdim=True)
    cosine = (unit_a * unit_b).sum(dim=-1, keepdim=True).clamp(-1, 1)
    omega = torch.acos(cosine)  # the angle between a and b
    weight_a = torch.sin((1 - t) * omega) / torch.sin(omega)
    weight_b = torch.sin(t * omega) / torch.sin(omega)
    return torch.where(omega.sin() > 1e-3, weight_a * a + weight_b * b, line)


def path(keys, frames_per_leg, *, way=slerp, closed=False):
    """Latents (F, d) that visit every key (K, d) in turn, frames_per_leg per leg.

    An open path ends on the last key: F = (K - 1) * frames_per_leg + 1. A closed one
    leads back to the first and stops one frame before it, so that it loops without a
    stutter: F = K * frames_per_leg.
    Raises ValueError for fewer than two keys or fewer than one frame per leg.
    """
    if len(keys) < 2:
        raise ValueError(f"path: got {len(keys)} key latents; give at least 2")
    if frames_per_leg < 1:
        raise ValueError(f"path: frames_per_leg is {frames_per_leg}; give 1 or more")
    t = torch.arange(frames_per_leg) / frames_per_leg
    ends = torch.roll(keys, -1, dims=0) if closed else keys[1:]
    legs = [way(start, end, t) for start, end in zip(keys, ends, strict=False)]
    return torch.cat(legs if closed else legs + [keys[-1:]])
