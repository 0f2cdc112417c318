import math

import pytest
import torch
from torch import nn

from gan_utils import losses, tricks
from gan_utils.losses import bce
from gan_utils.models import (
    MLPDiscriminator,
    MLPGenerator,
    ShuffleDiscriminator,
)


class Linear(nn.Module):
    """D(x) = slope . x: its gradient is known everywhere."""

    def __init__(self, slope):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(slope))

    def forward(self, images):
        return (images.flatten(1) * self.slope).sum(1)


real, fake = torch.randn(5, 1, 1, 2), torch.randn(5, 1, 1, 2)
D = Linear([3.0, 4.0])  # |grad D| = 5


def test_no_trick_changes_nothing():
    assert losses.identity(real) is real
    assert losses.no_penalty(D, real, fake) == 0


def test_smoothing_with_target_one_is_cross_entropy_and_moves_the_best_logit():
    logits = torch.tensor([1.5, -0.5])
    assert tricks.smoothed(1.0).d(logits, logits).item() == pytest.approx(
        bce.d(logits, logits).item()
    )
    best = torch.tensor([math.log(0.9 / 0.1)], requires_grad=True)  # sigmoid = 0.9
    tricks.smoothed(0.9).d(best, torch.zeros(1)).backward()
    assert best.grad.item() == pytest.approx(0, abs=1e-6)


def test_smoothing_is_one_sided():
    fake_logits = torch.tensor([0.3, 2.0], requires_grad=True)
    (smooth,) = torch.autograd.grad(
        tricks.smoothed(0.9).d(fake_logits * 0, fake_logits), fake_logits
    )
    (plain,) = torch.autograd.grad(bce.d(fake_logits * 0, fake_logits), fake_logits)
    assert torch.allclose(smooth, plain)


@pytest.mark.parametrize(
    "penalty, expected",
    [
        (tricks.R1(gamma=2.0), 25.0),  # 2/2 * 5^2
        (tricks.R1R2(gamma=2.0), 50.0),
        (tricks.GradientPenalty(weight=10.0), 160.0),  # 10 * (5 - 1)^2
    ],
)
def test_penalties_on_a_linear_d(penalty, expected):
    assert penalty(D, real, fake).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    "penalty", [tricks.R1(), tricks.R1R2(), tricks.GradientPenalty()]
)
def test_penalties_train_d_and_leave_the_images_alone(penalty):
    net = Linear([3.0, 4.0])
    inputs = fake.clone().requires_grad_()
    penalty(net, real, inputs).backward()
    assert net.slope.grad.abs().sum() > 0
    assert inputs.grad is None


def test_gradient_penalty_is_finite_for_a_flat_d():
    flat = Linear([0.0, 0.0])
    value = tricks.GradientPenalty(weight=10.0)(flat, real, fake)
    value.backward()
    assert value.item() == pytest.approx(10.0, rel=1e-4)
    assert torch.isfinite(flat.slope.grad).all()


def test_r1_gradient_against_finite_differences():
    torch.manual_seed(0)
    net = MLPDiscriminator(hidden=4).double()
    images = torch.randn(3, 1, 28, 28, dtype=torch.double)

    def penalty(weight):
        with torch.no_grad():
            net.net[7].weight[0, 0] = weight
        x = images.clone().requires_grad_()
        (slope,) = torch.autograd.grad(net(x).sum(), x, create_graph=True)
        return 0.5 * slope.flatten(1).square().sum(1).mean()

    weight = net.net[7].weight[0, 0].item()
    numeric = (penalty(weight + 1e-5) - penalty(weight - 1e-5)) / 2e-5
    value = penalty(weight)
    net.zero_grad()
    value.backward()
    assert net.net[7].weight.grad[0, 0].item() == pytest.approx(
        numeric.item(), rel=1e-4
    )
    single = tricks.R1(1.0)(net.float(), images.float(), None).item()
    assert single == pytest.approx(value.item(), rel=1e-4)


