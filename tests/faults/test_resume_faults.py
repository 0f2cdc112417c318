"""5 to 10: checkpoints of another run, damaged, hostile or incomplete."""

import io
import time
import zipfile
from dataclasses import replace
from functools import partial

import pytest
import tiny_gan
import torch

from gan_utils.callbacks import checkpoint
from gan_utils.callbacks.checkpoint import CheckpointError, previous, read, sealed
from gan_utils.cli import trainer
from gan_utils.gan import build
from gan_utils.training import Callback


@pytest.fixture
def path(tmp_path):
    """The checkpoint of three steps; the one of two steps is the previous one."""
    tiny_gan.train(tmp_path / "c.pt", steps=3)
    return tmp_path / "c.pt"


def refused(path, **options):
    """The error of a resume, which must be one line that names the file."""
    with pytest.raises(CheckpointError) as error:
        tiny_gan.train(path, resume=True, **options)
    assert "\n" not in str(error.value) and path.name in str(error.value)
    return str(error.value)


def change(path, edit):
    """The checkpoint with its content edited, and a right checksum."""
    content = read(path)
    edit(content)
    buffer = io.BytesIO()
    torch.save(content, buffer)
    path.write_bytes(sealed(buffer.getvalue()))


# --- 5 -------------------------------------------------------------------------------


def train_recipe(monkeypatch, out, *, seed=0, **changes):
    monkeypatch.setitem(trainer.RECIPES, "mlp", replace(tiny_gan.RECIPE, **changes))
    how = {"length": {"steps": 2}, "device": "cpu", "precision": "fp32"}
    return trainer.Training("mlp", tiny_gan.DIGITS, out, seed=seed, **how).run()


def test_a_run_with_other_settings_is_refused_with_all_that_differ(
    tmp_path, monkeypatch
):
    train_recipe(monkeypatch, tmp_path)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    other = {"lr_G": 1e-3, "latent_dim": 4, "batch_size": 8}
    with pytest.raises(CheckpointError) as error:
        train_recipe(monkeypatch, tmp_path, seed=1, **other)
    told = "batch_size 16 -> 8, latent_dim 8 -> 4, lr_G 0.0005 -> 0.001, seed 0 -> 1"
    assert told in str(error.value) and "another folder" in str(error.value)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_the_weights_alone_may_start_a_run_with_other_settings(path):
    gan = build(replace(tiny_gan.RECIPE, lr_G=1e-3), seed=1)
    weights = read(path)["state"]["G"]
    gan.G.load_state_dict(weights)
    assert torch.equal(gan.G.state_dict()["net.0.weight"], weights["net.0.weight"])


# --- 6 -------------------------------------------------------------------------------


@pytest.mark.parametrize("key, old", [("torch", "1.0"), ("device", "cuda")])
def test_another_version_or_device_is_a_warning(path, key, old):
    change(path, lambda content: content.update({key: old}))
    with pytest.warns(UserWarning, match=f"saved with {old}.*not bit-identical"):
        gan, _ = tiny_gan.train(path, steps=4, resume=True)
    assert gan.step == 4


def test_the_device_is_no_setting_of_a_recipe(tmp_path, monkeypatch):
    """A run that began elsewhere goes on here."""
    train_recipe(monkeypatch, tmp_path)
    assert "device" not in read(tmp_path / "checkpoint.pt")["config"]


# --- 7 and 8 -------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [0, 10, 0.5, -10])
def test_a_cut_file_names_itself_and_the_save_before_it(path, cut):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * cut) if cut == 0.5 else cut])
    message = refused(path)
    assert f"{path} is " in message
    assert "rename c.previous.pt to c.pt" in message
    assert "miniz" not in message and "zip" not in message


class PowerCut(Callback):
    """Ends a run after its fourth step, before that is saved."""

    def step(self, run):
        if run.model.step == 4:
            raise RuntimeError("power cut")


def test_renamed_as_the_error_says_the_save_before_gives_the_same_bits(tmp_path):
    whole, path = tmp_path / "whole.pt", tmp_path / "c.pt"
    tiny_gan.train(whole, steps=5)
    with pytest.raises(RuntimeError, match="power cut"):
        tiny_gan.train(path, steps=5, watch=[PowerCut()])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="rename c.previous.pt to c.pt"):
        tiny_gan.train(path, steps=5, resume=True)
    previous(path).replace(path)
    gan, history = tiny_gan.train(path, steps=5, resume=True)
    assert (gan.step, len(history)) == (5, 5)
    assert tiny_gan.digests(path) == tiny_gan.digests(whole)


def test_without_a_save_before_the_error_says_train_again(path):
    previous(path).unlink()
    path.write_bytes(path.read_bytes()[:-1])
    assert "delete it and train again" in refused(path)


# --- 9 -------------------------------------------------------------------------------


def test_a_zip_that_would_write_elsewhere_writes_nothing(path):
    evil = path.parent.parent / "slipped"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("../slipped", "x")
        file.writestr("archive/../../slipped", "x")
    path.write_bytes(sealed(buffer.getvalue()))
    assert "refused" in refused(path)
    assert not evil.exists()


def test_a_tensor_that_declares_a_huge_size_is_refused_at_once(path):
    """Its pickle says 2^31 - 1 numbers (8 GB) where three are."""
    buffer, swollen = io.BytesIO(), io.BytesIO()
    torch.save({"state": torch.zeros(3)}, buffer)
    small, huge = b"K\x03t", b"J\xff\xff\xff\x7ft"  # BININT1 and BININT, end of tuple
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(swollen, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            assert not name.endswith("data.pkl") or small in data
            new.writestr(name, data.replace(small, huge))
    path.write_bytes(sealed(swollen.getvalue()))
    before = time.monotonic()
    assert "refused" in refused(path)
    assert time.monotonic() - before < 5


# --- 10 ------------------------------------------------------------------------------


def test_a_file_without_one_of_its_parts_says_which(path):
    change(path, lambda content: content.pop("history"))
    assert "lacks history" in refused(path)


def test_a_model_that_lacks_a_part_is_refused_unchanged(path):
    gan = build(replace(tiny_gan.RECIPE, ema_images=0), seed=0)
    with pytest.raises(CheckpointError, match="c.pt: ema .*the file has one"):
        checkpoint.resume(path, gan, None)
    assert gan.ema is None and gan.step == 0


def test_a_file_that_lacks_a_part_is_refused(path):
    change(path, lambda content: content["state"].pop("opt_D"))
    assert "opt_D" in refused(path) and "has none" in refused(path)


@pytest.mark.parametrize(
    "edit, told",
    [
        (
            lambda G: G.pop("net.0.weight"),
            "G.net.0.weight has shape None, the network needs (16, 8)",
        ),
        (
            lambda G: G.update(extra=torch.ones(3)),
            "G.extra has shape (3,), the network needs None",
        ),
    ],
)
def test_a_tensor_too_few_or_too_many_is_named_with_its_shape(path, edit, told):
    change(path, lambda content: edit(content["state"]["G"]))
    assert told in refused(path)


def test_a_refused_checkpoint_leaves_the_model_as_it_was(path):
    """The first network would fit; the second does not."""
    recipe = replace(tiny_gan.RECIPE, D=partial(tiny_gan.MLPDiscriminator, hidden=17))
    gan = build(recipe, seed=5)
    before = {name: t.clone() for name, t in gan.G.state_dict().items()}
    with pytest.raises(CheckpointError, match=r"D\.[\w.]+ has shape"):
        checkpoint.resume(path, gan, None)
    assert all(torch.equal(t, before[n]) for n, t in gan.G.state_dict().items())
