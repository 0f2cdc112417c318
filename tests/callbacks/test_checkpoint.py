import os
import pickle
import signal
import warnings
from dataclasses import replace

import pytest
import torch
from same import assert_same

from gan_utils import tricks
from gan_utils.callbacks import checkpoint
from gan_utils.callbacks.checkpoint import Checkpoint, CheckpointError, sealed
from gan_utils.callbacks.progress import Snapshots
from gan_utils.data import Batches
from gan_utils.engine.history import History
from gan_utils.gan import Recipe, build
from gan_utils.training import Callback, fit, linear_decay

IMAGES = torch.randint(0, 256, (96, 28, 28), dtype=torch.uint8)
RECIPE = (
    replace(  # everything that has a state: EMA, batch norm, dropout, spectral norm
        Recipe(),
        ema_images=100,
        change_G=tricks.batch_norm,
        change_D=lambda net: tricks.spectral(tricks.dropout(net)),
        before_D=tricks.InstanceNoise(0.1),
    )
)


class CtrlC(Callback):
    """Presses Ctrl-C when a step is done."""

    def __init__(self, at):
        self.at = at

    def step(self, run):
        if run.model.step == self.at:
            os.kill(os.getpid(), signal.SIGINT)


def run(path, steps, *, resume=False, config=None, stop_at=None):
    gan = build(RECIPE, seed=0)
    batches = Batches(IMAGES, batch_size=16, latent_dim=64, seed=0)
    snapshots = Snapshots(torch.ones(4, 64))
    saver = Checkpoint(
        path, resume=resume, config=config, extra={"snapshots": snapshots}
    )
    history = fit(
        RECIPE.step,
        gan,
        batches,
        steps=steps,
        schedule=linear_decay,
        callbacks=[saver, snapshots, CtrlC(stop_at)],
    )
    return gan, history, snapshots


def columns(history):
    return {name: list(history[name]) for name in history.names if name != "seconds"}


def test_resumed_run_is_identical_to_the_unbroken_one(tmp_path):
    whole, whole_history, pictures = run(tmp_path / "whole.pt", 12)
    assert run(tmp_path / "cut.pt", 12, stop_at=5)[0].step == 5
    again, history, snapshots = run(tmp_path / "cut.pt", 12, resume=True)
    assert again.step == 12
    assert_same(checkpoint.state_of(again), checkpoint.state_of(whole))
    assert columns(history) == columns(whole_history)
    assert snapshots.steps == pictures.steps and len(snapshots.steps) > 5
    assert (snapshots.images == pictures.images).all()


def test_without_resume_a_run_starts_anew(tmp_path):
    first, _, _ = run(tmp_path / "c.pt", 3)
    second, _, _ = run(tmp_path / "c.pt", 3)
    assert second.step == 3
    assert_same(checkpoint.state_of(first), checkpoint.state_of(second))


def saved(tmp_path):
    path = tmp_path / "c.pt"
    gan, history, _ = run(path, 2, config={"seed": 0})
    return path, gan, history


@pytest.mark.parametrize("keep", [0, 10, 60, -10])
def test_truncated_file_is_refused_by_name(tmp_path, keep):
    path, *_ = saved(tmp_path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match="c.pt"):
        checkpoint.read(path)


@pytest.mark.parametrize("where", [12, 60, 5000, -5000, -700, -60, -1])
def test_one_flipped_bit_is_noticed(tmp_path, where):
    """Also at -700, in the zip directory, which the sums of torch leave out."""
    path, *_ = saved(tmp_path)
    data = bytearray(path.read_bytes())
    data[where] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="c.pt is damaged or no checkpoint"):
        checkpoint.read(path)


def test_a_checkpoint_is_an_ordinary_file_of_torch(tmp_path):
    path, gan, _ = saved(tmp_path)
    state = torch.load(path, weights_only=True)["state"]
    assert_same(state, checkpoint.state_of(gan))


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def test_pickle_that_runs_code_is_refused_even_with_a_right_checksum(tmp_path):
    path = tmp_path / "evil.pt"
    torch.save({"state": Malicious(tmp_path / "owned")}, path, pickle_module=pickle)
    path.write_bytes(sealed(path.read_bytes()))
    with pytest.raises(CheckpointError, match="more than tensors"):
        checkpoint.read(path)
    assert not (tmp_path / "owned").exists()


def test_other_files_and_missing_files_are_named(tmp_path):
    (tmp_path / "x.pt").write_bytes(b"PK\x03\x04 something else")
    with pytest.raises(CheckpointError, match="x.pt is damaged or no checkpoint"):
        checkpoint.read(tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match="cannot read .*none.pt"):
        checkpoint.read(tmp_path / "none.pt")


def test_other_settings_are_refused_and_named(tmp_path):
    path, gan, history = saved(tmp_path)
    with pytest.raises(CheckpointError, match=r"seed 0 -> 1"):
        checkpoint.resume(path, gan, history, config={"seed": 1})


def test_other_network_is_refused_and_the_tensor_named(tmp_path):
    path, *_ = saved(tmp_path)
    other = build(replace(RECIPE, latent_dim=32), seed=0)
    with pytest.raises(CheckpointError, match=r"G.net.0.weight has shape \(256, 64\)"):
        checkpoint.resume(path, other, History(), config={"seed": 0})


def test_other_thread_count_is_a_warning(tmp_path):
    path, gan, history = saved(tmp_path)
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        with pytest.warns(UserWarning, match="not bit-identical"):
            checkpoint.resume(path, gan, history, config={"seed": 0})
    finally:
        torch.set_num_threads(before)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checkpoint.resume(path, gan, history, config={"seed": 0})


def test_failed_write_keeps_the_old_checkpoint_and_no_rest(tmp_path, monkeypatch):
    path, gan, history = saved(tmp_path)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        CheckpointError, match=r"c.pt: No space left on device \(\d+ MB free\)"
    ):
        checkpoint.save(path, gan, history)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == [
        "c.pt"
    ]
