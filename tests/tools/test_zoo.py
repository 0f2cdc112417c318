"""The zoo of notebook 08: its faults are what they say, its instruments see them."""

import json
from dataclasses import fields

import pytest
import torch
import zoo
from torch import nn
from torch.nn.utils import parameters_to_vector
from zoo import lesson

from gan_utils import data

MORE_LINES = {  # changed fields of the faults that take more than one
    **dict.fromkeys(("G moves in D's turn", "one batch, norm in D"), 2),
    **dict.fromkeys(("rates x 10", "rates x 30", "rates x 100"), 2),
    **{"no detach, zero_grad on top": 2, "WGAN-GP": 2, "WGAN-GP, norm in D": 3},
    "healthy": 0,
}


@pytest.fixture
def images():
    """200 pictures of noise, uint8 (200, 28, 28)."""
    rng = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (200, 28, 28), dtype=torch.uint8, generator=rng)


def batches(setup, images, size=16):
    how = dict(batch_size=size, latent_dim=setup.latent_dim, seed=0)
    return data.Batches(images, **how)


def trained(name, images, steps=3):
    setup = zoo.SETUPS[name]
    return setup, lesson.play(setup, batches(setup, images), 0, steps)[0]


def weights(gan):
    return torch.cat([parameters_to_vector(n.parameters()) for n in (gan.G, gan.D)])


def changed(setup):
    return {
        f.name
        for f in fields(setup)
        if getattr(setup, f.name) != getattr(zoo.HEALTHY, f.name)
    }


def test_the_networks_have_their_shapes_and_ranges():
    fake = lesson.small_G()(torch.randn(5, 64))
    assert fake.shape == (5, 1, 28, 28) and fake.abs().max() <= 1
    assert lesson.small_D()(fake).shape == (5,)


@pytest.mark.parametrize("name", zoo.SETUPS)
def test_every_fault_is_a_field_or_two_and_can_be_played(name, images):
    setup = zoo.SETUPS[name]
    assert len(changed(setup)) == MORE_LINES.get(name, 1)
    gan, log, _ = lesson.play(setup, batches(setup, images), 0, 3)
    assert all(values.isfinite().all() and len(values) == 3 for values in log.values())
    real, z = lesson.batch(setup, batches(setup, images), 4)
    before = weights(gan).clone()
    found = lesson.of_probes(setup, gan, real, z)
    assert torch.equal(before, weights(gan)), "to look changes nothing"
    assert found["D's turn"] == ("D and G" if name == "G moves in D's turn" else "D")
    assert found["G's turn"] == ("D" if name == "opt_G holds D" else "G")
    assert (found["twice"] > 0.01) == (name == "dropout never ends")
    assert (found["left in"] == "eval") == (name == "train forgotten")


def test_pictures_on_the_way_come_at_their_steps_from_the_right_mode(
    images, monkeypatch
):
    monkeypatch.setattr(lesson, "EVERY", 2)
    for name, training in (("healthy", True), ("train forgotten", False)):
        setup = zoo.SETUPS[name]
        gan, _, film = lesson.play(setup, batches(setup, images), 0, 5)
        assert len(film) == 2 and film[0].shape == (64, 1, 28, 28)
        assert gan.G.training == training


def test_the_same_seed_gives_the_same_bits(images):
    (_, one), (_, other) = (trained("healthy", images) for _ in range(2))
    assert torch.equal(weights(one), weights(other))


@pytest.mark.parametrize(
    "name, same",
    [
        ("no detach", True),
        ("G in D's optimiser", True),
        ("eval forgotten", True),
        ("G moves in D's turn", False),
        ("no detach, zero_grad on top", False),
    ],
)
def test_the_sleepers_change_no_bit(name, same, images):
    healthy = weights(trained("healthy", images)[1])
    assert torch.equal(weights(trained(name, images)[1]), healthy) == same


def test_pixels_are_normalised_as_a_tutorial_does_and_back(images):
    ends = torch.tensor([-1.0, 1.0]).view(2, 1, 1, 1)
    tutorial = zoo.SETUPS["mean 0.1307, std 0.3081"]
    low, high = lesson.normalised(tutorial, ends).flatten().tolist()
    assert (low, high) == pytest.approx((-0.1307 / 0.3081, (1 - 0.1307) / 0.3081))
    for name in ("healthy", "pixels in [0, 1]", "mean 0.1307, std 0.3081"):
        setup = zoo.SETUPS[name]
        there = lesson.normalised(setup, data.to_float(images))
        assert torch.equal(lesson.as_pictures(setup, there), images)


