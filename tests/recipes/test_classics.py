from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from gan_utils.recipes import classics
from gan_utils.recipes.classics import SameConv2d, SameConvTranspose2d

GENERATORS = {
    "keras_mlp_generator": 1_489_936,
    "plain_generator": 1_486_352,
    "norm_relu_generator": 1_489_936,
    "dcgan_28_generator": 1_781_504,
    "dcgan_tf_generator": 2_305_472,
}
DISCRIMINATORS = {
    "keras_mlp_discriminator": 533_505,
    "plain_discriminator": 1_460_225,
    "dropout_discriminator": 533_505,
    "dcgan_28_discriminator": 138_624,
    "dcgan_tf_discriminator": 212_865,
}
NETWORKS = GENERATORS | DISCRIMINATORS
KERAS = [name for name in NETWORKS if name.startswith(("keras", "dcgan_tf"))]
WEIGHTED = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def make(name):
    torch.manual_seed(0)
    return getattr(classics, name)()


def kinds(name, wanted):
    return [layer for layer in make(name).modules() if isinstance(layer, wanted)]


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_have_exactly_the_size_of_the_originals(name):
    trainable = [p.numel() for p in make(name).parameters() if p.requires_grad]
    assert sum(trainable) == NETWORKS[name]


@pytest.mark.parametrize("name", GENERATORS)
def test_generators_give_images_in_range(name):
    images = make(name)(torch.randn(3, 100))
    assert images.shape == (3, 1, 28, 28)
    assert -1 <= images.min() < images.max() <= 1


@pytest.mark.parametrize("name", GENERATORS)
def test_generators_take_another_latent_dim(name):
    net = getattr(classics, name)(latent_dim=5)
    assert net(torch.randn(2, 5)).shape == (2, 1, 28, 28)


@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_discriminators_give_logits_and_hold_no_sigmoid(name):
    net = make(name).eval()
    assert not [layer for layer in net.modules() if isinstance(layer, nn.Sigmoid)]
    logits = net(30 * torch.randn(64, 1, 28, 28))
    assert logits.shape == (64,)
    assert logits.min() < 0 or logits.max() > 1  # no probabilities


@pytest.mark.parametrize(
    ("name", "slope"),
    [
        ("keras_mlp_generator", 0.2),
        ("keras_mlp_discriminator", 0.2),
        ("plain_generator", 0.2),
        ("plain_discriminator", 0.2),
        ("dropout_discriminator", 0.2),
        ("dcgan_28_discriminator", 0.2),
        ("dcgan_tf_generator", 0.3),
        ("dcgan_tf_discriminator", 0.3),
    ],
)
def test_leaky_slopes(name, slope):
    slopes = [layer.negative_slope for layer in kinds(name, nn.LeakyReLU)]
    assert len(slopes) >= 2 and set(slopes) == {slope}


@pytest.mark.parametrize("name", ["norm_relu_generator", "dcgan_28_generator"])
def test_these_generators_use_plain_relu_after_batch_norm(name):
    layers = list(make(name))
    pairs = [(a, b) for a, b in pairwise(layers) if isinstance(b, nn.ReLU)]
    assert not kinds(name, nn.LeakyReLU)
    assert len(pairs) >= 2 and all(isinstance(a, NORMS) for a, _ in pairs)


@pytest.mark.parametrize(
    ("name", "rates"),
    [
        ("dropout_discriminator", [0.3, 0.3]),
        ("dcgan_tf_discriminator", [0.3, 0.3]),
        ("keras_mlp_discriminator", []),
        ("plain_discriminator", []),
        ("dcgan_28_discriminator", []),
    ],
)
def test_dropout_follows_an_activation(name, rates):
    layers = list(make(name))
    found = [(a, b) for a, b in pairwise(layers) if isinstance(b, nn.Dropout)]
    assert [b.p for _, b in found] == rates
    assert all(isinstance(a, nn.LeakyReLU) for a, _ in found)


@pytest.mark.parametrize(
    ("name", "eps", "momentum", "count"),
    [
        ("keras_mlp_generator", 1e-3, 0.2, 3),
        ("dcgan_tf_generator", 1e-3, 0.01, 3),
        ("norm_relu_generator", 1e-5, 0.1, 3),  # torch's own
        ("dcgan_28_generator", 1e-5, 0.1, 2),
        ("dcgan_28_discriminator", 1e-5, 0.1, 1),
        ("dcgan_tf_discriminator", None, None, 0),
        ("keras_mlp_discriminator", None, None, 0),
        ("plain_generator", None, None, 0),
    ],
)
def test_batch_norm_has_the_numbers_of_its_framework(name, eps, momentum, count):
    norms = kinds(name, NORMS)
    assert len(norms) == count
    assert all(norm.eps == eps for norm in norms)
    assert all(norm.momentum == pytest.approx(momentum) for norm in norms)


