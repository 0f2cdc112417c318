import math

import pytest
import torch

from gan_utils import losses
from gan_utils.losses import GanLoss

LN2 = math.log(2)
zeros = torch.zeros(8)
real, fake = torch.tensor([2.0, -1.0]), torch.tensor([0.5, -3.0])


def sigmoid(t):
    return 1 / (1 + math.exp(-t))


@pytest.mark.parametrize(
    "name, d, g",
    [
        ("bce", 2 * LN2, LN2),
        ("saturating", 2 * LN2, -LN2),
        ("hinge", 2.0, 0.0),
        ("least_squares", 0.5, 0.5),
        ("wasserstein", 0.0, 0.0),
        ("relativistic", LN2, LN2),
    ],
)
def test_value_when_d_cannot_tell(name, d, g):
    loss = getattr(losses, name)
    assert loss.d(zeros, zeros).item() == pytest.approx(d)
    assert loss.g(zeros, zeros).item() == pytest.approx(g)


def test_bce_is_the_cross_entropy_of_probabilities():
    expected_d = -(math.log(sigmoid(2)) + math.log(sigmoid(-1))) / 2
    expected_d -= (math.log(1 - sigmoid(0.5)) + math.log(1 - sigmoid(-3))) / 2
    expected_g = -(math.log(sigmoid(0.5)) + math.log(sigmoid(-3))) / 2
    assert losses.bce.d(real, fake).item() == pytest.approx(expected_d, rel=1e-5)
    assert losses.bce.g(fake).item() == pytest.approx(expected_g, rel=1e-5)


def test_saturating_g_is_log_one_minus_d():
    expected = (math.log(1 - sigmoid(0.5)) + math.log(1 - sigmoid(-3))) / 2
    assert losses.saturating.g(fake).item() == pytest.approx(expected, rel=1e-5)


def test_hinge_by_hand():
    # real: relu(1 - 2) = 0, relu(1 + 1) = 2; fake: relu(1.5) = 1.5, relu(-2) = 0
    assert losses.hinge.d(real, fake).item() == pytest.approx(1.0 + 0.75)
    assert losses.hinge.g(fake).item() == pytest.approx(1.25)


def test_least_squares_by_hand():
    # real: 1, 4 -> 2.5; fake: 0.25, 9 -> 4.625; g: 0.25, 16 -> 8.125
    assert losses.least_squares.d(real, fake).item() == pytest.approx((2.5 + 4.625) / 2)
    assert losses.least_squares.g(fake).item() == pytest.approx(8.125 / 2)


def test_wasserstein_by_hand():
    assert losses.wasserstein.d(real, fake).item() == pytest.approx(-1.25 - 0.5)


def test_relativistic_by_hand_and_with_exchanged_roles():
    expected = (math.log(1 + math.exp(-1.5)) + math.log(1 + math.exp(-2))) / 2
    assert losses.relativistic.d(real, fake).item() == pytest.approx(expected, rel=1e-5)
    assert losses.relativistic.g(fake, real) == losses.relativistic.d(fake, real)


@pytest.mark.parametrize(
    "name", [n for n, v in vars(losses).items() if isinstance(v, GanLoss)]
)
def test_losses_stay_finite_and_push_the_right_way_at_extreme_logits(name):
    loss = getattr(losses, name)
    real_logits = torch.tensor([-300.0, 0.1], requires_grad=True)
    fake_logits = torch.tensor([300.0, 0.1], requires_grad=True)
    value = loss.d(real_logits, fake_logits)
    value.backward()
    assert torch.isfinite(value)
    assert real_logits.grad[1] < 0 < fake_logits.grad[1]  # raise D(real), lower D(fake)
    fake_logits = torch.tensor([0.1, 0.2], requires_grad=True)
    loss.g(fake_logits, torch.zeros(2)).backward()
    assert (fake_logits.grad < 0).all()  # raise D(fake)


def test_non_saturating_g_learns_where_the_saturating_one_is_flat():
    logit = torch.tensor([-8.0], requires_grad=True)
    (steep,) = torch.autograd.grad(losses.bce.g(logit), logit)
    (flat,) = torch.autograd.grad(losses.saturating.g(logit), logit)
    assert steep.item() == pytest.approx(-sigmoid(8), rel=1e-4)
    assert flat.item() == pytest.approx(-sigmoid(-8), rel=1e-3)
