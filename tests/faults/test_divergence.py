"""11 to 13: what training does with values that are no numbers, and odd settings."""

import json
from dataclasses import replace
from functools import partial

import apart
import pytest
import tiny_gan
import torch
from click.testing import CliRunner

from gan_utils import tricks
from gan_utils.callbacks.checkpoint import read
from gan_utils.cli import main
from gan_utils.data import Batches
from gan_utils.engine.history import History, TrainingDiverged
from gan_utils.gan import build, train_step
from gan_utils.losses import identity
from gan_utils.training import fit


def bad_loss(value, at, recipe, gan, real, z):
    logs = train_step(recipe, gan, real, z)
    if gan.step == at:
        logs["g_loss"] = logs["g_loss"] * value
    return logs


def bad_gradient(value, at, recipe, gan, real, z):
    """The loss stays finite; the weights of G do not."""
    if gan.step == at:
        next(gan.G.parameters()).register_hook(lambda grad: grad * value)
    return train_step(recipe, gan, real, z)


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
@pytest.mark.parametrize(
    "step, what", [(bad_loss, "g_loss became"), (bad_gradient, "G.net.0.weight is no")]
)
def test_a_value_that_is_not_finite_stops_the_run_and_keeps_the_last_good_save(
    tmp_path, value, step, what
):
    path = tmp_path / "c.pt"
    with pytest.raises(TrainingDiverged) as error:
        tiny_gan.train(path, step=partial(step, value, 6))
    assert what in str(error.value) and "at step 7" in str(error.value)
    assert "smaller learning rate" in str(error.value)
    content = read(path)
    assert content["state"]["step"] == 6 == len(content["history"]["g_loss"])
    for part in ("G", "D", "ema"):
        assert all(t.isfinite().all() for t in content["state"][part].values())
    tiny_gan.train(path, steps=8, resume=True)  # and goes on, with a good step


def test_a_rate_of_1000_stops_the_run_and_its_history_is_finite(tmp_path):
    path = tmp_path / "c.pt"
    rates = {"lr_G": 1e3, "lr_D": 1e3, "penalty": tricks.GradientPenalty()}
    wild = replace(tiny_gan.Recipe(), latent_dim=8, batch_size=16, **rates)
    with pytest.raises(TrainingDiverged, match=r"at step \d+\. Try a smaller"):
        tiny_gan.train(path, recipe=wild, steps=500)
    content = read(path)
    losses = torch.tensor([content["history"][n] for n in ("d_loss", "g_loss")])
    assert losses.isfinite().all() and content["state"]["step"] == losses.shape[1]


def lost_in_step_4(*words):
    """The command, on a recipe whose loss is NaN from then on."""
    from gan_utils import data
    from gan_utils.cli import trainer

    data.load = lambda name: tiny_gan.DIGITS
    step = partial(bad_loss, torch.nan, 4)
    trainer.RECIPES["mlp"] = replace(tiny_gan.Recipe(), update=step)
    apart.command(*words)


def test_the_command_says_it_in_one_line_and_leaves_valid_json_only(tmp_path):
    words = ("train", "mlp", "--steps", 9, "--out", tmp_path)
    log = tmp_path / "log"
    code, said = apart.finish(log, lost_in_step_4, *words, "--precision", "fp32")
    assert code == 1 and said.splitlines()[-1].startswith("Error: g_loss became nan")
    assert "Traceback" not in said
    assert not (tmp_path / "generator.safetensors").exists()
    for line in (tmp_path / "progress.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)


def test_rows_before_a_bad_one_stay_and_are_valid_json():
    history = History()
    for value in (1.0, 2.0, float("nan")):
        history.append({"g_loss": torch.tensor(value)}, value)
    with pytest.raises(TrainingDiverged, match="g_loss became nan at step 3"):
        history.flush()
    assert json.loads(json.dumps(history.thinned(), allow_nan=False))["step"] == [1, 2]


# --- 12: odd settings ----------------------------------------------------------------


def batches(**options):
    sizes = {"batch_size": 16, "latent_dim": 8, "seed": 0, **options}
    return Batches(tiny_gan.IMAGES, **sizes)


def test_zero_epochs_change_nothing_and_leave_a_checkpoint(tmp_path):
    gan, history = tiny_gan.train(tmp_path / "c.pt", steps=0)
    fresh = build(tiny_gan.RECIPE, seed=0).G.state_dict()
    assert gan.step == len(history) == 0 == read(tmp_path / "c.pt")["state"]["step"]
    assert all(torch.equal(t, fresh[name]) for name, t in gan.G.state_dict().items())
    assert len(fit(tiny_gan.RECIPE.step, gan, batches(), epochs=0)) == 0


def test_one_image_and_batch_normalisation_is_explained():
    gan = build(tiny_gan.RECIPE, seed=0)
    with pytest.raises(ValueError, match="one image has none: choose a batch size of"):
        fit(tiny_gan.RECIPE.step, gan, batches(batch_size=1), steps=1)


def test_one_image_without_batch_normalisation_trains():
    recipe = replace(tiny_gan.RECIPE, change_G=identity)
    gan = build(recipe, seed=0)
    assert len(fit(recipe.step, gan, batches(batch_size=1), steps=2))


@pytest.mark.parametrize("seed", [-1, 2**63, 2**70, None, 1.5, "0"])
def test_a_seed_that_cannot_be_is_refused_by_value(seed):
    for use in (lambda: batches(seed=seed), lambda: build(tiny_gan.RECIPE, seed=seed)):
        with pytest.raises(ValueError, match="is not an integer from 0 to 2.63 - 1"):
            use()


def test_the_largest_seed_works():
    build(tiny_gan.RECIPE, seed=2**63 - 1)
    real, z = batches(seed=2**63 - 1)(0)
    assert real.shape == (16, 1, 28, 28) and z.isfinite().all()


@pytest.mark.parametrize("seed", [-1, 2**70])
def test_the_command_refuses_such_a_seed_in_one_line(tmp_path, monkeypatch, seed):
    monkeypatch.setattr("gan_utils.data.load", lambda name: tiny_gan.DIGITS)
    words = ["train", "mlp", "--steps", "1", "--seed", str(seed)]
    words += ["--precision", "fp32", "--out", str(tmp_path / "run")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2 and isinstance(done.exception, SystemExit)
    assert f"'--seed': {seed} is not in the range 0<=x<=" in done.output
    assert not (tmp_path / "run").exists()
