"""The search for quality: what its rows change, its clock, its averages, its tables."""

import json
from dataclasses import fields, replace

import ladder
import pytest
import quality
import torch

from gan_utils.data import load
from gan_utils.gan import build
from gan_utils.recipes.steps import labelled
from gan_utils.training import fit


@pytest.fixture(scope="module", autouse=True)
def digits():
    """The handwriting that comes with the package, in place of MNIST."""
    found = load("offline")
    few = replace(found, train=found.train[:600], train_labels=found.train_labels[:600])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quality, "images", lambda: few)
        patch.setattr(quality, "feature_clusters", lambda _: few.train_labels)
        quality.fitting.cache_clear()
        yield few
    quality.fitting.cache_clear()


def changed(recipe):
    """Names of the fields in which a recipe is not the top of the ladder."""
    names = (f.name for f in fields(recipe))
    return {n for n in names if getattr(recipe, n) != getattr(ladder.modern, n)}


def test_rows_differ_from_the_ladder_in_what_they_are_told_alone():
    for name, row in quality.ROWS.items():
        labelled_ones = {"G", "D", "update", "labels", "latent_dim"}
        wanted = set() if row.recipe.labels is None else labelled_ones
        assert changed(row.recipe) == wanted, name


def test_a_stage_makes_the_steps_that_its_share_of_the_seconds_buys():
    costs = {"plain, 64": 0.03, "batch grows, 32": 0.02, "batch grows, 64": 0.03}
    costs |= {"batch grows, 128": 0.05}
    assert quality.stages("plain", 90, costs) == [(3000, 64)]
    grows = quality.stages("batch grows", 100, costs)
    assert grows == [(1250, 32), (1167, 64), (800, 128)]


def test_without_its_reward_mode_seeking_is_the_labelled_step(digits):
    gans, row = [], replace(quality.labels, batch_size=16)
    for update in (labelled, quality.mode_seeking(0.0)):
        recipe, found = quality.with_labels(replace(row, update=update), digits)
        gans.append(build(recipe, seed=0))
        batches = quality.Batches.of(recipe, digits.train, seed=0, labels=found)
        fit(recipe.step, gans[-1], batches, steps=3)
    for one, other in zip(*(gan.G.parameters() for gan in gans)):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_its_reward_moves_styles_of_one_label_apart(digits):
    apart = []
    for weight in (0.0, 30.0):
        row = replace(
            quality.labels, batch_size=32, update=quality.mode_seeking(weight)
        )
        recipe, found = quality.with_labels(row, digits)
        gan = build(recipe, seed=0)
        batches = quality.Batches.of(recipe, digits.train, seed=0, labels=found)
        fit(recipe.step, gan, batches, steps=25)
        z = torch.randn(64, recipe.latent_dim)
        sevens = gan.G(quality.ask(z, torch.full((64,), 7)))
        apart.append(sevens.std(0).mean().item())
    assert apart[1] > 1.2 * apart[0]


def test_averages_follow_the_batch_size():
    recipe, batches = quality.begin("plain", 0, 16)
    gan = build(recipe, seed=0)
    watch = quality.Averages(gan.G, (32,))
    first = [p.detach().clone() for p in gan.G.parameters()]
    fit(recipe.step, gan, batches, steps=1, callbacks=[watch])  # takes G as it is
    one = [p.detach().clone() for p in gan.G.parameters()]
    recipe, batches = quality.begin("plain", 0, 32)
    fit(recipe.step, gan, batches, steps=2, callbacks=[watch])
    for a, b, mean in zip(one, gan.G.parameters(), watch.models[32].parameters()):
        torch.testing.assert_close(mean, 0.5 * a + 0.5 * b)
    assert any(not torch.equal(a, b) for a, b in zip(first, one))


def test_an_average_may_forget_a_share_of_what_it_has_seen():
    found, wanted = [torch.zeros(1)], 0.0
    update = quality.grown(0.05, batch_size=10)
    for count in range(1, 50):  # AveragedModel takes the first one as it is
        update(found, [torch.ones(1)], torch.tensor(count))
        beta = 0.5 ** (1 / (0.05 * count))
        wanted = beta * wanted + (1 - beta)
        assert found[0].item() == pytest.approx(wanted, rel=1e-4)


def test_clusters_in_classes_never_mix_two_digits(digits):
    found = quality.clusters_in_classes(digits, n=3)
    assert torch.equal(found // 3, digits.train_labels)
    assert len(found.unique()) > 20


def line(row, seed, fd, average=10_000):
    """A line of the file with one score that tells."""
    scores = dict.fromkeys(quality.SCORES, 0.5)
    known = {"row": row, "seed": seed, "average": average, "width": 1.0}
    judged = {which: scores | {"fd": fd} for which in quality.JUDGES}
    return known | judged | {"memorisation_pixels": 1.0}


def test_lines_are_compared_in_pairs_of_the_same_seed():
    lines = [line("plain", seed, 2.0 + seed) for seed in (3, 1, 2)]
    lines += [line("labels", seed, 1.0 + seed + 0.01 * seed) for seed in (1, 2, 3, 9)]
    lines += [line("batch grows", seed, 1.0 + seed) for seed in (1, 2)]  # not yet
    found = quality.comparisons(lines)["first"]["fd"]
    (entry,) = found.values()
    assert entry["seeds"] == 3 and entry["mean"] == pytest.approx(-0.98)
    assert entry["verdict"] == "helps"
    table = quality.summary(lines)
    assert table["plain"]["first"]["fd"] == [3, 4, 5]


def test_the_stored_comparisons_are_those_of_the_stored_lines():
    found = json.loads(quality.FILE.read_text())
    assert found["comparisons"] == quality.comparisons(found["rows"])