def test_keras_momentum_is_the_share_of_the_old_average():
    norm = classics.keras_norm(nn.BatchNorm1d, 1, momentum=0.8)
    norm(torch.tensor([[4.0], [6.0]]))
    assert norm.running_mean.item() == pytest.approx(0.8 * 0 + 0.2 * 5)


def test_keras_mlp_puts_batch_norm_after_the_activation():
    order = [type(layer).__name__ for layer in make("keras_mlp_generator")]
    block = ["Linear", "LeakyReLU", "BatchNorm1d"]
    assert order == [*block * 3, "Linear", "Tanh", "Unflatten"]


def test_tensorflow_puts_batch_norm_before_the_activation():
    order = [type(layer).__name__ for layer in make("dcgan_tf_generator")]
    assert order[:3] == ["Linear", "BatchNorm1d", "LeakyReLU"]
    assert order[4:7] == ["ConvTranspose2d", "BatchNorm2d", "LeakyReLU"]


@pytest.mark.parametrize("name", KERAS)
def test_glorot_weights_fill_their_range_and_biases_are_zero(name):
    layers = kinds(name, WEIGHTED)
    assert len(layers) >= 3
    for layer in layers:
        inputs, outputs = layer.weight.shape[:2]  # in either order: only the sum counts
        pixels = layer.weight[0, 0].numel()
        bound = (6 / (pixels * (inputs + outputs))) ** 0.5
        largest = layer.weight.abs().max().item()
        assert 0.95 * bound < largest <= bound * (1 + 1e-6)
        assert layer.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.1)
        assert layer.bias is None or not layer.bias.any()


@pytest.mark.parametrize("name", ["dcgan_28_generator", "dcgan_28_discriminator"])
def test_dcgan_weights_are_small_normal_numbers(name):
    for layer in kinds(name, WEIGHTED):
        error = 0.02 / layer.weight.numel() ** 0.5  # of a mean
        assert layer.bias is None
        assert abs(layer.weight.mean().item()) < 5 * error
        assert abs(layer.weight.std().item() - 0.02) < 5 * error
        assert layer.weight.abs().max() > 0.04  # beyond two deviations: not uniform
    for norm in kinds(name, NORMS):
        assert abs(norm.weight.mean().item() - 1) < 0.01 and not norm.bias.any()
        assert norm.weight.std().item() == pytest.approx(0.02, rel=0.3)


@pytest.mark.parametrize("name", ["plain_generator", "norm_relu_generator"])
def test_the_other_networks_keep_the_first_weights_of_torch(name):
    for layer in kinds(name, nn.Linear):
        bound = layer.in_features**-0.5
        assert 0.95 * bound < layer.weight.abs().max().item() <= bound * (1 + 1e-6)
        assert layer.bias.any()


def tensorflow_same(images, weight, bias):
    """A strided convolution, padded by TensorFlow's rule, with explicit loops."""
    size = images.shape[-1]
    out = -(-size // 2)
    total = max((out - 1) * 2 + 5 - size, 0)
    before = total // 2
    padded = np.pad(images, [(0, 0), (0, 0), *[(before, total - before)] * 2])
    result = np.zeros((len(images), len(weight), out, out))
    for i in range(out):
        for j in range(out):
            patch = padded[:, :, 2 * i : 2 * i + 5, 2 * j : 2 * j + 5]
            result[:, :, i, j] = np.einsum("bchw,ochw->bo", patch, weight) + bias
    return result


@pytest.mark.parametrize("size", [28, 14, 6])
def test_same_convolution_pads_as_tensorflow_does(size):
    torch.manual_seed(0)
    layer = SameConv2d(2, 3).double()
    images = torch.randn(2, 2, size, size, dtype=torch.float64)
    weight, bias = (value.detach().numpy() for value in (layer.weight, layer.bias))
    expected = tensorflow_same(images.numpy(), weight, bias)
    np.testing.assert_allclose(layer(images).detach().numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("size", [14, 7])
def test_same_transpose_is_the_adjoint_of_same_convolution(size):
    torch.manual_seed(0)
    down, up = SameConv2d(2, 3).double(), SameConvTranspose2d(3, 2).double()
    with torch.no_grad():
        up.weight.copy_(down.weight)
        down.bias.zero_()
        large = torch.randn(2, 2, 2 * size, 2 * size, dtype=torch.float64)
        small = torch.randn(2, 3, size, size, dtype=torch.float64)
        assert up(small).shape == large.shape and down(large).shape == small.shape
        one, other = (down(large) * small).sum(), (large * up(small)).sum()
    assert one.item() == pytest.approx(other.item(), rel=1e-12)
    assert abs(one.item()) > 1e-3
