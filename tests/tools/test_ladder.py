"""The ladder of notebook 10: one change a rung, one clock, and comparisons by seed."""

import json
import math
from dataclasses import fields

import ladder
import pytest
import torch
from torch import nn

from gan_utils.data import load
from gan_utils.gan import build
from gan_utils.recipes import RECIPES


@pytest.fixture(scope="module")
def digits():
    """The handwriting that comes with the package: small, with labels."""
    return load("offline")


CHANGED = [name for name in ladder.RUNGS if name in ladder.CHANGES]


def differences(a, b):
    """Names of the fields in which two recipes differ; both rates are one."""
    names = {f.name for f in fields(a) if getattr(a, f.name) != getattr(b, f.name)}
    return {"rates" if name in ("lr_G", "lr_D") else name for name in names}


def test_each_rung_changes_one_field_of_the_one_below():
    for below, name in zip(CHANGED, CHANGED[1:]):
        assert len(differences(ladder.RUNGS[below], ladder.RUNGS[name])) == 1, name


def test_the_top_is_modern_but_for_what_grows():
    grows = {"batch_size", "grow", "ema_images"}
    length = {"epochs", "seconds"}
    assert differences(ladder.modern, RECIPES["modern"]) == grows | length
    assert CHANGED[-1] == ladder.TOP


def test_it_starts_as_notebook_02_with_the_networks_of_03_and_passes_by_03():
    other = differences(ladder.START, RECIPES["mlp"])
    assert other == {"G", "D", "epochs"}
    third = differences(ladder.RUNGS["twice the rate"], RECIPES["dcgan"])
    assert third == set()


def test_what_stands_beside_modern_differs_in_what_its_name_says():
    found = {
        name: differences(ladder.modern, ladder.TAKEN[name]) for name in ladder.TAKEN
    }
    assert found.pop("both networks of 03") == {"G", "D"}
    assert all(len(names) == 1 for names in found.values())
    for name, recipe in ladder.LOSSES.items():
        norms = {"change_G"} if "no norm" in name else set()
        assert differences(ladder.modern, recipe) == {"loss", "penalty"} | norms
        kinds = {type(layer) for layer in build(recipe, seed=0).G.modules()}
        assert bool(norms) != bool(kinds & {nn.BatchNorm1d, nn.BatchNorm2d})


def test_a_subpixel_layer_can_do_what_a_transposed_one_does():
    """With the weights of its four small windows; the others are zero."""
    torch.manual_seed(0)
    old, new = (
        nn.ConvTranspose2d(3, 2, 4, stride=2, padding=1),
        ladder.lesson.subpixel(3, 2),
    )
    window = torch.zeros(2, 2, 2, 3, 3, 3)  # outputs, row, column, inputs, 3, 3
    at = {0: {0: 3, 1: 1}, 1: {1: 2, 2: 0}}  # row -> {row of 3 x 3: row of 4 x 4}
    with torch.no_grad():
        for a, rows in at.items():
            for b, columns in at.items():
                for i, k in rows.items():
                    for j, m in columns.items():
                        window[:, a, b, :, i, j] = old.weight[:, :, k, m].T
        new[0].weight.copy_(window.flatten(0, 2))
        new[0].bias.copy_(old.bias.repeat_interleave(4))
    x = torch.randn(2, 3, 7, 7)
    torch.testing.assert_close(new(x), old(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ladder.ROWS)
def test_every_row_can_be_trained(name, monkeypatch, digits):
    monkeypatch.setattr(ladder, "images", lambda: digits)
    recipe, gan, batches = ladder.beginning(ladder.ROWS[name], seed=0)
    logs = recipe.step(gan, *batches(0))
    assert all(math.isfinite(value.detach()) for value in logs.values())


def run(row, seed, fd, precision=0.5):
    """A stored training with the same values for every judge and set of latents."""
    values = dict.fromkeys(ladder.MEASURES, [precision] * 2) | {"fd": [fd, fd]}
    return {"row": row, "seed": seed} | dict.fromkeys(ladder.JUDGES, values)


def test_a_rung_is_compared_with_the_one_below_seed_by_seed():
    """The spread over seeds that both share does not widen the interval."""
    rows = [run("networks of 03", seed, fd=10.0**seed) for seed in range(5)]
    rows += [run("no momentum", k, fd=0.5 * 10.0**k * 1.01**k) for k in range(5)]
    found = ladder.comparisons({"rows": rows})
    assert list(found["rungs"]) == ["no momentum"] and found["modern"] == {}
    told = found["rungs"]["no momentum"]
    assert told["against"] == "networks of 03"
    assert told["first"]["fd"]["ratio"] == pytest.approx(0.51, rel=0.01)
    assert told["third"]["fd"]["verdict"] == "helps"


def test_more_precision_helps_and_a_smaller_distance_does():
    runs = {
        "low": {k: run("low", k, fd=1 + k, precision=0.5) for k in range(5)},
        "high": {
            k: run("high", k, fd=2.01 * (1 + k) * 1.01**k, precision=0.7 + k / 100)
            for k in range(5)
        },
    }
    pairs = {"high": "low"}
    precision = ladder.compared(pairs, runs, "first", "precision")["high"]
    assert precision["verdict"] == "helps"
    assert precision["mean"] == pytest.approx(0.22)
    assert ladder.compared(pairs, runs, "first", "fd")["high"]["verdict"] == "hurts"


def test_a_training_that_diverged_is_counted_and_kept_out_of_the_mean():
    runs = {name: {k: run(name, k, fd=2.0 + k) for k in range(4)} for name in "ab"}
    runs["b"][3] = {"row": "b", "seed": 3, "diverged": "at step 7"}
    (found,) = ladder.compared({"b": "a"}, runs, "first", "fd").values()
    assert (found["seeds"], found["diverged"]) == (3, 1)


def test_new_rows_are_timed_on_the_scale_of_the_old_ones(monkeypatch):
    """On a day on which every step takes twice as long."""
    costs = {ladder.TOP: 0.08, "cross-entropy": 0.06}
    names = {id(recipe): name for name, recipe in ladder.ROWS.items()}
    monkeypatch.setattr(ladder, "beginning", lambda recipe, seed: (names[id(recipe)],))
    monkeypatch.setattr(ladder, "thread_seconds", lambda name: costs[name])
    known = {ladder.TOP: 0.04}
    found = ladder.step_seconds([ladder.TOP, "cross-entropy"], known)
    assert found == {ladder.TOP: 0.04, "cross-entropy": pytest.approx(0.03)}
    assert ladder.step_seconds([ladder.TOP], known) is known


def test_stored_comparisons_are_those_of_the_stored_trainings():
    found = json.loads(ladder.FILE.read_text())
    assert found["comparisons"] == ladder.comparisons(found)
    assert found["summary"] == ladder.summary(found)
    keys = [(run["row"], run["seed"]) for run in found["rows"]]
    assert len(set(keys)) == len(keys)


def test_stored_trainings_had_the_same_clock():
    found = json.loads(ladder.FILE.read_text())
    for row in found["rows"]:
        steps = found["seconds"] / found["step_seconds"][row["row"]]
        assert row["steps"] == round(steps)
