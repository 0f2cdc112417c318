"""The generators that benchmarks/kept.py keeps on the way."""

import json
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import kept
import torch
from kept import Milestones
from safetensors.torch import load as load_tensors

from gan_utils import training
from gan_utils.callbacks.checkpoint import Checkpoint
from gan_utils.cli.trainer import Training
from gan_utils.data import Batches, load
from gan_utils.engine.history import History
from gan_utils.gan import Recipe, build
from gan_utils.models import MLPDiscriminator, MLPGenerator
from gan_utils.recipes import RECIPES
from gan_utils.training import Run, fit

IMAGES = torch.randint(0, 256, (70, 28, 28), dtype=torch.uint8)
RECIPE = Recipe(
    G=partial(MLPGenerator, hidden=4),
    D=partial(MLPDiscriminator, hidden=4),
    latent_dim=3,
    batch_size=16,
)


def train(folder, *, steps, resume=False):
    """A run that keeps milestones; its History."""
    batches = Batches(IMAGES, batch_size=16, latent_dim=3, seed=0)
    saver = Checkpoint(folder / "checkpoint.pt", resume=resume)
    how = {"steps": steps, "callbacks": [saver, Milestones(folder)]}
    return fit(RECIPE.step, build(RECIPE, seed=0), batches, **how)


def files(folder):
    names = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return sorted(name.as_posix() for name in names if name.suffix != ".pt")


def at_clock(milestones, run, seconds):
    run.model.step += 1
    run.seconds = seconds
    milestones.step(run)


def new_run():
    return Run(build(RECIPE, seed=0), None, History(), None)


def test_moments_double_and_hit_five_ten_and_twenty_minutes():
    moments = Milestones.MOMENTS
    assert moments[0] == 9.375 and {300, 600, 1200} <= set(moments)
    assert all(later == 2 * one for one, later in zip(moments, moments[1:]))


def test_a_milestone_is_kept_at_the_first_step_after_each_moment(tmp_path):
    run, milestones = new_run(), Milestones(tmp_path)
    milestones.start(run)
    for seconds in (9.0, 9.4, 9.9, 18.7, 80.0, 149.0, 150.0):
        at_clock(milestones, run, seconds)
    names = ["150s_7", "80s_5", "9s_2"]  # one file for the three moments up to 80 s
    assert files(tmp_path) == [f"milestones/{name}.safetensors" for name in names]


def test_milestones_hold_the_generator_in_half_precision(tmp_path):
    run, milestones = new_run(), Milestones(tmp_path)
    run.model.G.register_buffer("count", torch.tensor(7))
    milestones.start(run)
    at_clock(milestones, run, 10.0)
    state = load_tensors((tmp_path / "milestones/10s_1.safetensors").read_bytes())
    trained = run.model.G.state_dict()
    assert state.keys() == trained.keys() and state["count"] == 7
    for name in trained.keys() - {"count"}:
        assert state[name].dtype == torch.float16
        torch.testing.assert_close(
            state[name].float(), trained[name], rtol=1e-3, atol=1e-6
        )


def test_after_the_last_moment_nothing_more_is_kept(tmp_path):
    run, milestones = new_run(), Milestones(tmp_path)
    milestones.start(run)
    for seconds in (1e6, 2e6):
        at_clock(milestones, run, seconds)
    assert len(files(tmp_path)) == 1


def test_a_resumed_run_goes_on_with_the_moments_ahead(tmp_path, monkeypatch):
    ticks = iter(range(0, 1000, 5))  # each step takes 5 made-up seconds
    clock = SimpleNamespace(perf_counter=lambda: next(ticks))
    monkeypatch.setattr(training, "time", clock)
    train(tmp_path, steps=5)
    names = ["milestones/10s_2.safetensors", "milestones/20s_4.safetensors"]
    assert files(tmp_path) == names
    history = train(tmp_path, steps=8, resume=True)
    assert history.seconds == 40
    assert files(tmp_path) == [*names, "milestones/40s_8.safetensors"]


def test_what_is_kept_changes_nothing(tmp_path, monkeypatch):
    """The program makes the training of the recipe, and keeps milestones beside it."""
    short = replace(RECIPES["mlp"], steps=3)
    monkeypatch.setitem(RECIPES, "mlp", short)
    monkeypatch.setattr(Milestones, "MOMENTS", [1e-6])
    images = load("offline")
    kept.train("mlp", 0, images, tmp_path / "kept")
    meta = json.loads((tmp_path / "kept/meta.json").read_text())
    how = {"length": short.length} | {k: meta[k] for k in ("device", "precision")}
    Training("mlp", images, tmp_path / "plain", seed=0, **how).run()
    one, other = (
        (tmp_path / name / "generator.safetensors").read_bytes()
        for name in ("kept", "plain")
    )
    assert one == other
    assert len(files(tmp_path / "kept/milestones")) == 1
    assert not (tmp_path / "plain/milestones").exists()
