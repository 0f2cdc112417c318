"""What the lab of notebook 04 says of its trainings follows its stated rules."""

import json
import math

import lab
import pytest
import torch
from _pairs import holm, interval
from same import assert_same
from torch import nn

from gan_utils.gan import build
from gan_utils.models import ShuffleDiscriminator, ShuffleGenerator


def test_without_norm_every_layer_has_a_bias_at_zero_and_the_weights_stay():
    torch.manual_seed(0)
    with_norm = ShuffleGenerator(ngf=8, hidden=16)
    before = [m.weight.clone() for m in with_norm.net if hasattr(m, "in_channels")]
    net = lab.without_norm(with_norm)
    assert not [
        kind
        for kind in [type(layer).__name__ for layer in net.net]
        if kind.startswith("BatchNorm")
    ]
    layers = [m for m in net.net if isinstance(m, (nn.Linear, nn.Conv2d))]
    assert all(layer.bias is not None for layer in layers)
    assert layers[0].bias.abs().sum() == 0
    after = [m.weight for m in net.net if hasattr(m, "in_channels")]
    assert all(torch.equal(a, b) for a, b in zip(before, after))


def test_minibatch_std_tells_equal_fakes_from_varied_ones_with_a_finite_slope():
    pair = torch.tensor([[1.0, 5.0], [3.0, 5.0]])  # spreads 1 and 0
    assert lab.MinibatchStd()(pair)[:, 2].tolist() == pytest.approx([0.5, 0.5], 1e-3)
    equal = torch.ones(4, 3, requires_grad=True)
    lab.MinibatchStd()(equal).sum().backward()
    assert torch.isfinite(equal.grad).all()
    net = lab.minibatch_std(ShuffleDiscriminator(ndf=8, hidden=16))
    assert net(torch.randn(5, 1, 28, 28)).shape == (5,)


def test_holm_multiplies_the_smallest_by_all_and_never_falls():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_the_interval_of_equal_differences_is_a_point_and_grows_with_their_spread():
    assert interval([2.0, 2.0, 2.0]) == (2.0, 2.0)
    low, high = interval([-1.0, 0.0, 1.0])
    assert -1 <= low < 0 < high <= 1


def trainings(*distances, judge="first"):
    """{seed: a stored training} with that distance at both sets of latents."""
    return {seed: {judge: [fd, fd]} for seed, fd in enumerate(distances)}


def test_a_row_is_compared_with_the_base_of_the_same_seed():
    rows = {
        "nothing": trainings(100.0, 10.0, 1.0, 50.0, 5.0),
        "half": trainings(50.0, 5.1, 0.5, 24.5, 2.5),
        "twice": trainings(200.0, 20.2, 2.0, 99.0, 10.0),
        "luck": trainings(50.0, 20.0, 0.5, 100.0, 6.0),
    }
    found = lab.compare(rows, "nothing", "first")
    verdicts = {name: entry["verdict"] for name, entry in found.items()}
    assert verdicts == {"half": "helps", "twice": "hurts", "luck": "not shown"}
    assert found["half"]["ratio"] == pytest.approx(0.5, rel=0.02)
    assert found["half"]["low"] <= found["half"]["ratio"] <= found["half"]["high"]


def test_trainings_that_diverged_are_counted_and_kept_out_of_the_mean():
    rows = {"nothing": trainings(9.0, 8.0, 7.0), "wild": trainings(9.0, 8.0)}
    rows["wild"][2] = {"diverged": "at step 3"}
    found = lab.compare(rows, "nothing", "first")
    assert (found["wild"]["seeds"], found["wild"]["diverged"]) == (2, 1)


def timed(ms, processor):
    return {"ms": ms, "steps": 100, "processor": processor}


def test_a_cost_compares_trainings_of_one_kind_of_processor():
    base = {0: timed(10, "old"), 1: timed(10, "old"), 2: timed(2, "new")}
    row = {0: timed(15, "old"), 1: timed(3, "new"), 2: timed(3, "new")}
    assert lab.cost(row, base) == pytest.approx(1.5)
    assert lab.cost({1: timed(3, "new")}, base) == pytest.approx(0.3), "the only pair"


@pytest.mark.parametrize("key", lab.ROWS, ids="/".join)
def test_every_row_can_be_trained_and_measured(key):
    recipe = lab.ROWS[key]
    gan = build(recipe, seed=0)
    real = torch.rand(recipe.batch_size, 1, 28, 28) * 2 - 1
    logs = recipe.step(gan, real, torch.randn(recipe.batch_size, recipe.latent_dim))
    assert all(math.isfinite(value.detach()) for value in logs.values())


def test_the_patients_are_the_tamed_gan_with_faults_put_in():
    A, B, tamed = lab.GANS["A"], lab.GANS["B"], lab.TAMED
    for name in ("G", "D", "latent_dim"):
        assert getattr(A, name) == getattr(B, name) == getattr(tamed, name)
    assert (2 * A.lr_G, 2 * A.lr_D) == (B.lr_G, B.lr_D) == (tamed.lr_G, tamed.lr_D)
    assert_same(build(A, seed=3).G.state_dict(), build(lab.SANE, seed=3).G.state_dict())


def test_stored_comparisons_are_those_of_the_stored_trainings():
    found = json.loads(lab.FILE.read_text())
    assert found["comparisons"] == lab.comparisons(found)
    assert {run["seed"] for run in found["rows"]} >= {0, 1, 2}
