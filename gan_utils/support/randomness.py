"""One seed, several independent streams of random numbers."""

import operator

import numpy as np
import torch

# Of images, of z, of what a step draws itself, and of that in other ranks.
ORDER, LATENTS, STEPS, RANKS = range(4)


def checked_seed(seed):
    """The seed as an int from 0 to 2^63 - 1, or a ValueError that says so."""
    try:
        number = operator.index(seed)
    except TypeError:
        number = -1
    if not 0 <= number < 2**63:
        raise ValueError(f"seed={seed!r} is not an integer from 0 to 2^63 - 1")
    return number


def mixed_seed(seed, stream, number):
    """A seed of its own, below 2^64, for each (seed, stream, number)."""
    mixed = np.random.SeedSequence([seed, stream, number])
    return int(mixed.generate_state(1, np.uint64)[0])


def fixed_latents(n, latent_dim, seed):
    """The n latents (n, latent_dim) of a seed, drawn on the CPU."""
    return torch.randn(n, latent_dim, generator=torch.Generator().manual_seed(seed))


def rng(seed, stream, number):
    """A torch.Generator of its own for each (seed, stream, number)."""
    return torch.Generator().manual_seed(mixed_seed(seed, stream, number))
