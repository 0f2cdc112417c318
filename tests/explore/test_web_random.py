"""The random numbers of web/random.js are torch's."""

import numpy as np
import pytest
import torch
from in_node import in_node

from gan_utils.latent import seed_latent

MANY = """
const [n, seeds] = [%d, %d];
const all = new Float32Array(n * seeds);
for (let seed = 0; seed < seeds; seed++) all.set(seedLatent(seed, n), seed * n);
give(all);
"""


@pytest.mark.parametrize(
    ("n", "seeds"),
    [(64, 4000), (100, 1000), (74, 500), (16, 500), (15, 1000), (2, 500)],
)
def test_latents_are_torchs_bit_for_bit(tmp_path, n, seeds):
    found = in_node(tmp_path, MANY % (n, seeds), scripts=["random.js"])
    wanted = torch.stack([seed_latent(seed, n) for seed in range(seeds)]).flatten()
    assert np.array_equal(found, wanted.numpy())


@pytest.mark.parametrize("seed", [2**32 - 1, 2**32 + 5, 2**62 + 123, 2**53 - 1])
def test_large_seeds_too(tmp_path, seed):
    found = in_node(tmp_path, f"give(randn(164, {seed}n));", scripts=["random.js"])
    assert np.array_equal(found, seed_latent(seed, 164).numpy())
    if seed < 2**53:
        as_number = in_node(tmp_path, f"give(randn(9, {seed}));", scripts=["random.js"])
        assert np.array_equal(as_number, seed_latent(seed, 9).numpy())


def test_many_latents_at_once_are_those_of_generate(tmp_path):
    found = in_node(tmp_path, "give(randn(50 * 74, 7));", scripts=["random.js"])
    wanted = torch.randn(50, 74, generator=torch.Generator().manual_seed(7))
    assert np.array_equal(found, wanted.flatten().numpy())