def test_penalties_compute_in_float32_under_autocast():
    net = MLPDiscriminator(hidden=8)
    images = torch.randn(4, 1, 28, 28)
    expected = tricks.R1()(net, images, None)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(tricks.R1()(net, images, None), expected)


def test_instance_noise_has_the_stated_spread_and_no_bias():
    torch.manual_seed(0)
    noise = tricks.InstanceNoise(std=0.3)(torch.zeros(100_000))
    assert noise.std().item() == pytest.approx(0.3, rel=0.02)
    assert noise.mean().item() == pytest.approx(0, abs=0.01)


def kinds(net):
    return [type(layer).__name__ for layer in net.net]


def test_dropout_follows_every_activation_and_rests_in_eval_mode():
    net = tricks.dropout(MLPDiscriminator(hidden=4), p=0.5)
    where = [i for i, kind in enumerate(kinds(net)) if kind == "Dropout"]
    assert len(where) == 3 and all(kinds(net)[i - 1] == "LeakyReLU" for i in where)
    images = torch.randn(6, 1, 28, 28)
    assert not torch.equal(net(images), net(images))
    assert torch.equal(net.eval()(images), net(images))


def test_batch_norm_stands_between_a_layer_and_its_activation_but_the_first():
    net = tricks.batch_norm(ShuffleDiscriminator(ndf=8, hidden=16))
    found = [kind for kind in kinds(net) if kind.startswith(("Conv", "Batch", "Leaky"))]
    assert found[:5] == ["Conv2d", "LeakyReLU", "Conv2d", "BatchNorm2d", "LeakyReLU"]
    assert kinds(net).count("BatchNorm1d") == 1
    assert net(torch.randn(5, 1, 28, 28)).shape == (5,)
    every = tricks.batch_norm(MLPGenerator(latent_dim=3, hidden=4), skip=0)
    assert kinds(every).count("BatchNorm1d") == 3


def operator_norm(layer, size):
    """The most by which a linear layer without bias stretches images (C, size, size).

    Power iteration with the layer and its transpose.
    """
    images = torch.randn(1, layer.in_channels, size, size, dtype=torch.float64)
    for _ in range(200):
        stretched, back = torch.autograd.functional.vjp(layer, images, layer(images))
        images = back / back.norm()
    return layer(images).norm().item()


@pytest.mark.parametrize("flat", [False, True], ids=["random", "all equal"])
@pytest.mark.parametrize(
    "shape, at_least, bound",
    [
        (dict(kernel_size=4, stride=2), 1.1, 2),  # measured: 1.19 and 1.98
        (dict(kernel_size=3), 1.4, 3),  # measured: 1.55 and 2.98
    ],
    ids=["4 x 4, stride 2", "3 x 3"],
)
def test_a_convolution_after_spectral_norm_stretches_by_more_than_one(
    flat, shape, at_least, bound
):
    """The root of the patches that share a pixel is the bound, and nearly reached."""
    torch.manual_seed(0)
    layer = nn.Conv2d(16, 16, **shape, padding=1, bias=False).double()
    if flat:
        nn.init.ones_(layer.weight)
    net = tricks.spectral(nn.Sequential(layer))
    for _ in range(100):
        net(torch.randn(1, 16, 28, 28, dtype=torch.float64))
    kernel = net.eval()[0].weight.detach()
    assert torch.linalg.matrix_norm(kernel.flatten(1), 2) == pytest.approx(1, rel=1e-3)
    found = operator_norm(net[0], 28)
    assert (0.98 * bound if flat else at_least) < found < bound


def test_spectral_norm_makes_the_largest_singular_value_one():
    torch.manual_seed(0)
    net = tricks.spectral(MLPDiscriminator(hidden=8))
    for _ in range(100):  # power iteration, one step per forward pass
        net(torch.randn(2, 1, 28, 28))
    for layer in net.net:
        if isinstance(layer, nn.Linear):
            top = torch.linalg.matrix_norm(layer.weight, 2).item()
            assert top == pytest.approx(1.0, rel=2e-2)
