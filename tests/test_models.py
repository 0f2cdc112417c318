import pytest
import torch

from gan_utils import models

PAIRS = [
    (models.MLPGenerator, models.MLPDiscriminator),
    (models.DCGANGenerator, models.DCGANDiscriminator),
    (models.ShuffleGenerator, models.ShuffleDiscriminator),
]


def count(net):
    return sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize("G, D", PAIRS)
def test_shapes_and_range(G, D):
    torch.manual_seed(0)
    fake = G(latent_dim=10)(5 * torch.randn(3, 10))
    assert fake.shape == (3, 1, 28, 28)
    assert fake.min() >= -1 and fake.max() <= 1
    assert D()(fake).shape == (3,)


@pytest.mark.parametrize("G, D", PAIRS)
def test_d_returns_logits_that_no_sigmoid_has_squeezed(G, D):
    torch.manual_seed(0)
    logits = D()(1000 * torch.randn(8, 1, 28, 28))
    assert logits.min() < 0 and logits.max() > 1


@pytest.mark.parametrize("G, D", PAIRS)
def test_gradient_reaches_every_weight_of_g_through_d(G, D):
    torch.manual_seed(0)
    generator = G(latent_dim=6)
    D()(generator(torch.randn(4, 6))).sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in generator.parameters())


def test_parameter_counts_by_hand():
    widths = [64, 256, 512, 1024, 784]
    dense = sum((a + 1) * b for a, b in zip(widths, widths[1:]))
    assert count(models.MLPGenerator()) == dense == 1_477_136
    widths = [784, 1024, 512, 256, 1]
    dense = sum((a + 1) * b for a, b in zip(widths, widths[1:]))
    assert count(models.MLPDiscriminator()) == dense == 1_460_225
    stem = 64 * 512 + 2 * 512 + 512 * 3136 + 2 * 3136
    assert count(models.DCGANGenerator()) == stem + 64 * 32 * 16 + 2 * 32 + 32 * 16 + 1
    convolutions = 32 * 16 + 32 + 64 * 32 * 16 + 64
    assert count(models.DCGANDiscriminator()) == convolutions + 3137 * 256 + 257
    grid = 64 * 64 * 9 + 2 * 64 + 64 * 64 + 2 * 16 + 16 * 4 * 9 + 4
    assert count(models.ShuffleGenerator()) == stem + grid
    convolutions = 16 * 64 * 9 + 64 + 64 * 64 * 9 + 64
    assert count(models.ShuffleDiscriminator()) == convolutions + 3137 * 256 + 257
