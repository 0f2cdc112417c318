"""The parts of benchmarks/control.py that decide what its numbers mean."""

import time
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
    rows |= {f"modern_labels, seed {k}, 300 s": row(k + 0.5) for k in range(3)}
    rows |= {"modern_clusters, seed 0, 300 s": row(9.0), "modern_labels, shipped": {}}
    rows["modern_labels, seed 9, 60 s"] = row(7.0)  # has no partner
    found = control.compared(rows)
    assert set(found) == {"modern_labels"}  # one pair says nothing
    for scores in found["modern_labels"].values():
        for entry in scores.values():
            assert entry == {"mean": 0.5, "low": 0.5, "high": 0.5, "seeds": 3}


def test_each_recipe_is_asked_what_it_can_answer():
    assert set(control.parts("modern")) == {"judges", "inverted"}
    assert set(control.parts("modern_clusters")) == {"judges"}
    every = {"judges", "asked", "taught", "inverted"}
    assert set(control.parts("modern_labels")) == every


def test_the_clock_counts_the_processor_and_stops_when_the_program_must():
    asked = []
    run = SimpleNamespace(history=SimpleNamespace(seconds=40.0), seconds=None)
    run.asked = SimpleNamespace(set=lambda: asked.append(1))
    clock = control.Clock(time.monotonic() + 60)
    clock.start(run)
    time.sleep(0.3)  # costs no processor time
    clock.step(run)
    assert 40 <= run.seconds < 40.2 and not asked
    clock.end_at = time.monotonic() - 1
    clock.step(run)
    assert asked


def test_fakes_teach_with_the_labels_that_they_were_asked_for(monkeypatch):
    given = {}
    monkeypatch.setattr(control, "taught", lambda *a: given.update(zip("xyz", a)))
    G = RECIPES["modern_labels"].G(latent_dim=STYLE + 10).eval()
    control.taught_by_fakes(G, STYLE + 10, {"fakes": 40, "epochs": 1})
    z = torch.randn(
        40, STYLE + 10, generator=torch.Generator().manual_seed(control.SAMPLE_SEED + 2)
    )
    assert torch.equal(given["y"], G.label(z)) and given["x"].shape == (40, 28, 28)
