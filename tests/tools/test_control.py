"""The parts of benchmarks/control.py that decide what its numbers mean."""

import json
from types import SimpleNamespace

import control
import pytest
import torch
from control import lesson

from gan_utils.data import to_float
from gan_utils.latent import STYLE
from gan_utils.recipes import RECIPES


def test_the_error_is_that_of_pixels_from_0_to_1():
    white, black = torch.ones(2, 1, 28, 28), -torch.ones(2, 1, 28, 28)
    assert lesson.pixel_error(white, black).tolist() == [1, 1]
    gray = to_float(torch.full((2, 28, 28), 51, dtype=torch.uint8))  # a fifth
    assert lesson.pixel_error(gray, black).tolist() == pytest.approx([0.04] * 2)


def test_an_inversion_finds_the_latents_of_pictures_that_there_are():
    rng = torch.Generator().manual_seed(0)
    basis = torch.linalg.qr(torch.randn(784, 8, generator=rng)).Q.T

    def paint(z):
        return (z @ basis).view(-1, 1, 28, 28)

    hidden = torch.randn(3, 8, generator=rng)
    start = torch.randn(12, 8, generator=rng)
    z, error = lesson.invert(paint, start, paint(hidden), prior=0.0)
    assert z.shape == (3, 8) and error.max() < 1e-4
    assert torch.allclose(z, hidden, atol=0.05)


def test_of_several_starts_the_best_is_kept():
    def paint(z):  # a valley at 0 that leads nowhere, and the right one at 2
        depth = torch.where(z < 1, z.square() + 0.5, (z - 2).square())
        return depth.view(-1, 1, 1, 1).expand(-1, 1, 2, 2)

    target = torch.zeros(1, 1, 2, 2)
    stuck = lesson.invert(paint, torch.tensor([[-0.5]]), target, prior=0.0)
    best = lesson.invert(paint, torch.tensor([[-0.5], [2.6]]), target, prior=0.0)
    assert stuck[1].item() > 0.05 and best[1].item() < 1e-4
    assert best[0].item() == pytest.approx(2, abs=0.1)


def row(value):
    return {"judges": {j: dict.fromkeys(control.SCORES, value) for j in control.JUDGES}}


def test_differences_are_taken_between_trainings_of_the_same_seed():
    rows = {f"modern, seed {k}, 300 s": row(float(k)) for k in range(4)}
    rows |= {f"modern_labels, seed {k}, 300 s": row(1.1 * k + 0.5) for k in range(3)}
    rows |= {"modern_clusters, seed 0, 300 s": row(9.0), "modern_labels, shipped": {}}
    rows["modern_labels, seed 9, 60 s"] = row(7.0)  # has no partner
    found = control.compared(rows)
    assert set(found) == {"modern_labels"}  # one pair says nothing
    for scores in found["modern_labels"].values():
        for name, entry in scores.items():
            assert entry["mean"] == 0.6 and entry["seeds"] == 3
            assert 0.5 <= entry["low"] < 0.6 < entry["high"] <= 0.7
            assert entry["verdict"] == ("hurts" if name == "fd" else "helps")


def test_scores_of_a_judge_are_corrected_together_and_the_distance_alone():
    rows = {f"modern, seed {k}, 300 s": row(0.0) for k in range(4)}
    rows |= {f"modern_labels, seed {k}, 300 s": row(k - 0.2) for k in range(4)}
    scores = control.compared(rows)["modern_labels"]["first"]
    assert scores["recall"]["p"] == pytest.approx(4 * scores["fd"]["p"], rel=1e-3)
    assert scores["recall"]["verdict"] == "not shown"


def test_each_recipe_is_asked_what_it_can_answer():
    assert set(control.parts("modern")) == {"judges", "inverted"}
    assert set(control.parts("modern_clusters")) == {"judges"}
    every = {"judges", "asked", "taught", "inverted"}
    assert set(control.parts("modern_labels")) == every


def test_only_what_is_missing_is_done(monkeypatch, tmp_path):
    monkeypatch.setenv("GAN_RUNS_DIR", str(tmp_path))
    args = SimpleNamespace(
        shipped=False, seeds=[0], seconds=300.0, device="cpu", jobs=1
    )
    key = "modern, seed 0, 300 s"
    rows = {"real digits": {"taught": 0.99}, key: {"training": {}, "judges": {}}}
    assert len(control.to_train(args, rows)) == 3  # also modern: its weights are lost
    control.network_file(key).parent.mkdir()
    control.network_file(key).touch()
    assert (key, "training") not in control.to_train(args, rows)
    asked = control.to_ask(args, rows, control.SMALL)
    assert [which for where, which in asked if where == key] == ["inverted"]
    assert ("real digits", "taught") not in asked
    rows[key] |= {"inverted": {}}
    control.network_file(key).unlink()  # nothing is asked of it any more
    assert (key, "training") not in control.to_train(args, rows)


def test_a_row_is_trained_for_as_many_steps_as_its_seconds_buy():
    clock = json.loads(control.ladder.FILE.read_text())["step_seconds"]
    for key, row in json.loads(control.FILE.read_text())["rows"].items():
        if "training" in row:
            name = control.ROWS[key.split(",")[0]]
            assert row["training"]["steps"] == round(300 / clock[name]), key


def test_stored_comparisons_are_those_of_the_stored_rows():
    found = json.loads(control.FILE.read_text())
    assert found["comparisons"] == control.compared(found["rows"])


def test_a_training_makes_the_steps_that_its_seconds_buy(monkeypatch, tmp_path):
    kept = {"seconds": 60, "step_seconds": {"labels": 0.03}, "rows": []}
    asked, G = [], torch.nn.Linear(1, 1)
    monkeypatch.setattr(control, "earlier", lambda file, seconds: kept)
    monkeypatch.setattr(control, "network_file", lambda key: tmp_path / key)

    def trained(recipe, *how):
        asked.append(how)
        return recipe, SimpleNamespace(sampler=lambda: G), 2.0

    monkeypatch.setattr(control.ladder, "trained", trained)
    told = control.train("a row", "modern_labels", 3, 300, "cpu")
    assert asked == [(3, 10_000, "cpu")]
    assert told == {"steps": 10_000, "took": 2.0, "device": "cpu"}
    assert torch.equal(control.load_file(tmp_path / "a row")["weight"], G.weight)


def test_fakes_teach_with_the_labels_that_they_were_asked_for(monkeypatch):
    given = {}
    monkeypatch.setattr(control, "taught", lambda *a: given.update(zip("xyz", a)))
    G = RECIPES["modern_labels"].G(latent_dim=STYLE + 10).eval()
    control.taught_by_fakes(G, STYLE + 10, {"fakes": 40, "epochs": 1})
    z = torch.randn(
        40, STYLE + 10, generator=torch.Generator().manual_seed(control.SAMPLE_SEED + 2)
    )
    assert torch.equal(given["y"], G.label(z)) and given["x"].shape == (40, 28, 28)
