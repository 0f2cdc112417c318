"""What notebook 07 defines does what it says, on cases worked out by hand."""

import ast
import cmath
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from test_inline import notebook_code
from torch import nn

from gan_utils import losses

NEEDED = ("reach", "ticks", "places", "upright", "web", "MOVES", "BELIEF", "board")
NEEDED += ("canvas", "ax")


@pytest.fixture(scope="module")
def lesson(project):
    """Its functions and classes, and what its pictures are drawn on."""
    kept = []
    for node in ast.parse(notebook_code(project, "07_two_dimensions")).body:
        targets = ast.walk(node) if isinstance(node, ast.Assign) else ()
        names = {n.id for n in targets if isinstance(n, ast.Name)}
        stored = {n for n in names if n in NEEDED}
        kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
        if isinstance(node, kinds) or (stored and ast.unparse(node).startswith(NEEDED)):
            kept.append(node)
    found = {}
    exec(compile(ast.Module(kept, []), "07", "exec"), found)
    found["ax"] = found["board"].add_axes((0, 0, 1, 1), xlim=(-2, 2), ylim=(-2, 2))
    return SimpleNamespace(names=found, **found)


def test_growth_and_rotation_of_games_that_can_be_solved_on_paper(lesson):
    h = 0.1
    growth, angle = lesson.predicted(alternating=False)
    assert (growth, angle) == pytest.approx((math.sqrt(1 + h * h), math.atan(h)))
    growth, angle = lesson.predicted(alternating=True)
    assert (growth, math.cos(angle)) == pytest.approx((1, 1 - h * h / 2))
    growth, angle = lesson.predicted(alternating=False, gamma=2.0)  # critical
    assert growth == pytest.approx(1 - h, abs=1e-6) and angle < 1e-3
    growth, _ = lesson.predicted(alternating=False, gamma=4.0)  # r^2 + 4 r + 1 = 0
    assert growth == pytest.approx(1 + h * (-2 + math.sqrt(3)))


@pytest.mark.parametrize("growth", [0.9, 1.0, 1.2])
@pytest.mark.parametrize("angle", [0.05, 1.0])
def test_an_orbit_gives_back_what_it_was_made_of(lesson, growth, angle):
    turns = [cmath.rect(growth**t, 0.3 + angle * t) for t in range(400)]
    path = torch.tensor([[turn.real, turn.imag] for turn in turns]).double()
    path[:, 1] *= 0.5  # an ellipse
    assert lesson.measured(path) == pytest.approx((growth, angle), abs=1e-5)


def test_momentum_of_the_other_sign_is_what_settles(lesson):
    growths = [lesson.predicted(beta=b, alternating=True)[0] for b in (0.5, 0, -0.5)]
    assert growths[0] > 1 > growths[2] and growths[1] == pytest.approx(1)
    assert lesson.predicted(beta=-0.5, alternating=False)[0] > 1


def test_the_divergence_of_equal_and_of_separate_densities(lesson):
    x = torch.linspace(-10, 10, 4001, dtype=torch.float64)
    p, q, far = (lesson.density(x, [(1.0, m, 0.5)]) for m in (0.0, 0.0, 6.0))
    dx = (x[1] - x[0]).item()
    assert p.sum().item() * dx == pytest.approx(1)
    assert lesson.jsd(p, q, dx).item() == pytest.approx(0, abs=1e-12)
    assert lesson.jsd(p, far, dx).item() == pytest.approx(math.log(2), abs=1e-6)


def test_draws_of_a_mixture_have_its_moments(lesson):
    mixture = [(0.25, -2.0, 0.5), (0.75, 2.0, 0.5)]
    drawn = lesson.draw(mixture, 40_000, torch.Generator().manual_seed(0))
    assert drawn.shape == (40_000, 1)
    assert drawn.mean().item() == pytest.approx(1.0, abs=0.05)
    assert drawn.var().item() == pytest.approx(0.25 + 3.0, rel=0.03)


class Plane(nn.Module):
    """A D whose logit is 3 x + 4 y: its slope is (3, 4) everywhere."""

    def forward(self, points):
        return points @ torch.tensor([3.0, 4.0])


def test_an_arrow_is_minus_the_slope_of_the_loss_of_one_fake(lesson):
    gan, fake = SimpleNamespace(D=Plane()), torch.tensor([[0.0, 0.0], [4.0, -3.0]])
    found = lesson.arrows(gan, losses.bce, fake, fake)  # at logit 0 softplus has 1/2
    assert found.tolist() == [[1.5, 2.0], [1.5, 2.0]]
    real = torch.tensor([[100.0, 0.0], [-100.0, 0.0]])  # pairs that D is sure of
    found = lesson.arrows(gan, losses.relativistic, fake, real)
    assert torch.allclose(found, torch.tensor([[3.0, 4.0], [0.0, 0.0]]))


def game(lesson, **how):
    return lesson.Game(lesson.ring(), losses.bce, **how)


@pytest.mark.parametrize(
    "who, moves", [("both", "GD"), ("D only", "D"), ("G only", "G")]
)
def test_who_stands_still_is_not_changed(lesson, who, moves):
    gan = lesson.players(game(lesson), 0)
    before = {name: getattr(gan, name)[2].weight.clone() for name in "GD"}
    real, z = torch.randn(8, 2), torch.rand(8, 2)
    fake = gan.G(z)
    for update in lesson.MOVES[who]:
        update(gan, losses.bce, real, fake)
    for name, weight in before.items():
        assert torch.equal(weight, getattr(gan, name)[2].weight) != (name in moves)


def test_a_picture_shows_where_the_boundary_is_and_leaves_no_trace(lesson):
    gan = lesson.players(game(lesson), 0)
    gan.D, real = Plane(), torch.zeros(5, 2)
    z = torch.zeros(3, 2)
    first = lesson.picture(gan, game(lesson), z, real)
    assert first.shape == (320, 320, 3) and first.dtype == np.uint8
    above, below = first[20, 300].astype(int), first[300, 20].astype(int)
    assert above[2] > above[0] + 40, "blue where D says real"
    assert np.ptp(below) < 3 and below[0] < 180, "gray where it says fake"
    assert np.array_equal(first, lesson.picture(gan, game(lesson), z, real))
    gan.D = lambda points: points.new_zeros(len(points)) + points.sum(1) * 0
    lesson.picture(gan, game(lesson), z, real)  # no boundary at all


def test_bridges_are_black_and_modes_have_different_colours(lesson):
    centres, std = lesson.grid()
    colours = lesson.coloured(torch.cat([centres, centres[:1] + 4 * std]))
    assert colours.min() >= 0 and colours.max() <= 1
    assert colours[-1].tolist() == [0, 0, 0] and colours[:25].sum(1).min() > 0.8
    assert len({tuple(colour) for colour in colours.tolist()}) == 26


def test_the_average_follows_by_its_share(lesson):
    slow, fast = nn.Linear(1, 1), nn.Linear(1, 1)
    nn.init.zeros_(slow.weight), nn.init.ones_(fast.weight)
    lesson.follow(slow, fast, 0.25)
    assert slow.weight.item() == pytest.approx(0.25)
