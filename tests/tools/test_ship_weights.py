"""What is shipped names the command that makes it again, bit by bit."""

import json
import shlex
import sys

import pytest
import ship_weights
import torch
from safetensors.torch import load_file

from gan_utils.callbacks import checkpoint
from gan_utils.cli.train import train
from gan_utils.support import paths

META = {"recipe": "modern", "seed": 0, "device": "cpu", "precision": "bf16"}
META |= {"threads": 1, "steps": 11632, "dataset": "MNIST", "stopped": ""}
META |= {"command": "python -m gan_utils train modern"}
HOW = "--device cpu --precision bf16 --threads 1"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, f"modern --steps 11632 {HOW}"),
        (
            {"command": "python benchmarks/kept.py modern"},
            f"modern --steps 11632 {HOW}",
        ),
        ({"seconds": 300}, f"modern --steps 11632 {HOW}"),
        ({"epochs": 13, "seed": 4}, f"modern --epochs 13 {HOW} --seed 4"),
        ({"recipe": "mlp", "seconds": 20}, f"mlp --seconds 20 {HOW}"),
    ],
    ids=["steps", "milestones kept", "seconds", "epochs", "rates follow the clock"],
)
def test_the_command_says_what_the_training_was(changes, words):
    assert (
        ship_weights.repeating(META | changes) == f"python -m gan_utils train {words}"
    )


@pytest.fixture
def places(monkeypatch, tmp_path):
    """Shipped weights lie in a folder of the test's own."""
    monkeypatch.setattr(paths, "weights_dir", lambda: tmp_path / "weights")
    return tmp_path


def test_what_a_busy_machine_made_is_not_shipped(places):
    (places / "meta.json").write_text(json.dumps(META | {"steps_on_one_thread": 8}))
    with pytest.raises(SystemExit, match="its threads changed"):
        ship_weights.ship("modern", places)
    assert not (places / "weights").exists()


def run(monkeypatch, command, out):
    """Run a command line of `train` here, into the folder `out`."""
    words = [*shlex.split(command)[3:], "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["gan_utils/__main__.py", *words])
    train.main(words[1:], standalone_mode=False)
    return json.loads((out / "meta.json").read_text())


def test_the_stored_command_repeats_the_weights_bit_by_bit(monkeypatch, places):
    typed = "python -m gan_utils train modern_labels --seconds 0.3 --threads 1"
    first = run(monkeypatch, f"{typed} --device cpu", places / "first")
    ship_weights.ship("modern_labels", places / "first")
    shipped = json.loads((places / "weights/modern_labels/meta.json").read_text())
    assert f"--steps {first['steps']} " in shipped["command"]
    again = run(monkeypatch, shipped["command"], places / "again")
    assert again["steps"] == first["steps"]
    one, other = (
        load_file(places / name / "generator.safetensors")
        for name in ("first", "again")
    )
    assert all(torch.equal(one[name], other[name]) for name in one)
    state = checkpoint.read(places / "again" / "checkpoint.pt")["state"]["D"]
    D = load_file(places / "weights/modern_labels/discriminator.safetensors")
    assert D.keys() == state.keys()
    assert all(torch.equal(D[name], state[name].half()) for name in D)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dataset": "offline digits"}, "MNIST only"),
        ({"stopped": "interrupted"}, "end"),
    ],
)
def test_what_cannot_be_repeated_is_not_shipped(changes, said, places):
    folder = places / "run"
    folder.mkdir()
    (folder / "meta.json").write_text(json.dumps(META | changes))
    with pytest.raises(SystemExit, match=said):
        ship_weights.ship("modern", folder)
    assert not (places / "weights").exists()
