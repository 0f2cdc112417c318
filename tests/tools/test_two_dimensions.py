"""Many seeds side by side are each the training that notebook 07 makes of it alone."""

import copy
import math
from dataclasses import replace
from functools import partial

import pytest
import torch
import two_dimensions as two
from torch import nn
from two_dimensions import lesson

from gan_utils.losses import hinge, relativistic


@pytest.fixture
def double():
    """Numbers of 64 bits, so that rounding cannot hide a difference."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def alone(game, seed):
    """The loop of notebook 07: G and its average after all steps."""
    gan = lesson.players(game, seed)
    average, rng = copy.deepcopy(gan.G), torch.Generator().manual_seed(seed)
    for step in range(game.steps):
        gamma = lesson.settle(game, gan, step / game.steps)
        real, z = lesson.sample(game.target, 128, rng), game.latent(128, rng)
        fake = gan.G(z)
        lesson.update_D(gan, game.loss, real, fake, gamma)
        lesson.update_G(gan, game.loss, real, fake)
        lesson.follow(average, gan.G, game.forget)
    return gan.G, average


@pytest.mark.parametrize(
    "game",
    [
        two.RING,
        replace(two.RING, loss=hinge, gammas=(0.0, 0.0)),
        replace(two.GRID, latent=partial(lesson.cut, k=7)),
    ],
    ids=["ring", "hinge", "cut grid"],
)
def test_each_of_many_seeds_is_the_training_of_it_alone(game, double):
    game = replace(game, steps=12)
    many, averages = two.train(game, [3, 5])
    z = torch.rand(9, 2)
    for place, seed in enumerate((3, 5)):
        for together, one in zip((many.G, averages), alone(game, seed)):
            assert torch.allclose(together(z.expand(2, 9, 2))[place], one(z), atol=1e-9)


def test_a_seed_does_not_depend_on_its_company(double):
    game = replace(two.RING, steps=6)
    z = torch.rand(2, 4, 2)
    (one, _), (other, _) = two.train(game, [3, 5]), two.train(game, [3, 8])
    assert torch.allclose(one.G(z)[0], other.G(z)[0], atol=1e-10)
    assert not torch.allclose(one.G(z)[1], other.G(z)[1], atol=1e-3)


def test_packed_points_are_neighbours_and_carry_a_gradient():
    x = torch.arange(8.0).view(4, 2).requires_grad_()
    packed = two.Pack(2)(x)
    assert packed.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    packed.sum().backward()
    assert (x.grad == 1).all()
    gan = two.many_players(two.RING, [0, 1], pack=2)
    assert gan.D(torch.randn(2, 10, 2)).shape == (2, 5)


def test_layers_side_by_side_are_the_layers():
    networks = [nn.Sequential(nn.Linear(3, 4), nn.Tanh()) for _ in range(3)]
    x = torch.randn(3, 5, 3)
    found = two.side_by_side(networks)(x)
    for place, network in enumerate(networks):
        assert torch.allclose(found[place], network(x[place]), atol=1e-6)


@pytest.mark.parametrize(("target", "count"), [(lesson.ring(), 8), (lesson.grid(), 25)])
def test_targets_have_coordinates_of_variance_one(target, count):
    centres, std = target
    assert centres.shape == (count, 2)
    assert torch.allclose(centres.square().mean(0), torch.ones(2), atol=1e-5)
    assert 0.01 < std < 0.02
    points = lesson.sample(target, 4000, torch.Generator().manual_seed(0))
    which, distance, good = lesson.near(points, target)
    assert torch.bincount(which).min() > 0.7 * 4000 / count
    assert distance.square().mean().sqrt().item() == pytest.approx(2**0.5, rel=0.03)
    assert good.float().mean().item() == pytest.approx(1 - math.exp(-4.5), abs=0.005)


def test_the_width_of_a_cut_gaussian_is_1_38():
    points = lesson.sample(lesson.ring(), 20_000, torch.Generator().manual_seed(0))
    modes, quality, width = lesson.score(points, lesson.ring())
    assert (modes, round(quality)) == (8, 99)
    e = math.exp(-4.5)  # of a radius above 3 in two dimensions
    assert width == pytest.approx(math.sqrt(2 * (1 - 5.5 * e) / (1 - e)), abs=0.02)


def test_a_mode_needs_twenty_points_of_high_quality():
    centres, std = lesson.ring()
    right = centres[0].repeat(19, 1)
    assert lesson.score(right, lesson.ring())[0] == 0
    near, far = centres[:1] + 2.9 * std, centres[:1] + torch.tensor([3.1 * std, 0])
    right = torch.cat([right, centres[:1] + torch.tensor([2.9 * std, 0])])
    assert lesson.score(right, lesson.ring())[0] == 1
    assert lesson.score(torch.cat([right[:19], far]), lesson.ring())[0] == 0
    diagonal = torch.cat([right[:19], near])
    assert lesson.score(diagonal, lesson.ring())[1] < 100
    collapsed = two.measured(right, lesson.ring())
    assert collapsed["kl"] == pytest.approx(math.log(8), abs=1e-3)


def test_no_good_point_has_no_width():
    found = two.measured(torch.full((50, 2), 9.0), lesson.ring())
    assert (found["modes"], found["hq"], found["width"]) == (0, 0.0, None)


@pytest.mark.parametrize("k", [5, 7, 8, 10])
def test_a_cut_latent_fills_k_squares_a_side_with_gaps_between(k):
    z = lesson.cut(20_000, torch.Generator().manual_seed(0), k=k)
    assert z.shape == (20_000, 2) and z.abs().max() < 1
    place = (z + 1) * k / 2  # in squares from the left
    within = (place - place.floor() - 0.5).abs()
    assert within.max() <= 0.2 + 1e-4 and within.max() > 0.19
    cells = (place.floor() @ torch.tensor([1.0, k])).long()
    counts = torch.bincount(cells, minlength=k * k)
    assert len(counts) == k * k and counts.min() > 0.7 * len(z) / k**2


def test_rates_fall_to_a_fifth_and_gamma_by_a_constant_factor():
    gan = lesson.players(two.RING, 0)
    gammas = [lesson.settle(two.RING, gan, progress) for progress in (0, 0.5, 1)]
    assert gammas == pytest.approx([0.2, 0.01, 0.0005])
    assert gan.opt_D.param_groups[0]["lr"] == pytest.approx(2e-3)
    lesson.settle(two.RING, gan, 0.0)
    assert gan.opt_G.param_groups[0]["lr"] == pytest.approx(1e-2)
    assert lesson.settle(replace(two.RING, gammas=(0.0, 0.0)), gan, 0.3) == 0.0


def test_the_penalty_is_gamma_times_the_mean_squared_slope():
    class Ramp(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.tensor([3.0, 4.0]))

        def forward(self, x):
            return x @ self.weight

    gan = lesson.players(two.RING, 0)
    gan.D, zeros = Ramp(), torch.zeros(6, 2)
    gan.opt_D = torch.optim.SGD(gan.D.parameters(), lr=0.1)
    d_loss = lesson.update_D(gan, relativistic, zeros, zeros, 2.0)
    assert d_loss.item() == pytest.approx(math.log(2) + 2.0 * 25)
    assert gan.D.weight.tolist() == pytest.approx([3 * (1 - 0.4), 4 * (1 - 0.4)])


def test_all_rows_of_a_target_differ_in_what_their_name_says():
    for name, (game, pack) in two.ROWS.items():
        ours = two.RING if name.startswith("ring") else two.GRID
        if "cut" in name:
            assert replace(game, latent=ours.latent) == ours
            continue
        game = replace(game, loss=ours.loss, gammas=ours.gammas)
        if "calm" in name:
            D = {"scale_D": ours.scale_D, "activation_D": ours.activation_D}
            assert game.activation_D is two.RING.activation_D
            game = replace(game, **D)
        assert game == ours
        assert pack == (2 if "Pac" in name else 1)
    assert len(two.ROWS) == 18