def test_d_sees_real_then_fake_then_the_fake_of_gs_turn(images):
    setup, gan = trained("pixels in [0, 1]", images)
    real, z = lesson.batch(setup, batches(setup, images), 4)
    seen = lesson.seen_by_D(setup, gan, real, z)
    assert len(seen) == 3 and seen[0] == (0.0, 1.0) and seen[1] == seen[2]


def test_the_company_of_g_and_of_d():
    setup, gan = zoo.SETUPS["eval forgotten"], lesson.players(zoo.HEALTHY, 0)
    z = torch.randn(8, 64)
    assert lesson.change_company(zoo.HEALTHY, gan, z) == 0
    assert lesson.change_company(setup, gan, z) > 1e-3
    two, six = torch.full((4, 1, 28, 28), 2.0), torch.full((4, 1, 28, 28), 6.0)

    class Mean(nn.Module):
        def forward(self, x):
            return x.mean().expand(len(x))

    assert lesson.company_of_D(Mean(), two, six) == 2.0
    assert lesson.company_of_D(lesson.small_D(), two, six) < 1e-5
    assert lesson.company_of_D(lesson.norm_D(), two, six) > 1e-3


def test_the_steepness_of_a_ramp():
    gan = lesson.players(zoo.HEALTHY, 0)
    gan.D = nn.Sequential(nn.Flatten(), nn.Linear(784, 1, bias=False), nn.Flatten(0))
    nn.init.constant_(gan.D[1].weight, 0.5)
    found = lesson.steepness(gan, torch.randn(3, 1, 28, 28))
    assert found == pytest.approx(0.5 * 28, rel=1e-4)


def test_a_second_sigmoid_leaves_no_logit_below_zero():
    logits = lesson.sigmoid_D()(torch.randn(50, 1, 28, 28) * 10)
    assert 0 <= logits.min() and logits.max() <= 1


def test_a_mended_script_takes_the_weights_where_it_can(images, monkeypatch):
    monkeypatch.setattr(zoo, "STEPS", 1)
    monkeypatch.setattr(zoo, "batches_of", lambda s, seed: batches(s, images))
    monkeypatch.setattr(zoo, "measure", lambda *args: {"distance": 7.0})
    loads = {}
    for name in ("train forgotten", "sigmoid twice", "z of 2 numbers", "norm in D"):
        setup, gan = trained(name, images)
        loads[name] = zoo.healed(gan, 0)
    assert list(loads.values()) == [7.0, 7.0, None, None]


def test_the_first_rule_that_holds_has_the_word():
    healthy = [r for r in stored()["rows"] if r["fault"] == "healthy"]
    assert {lesson.diagnose(row) for row in healthy} == {"healthy"}
    assert lesson.diagnose(healthy[0] | {"high": 2.8, "low": 0.0}) == lesson.RULES[0][0]
    assert {fault for fault, *_ in lesson.RULES} <= set(zoo.SETUPS)


def stored():
    return json.loads(zoo.FILE.read_text())


def test_what_is_concluded_follows_from_the_stored_trainings():
    found = stored()
    assert found["conclusions"] == json.loads(json.dumps(zoo.conclude(found["rows"])))
    keys = [(row["fault"], row["seed"]) for row in found["rows"]]
    assert len(keys) == len(set(keys))
    assert {seed for _, seed in keys} == set(range(8))


def test_sleepers_that_are_stored_have_the_bits_of_the_healthy_gan():
    bits = {(row["fault"], row["seed"]): row.get("bits") for row in stored()["rows"]}
    for seed in range(8):
        for name in ("no detach", "G in D's optimiser", "eval forgotten"):
            assert bits[name, seed] == bits["healthy", seed]
        assert bits["no detach, zero_grad on top", seed] != bits["healthy", seed]


def test_a_mystery_run_hides_its_fault():
    text = zoo.MYSTERY.read_text()
    assert not [name for name in zoo.SETUPS if name in text]
    runs = json.loads(text)["runs"]
    for number, run in enumerate(runs, start=1):
        fits = [n for n in zoo.HIDDEN if lesson.sealed(number, n) == run["seal"]]
        assert len(fits) == 1 and lesson.diagnose(run["numbers"]) == fits[0]
