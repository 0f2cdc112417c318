"""Ways from one latent to another. Torch only.

Taught in notebook 05, sections 6 to 12.
"""

import math

import torch

STYLE = 64  # numbers of a latent before those that ask for a label


def ask(z, labels):
    """Latents z (B, 64 + K) that ask for labels (B,), each in the style that it had.

    Taught in notebook 09, section 2.
    """
    hot = torch.nn.functional.one_hot(labels, z.shape[1] - STYLE)
    return torch.cat([z[:, :STYLE], 10.0 * hot], 1)  # N(0, 1) has no 10


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
    unit_a, unit_b = (x / x.norm(dim=-1, keepdim=True) for x in (a, b))
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


def seed_latent(seed, latent_dim):
    """The latent (latent_dim,) of an integer seed: the same one for ever."""
    rng = torch.Generator().manual_seed(int(seed) % 2**63)
    return torch.randn(latent_dim, generator=rng)


def plane_latent(x, y, latent_dim, *, width=100):
    """The latent (latent_dim,) at the point (x, y) of a plane of integer seeds.

    A whole point (i, j) is the latent of the seed i + width * j. Between them the four
    corners are mixed bilinearly, as in the visualizer of StyleGAN3 (Karras et al. 2021,
    arXiv 2106.12423), which mixes w. This mixes z, so the sum is divided by the root of
    the sum of the squared weights: the mixture of independent normal latents is normal
    again, and stays in the shell where G was trained.
    """
    i, j = math.floor(x), math.floor(y)
    right, up = x - i, y - j
    shares = [a * b for b in (1 - up, up) for a in (1 - right, right)]
    weights = torch.tensor(shares).float()
    seeds = [a + width * b for b in (j, j + 1) for a in (i, i + 1)]
    corners = torch.stack([seed_latent(seed, latent_dim) for seed in seeds])
    return weights @ corners / weights.norm()


@torch.no_grad()
def leading_directions(generator, latent_dim, k=4, *, n=4000, seed=0):
    """Directions (k, latent_dim) of length 1 along which pictures change the most.

    Principal components of n generated pictures, each carried back to the latents by
    least squares: the direction in z that predicts a picture's coordinate best. After
    GANSpace (Harkonen et al. 2020, arXiv 2004.02546, section 2.2), which does this with
    the components of an early layer. Directions are made orthogonal, in their order;
    which of their ends is positive means nothing.
    """
    z = torch.randn(n, latent_dim, generator=torch.Generator().manual_seed(seed))
    device = next(generator.parameters()).device
    pictures = torch.cat([generator(part.to(device)) for part in z.split(500)])
    pictures = pictures.flatten(1).float().cpu()
    centred = pictures - pictures.mean(0)
    components = torch.linalg.svd(centred, full_matrices=False).Vh[:k]
    found = torch.linalg.lstsq(z, centred @ components.T).solution  # (latent_dim, k)
    return torch.linalg.qr(found).Q.T  # at right angles, of length 1
