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
    rows = {f"modern, seed {k}": row(float(k)) for k in range(4)}
    rows |= {f"modern_labels, seed {k}": row(1.1 * k + 0.5) for k in range(3)}
    rows |= {"modern_clusters, seed 0": row(9.0), "real digits": {"taught": 0.9}}
    rows["modern_labels, seed 9"] = row(7.0)  # has no partner
    found = control.compared(rows)
    assert set(found) == {"modern_labels"}  # one pair says nothing
    for scores in found["modern_labels"].values():
        for name, entry in scores.items():
            assert entry["mean"] == 0.6 and entry["seeds"] == 3
            assert 0.5 <= entry["low"] < 0.6 < entry["high"] <= 0.7
            assert entry["verdict"] == ("hurts" if name == "fd" else "helps")


def test_scores_of_a_judge_are_corrected_together_and_the_distance_alone():
    rows = {f"modern, seed {k}": row(0.0) for k in range(4)}
    rows |= {f"modern_labels, seed {k}": row(k - 0.2) for k in range(4)}
    scores = control.compared(rows)["modern_labels"]["first"]
    assert scores["recall"]["p"] == pytest.approx(4 * scores["fd"]["p"], rel=1e-3)
    assert scores["recall"]["verdict"] == "not shown"


def test_each_recipe_is_asked_what_it_can_answer():
    assert set(control.parts("modern")) == {"judges", "inverted"}
    assert set(control.parts("modern_clusters")) == {"judges", "widths"}
    every = {"judges", "asked", "taught", "inverted", "widths"}
    assert set(control.parts("modern_labels")) == every


def test_styles_are_as_wide_as_the_row_says(monkeypatch):
    def look(G, latent_dim, sizes):
        scores = dict.fromkeys(control.SCORES, G.width)
        return {which: scores | {"floors": {}} for which in control.JUDGES}

    monkeypatch.setattr(control, "look", look)
    found = control.widened(SimpleNamespace(width=None), 74, {})
    assert list(found) == ["1.0", "1.1", "1.2", "1.3"]
    assert all(
        set(scores) == set(control.SCORES) and {*scores.values()} == {float(width)}
        for width, seen in found.items()
        for scores in seen.values()
    )


def test_only_what_is_missing_is_done():
    args = SimpleNamespace(seeds=[0], jobs=1, parts=control.PARTS)
    rows = {"real digits": {"taught": 0.99}, "modern, seed 0": {"judges": {}}}
    asked = control.to_ask(args, rows, control.SMALL)
    assert [which for row, which in asked if row == "modern, seed 0"] == ["inverted"]
    assert ("real digits", "taught") not in asked
    assert len(asked) == 1 + 5 + 2  # of modern_labels all, of modern_clusters two


def test_a_training_that_is_missing_is_told_with_its_command(monkeypatch, tmp_path):
    monkeypatch.setenv("GAN_RUNS_DIR", str(tmp_path))
    assert control.about("modern_labels", 0)["steps"] > 0
    with pytest.raises(SystemExit, match="gan_utils train modern_labels --seed 3"):
        control.about("modern_labels", 3)


def test_rows_are_those_of_the_shipped_networks_and_of_equal_steps():
    found = json.loads(control.FILE.read_text())["rows"]
    for name in control.NAMES:
        assert found[f"{name}, seed 0"]["training"] == control.about(name, 0), name


def test_stored_comparisons_are_those_of_the_stored_rows():
    found = json.loads(control.FILE.read_text())
    assert found["comparisons"] == control.compared(found["rows"])


def test_fakes_teach_with_the_labels_that_they_were_asked_for(monkeypatch):
    given = {}
    monkeypatch.setattr(control, "taught", lambda *a: given.update(zip("xyz", a)))
    G = RECIPES["modern_labels"].G(latent_dim=STYLE + 10).eval()
    control.taught_by_fakes(G, STYLE + 10, {"fakes": 40, "epochs": 1})
    z = torch.randn(
        40, STYLE + 10, generator=torch.Generator().manual_seed(control.SAMPLE_SEED + 2)
    )
    assert torch.equal(given["y"], G.label(z)) and given["x"].shape == (40, 28, 28)
