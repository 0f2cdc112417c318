"""A GPU that is not there, is elsewhere, or is full."""

import dataclasses

import pytest
import torch
import torch._dynamo  # it looks at what `no_gpu` replaces, so it comes first
from click.testing import CliRunner

from gan_utils import recipes
from gan_utils.callbacks import checkpoint
from gan_utils.cli import main
from gan_utils.config import choose_device
from gan_utils.engine.history import History
from gan_utils.gan import build
from gan_utils.lesson import lesson


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def train(*words):
    words = ["train", "mlp", "--dataset", "offline", "--precision", "fp32", *words]
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_gpu_that_is_not_there_is_refused_with_what_is(no_gpu, tmp_path):
    with pytest.raises(ValueError, match="'cuda' is not available; there is cpu$"):
        choose_device("cuda")
    done = train("--device", "cuda", "--steps", 1, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert done.output == "Error: device='cuda' is not available; there is cpu\n"
    assert not (tmp_path / "out").exists()


def test_auto_without_a_gpu_is_the_cpu_and_says_so(no_gpu, tmp_path, capsys):
    assert choose_device("auto") == ("cpu", "no GPU found")
    out = {"out_dir": str(tmp_path), "dataset": "offline", "profile": "smoke"}
    assert lesson("02_vanilla_gan", device="auto", **out).device == "cpu"
    (line,) = [x for x in capsys.readouterr().out.splitlines() if x[:6] == "device"]
    assert line.split()[1] == "cpu" and "thread" in line  # one or more
    done = train("--device", "auto", "--steps", 1, "--out", tmp_path / "out")
    assert done.exit_code == 0 and "; cpu, fp32" in done.output


def test_a_checkpoint_from_a_gpu_loads_without_one(no_gpu, tmp_path, monkeypatch):
    gan, path = build(recipes.RECIPES["mlp"], seed=0), tmp_path / "c.pt"
    with monkeypatch.context() as patch:  # torch notes where each tensor lay
        patch.setattr(torch.serialization, "location_tag", lambda storage: "cuda:0")
        checkpoint.save(path, gan, History())
        torch.save(gan.G.state_dict(), tmp_path / "plain.pt")
    with pytest.raises(RuntimeError, match="CUDA"):  # so the marks are there
        torch.load(tmp_path / "plain.pt", weights_only=True)
    other = build(recipes.RECIPES["mlp"], seed=1)
    checkpoint.resume(path, other, History())
    for name, weights in gan.G.state_dict().items():
        assert torch.equal(weights, other.G.state_dict()[name])
        assert other.G.state_dict()[name].device.type == "cpu"


def test_a_full_gpu_ends_with_advice_and_keeps_the_last_checkpoint(
    tmp_path, monkeypatch
):
    recipe = recipes.RECIPES["mlp"]
    words = ["--steps", 4, "--out", tmp_path]

    def full_at_3(row, gan, real, z):
        if gan.step == 3:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate")
        return recipe.update(row, gan, real, z)

    def eager(self, *args, **options):
        before(self, *args, **options)
        self.every = 0  # a checkpoint at every step

    before = checkpoint.Checkpoint.__init__
    monkeypatch.setattr(checkpoint.Checkpoint, "__init__", eager)
    with monkeypatch.context() as patch:
        row = dataclasses.replace(recipe, update=full_at_3)
        patch.setitem(recipes.RECIPES, "mlp", row)
        done = train(*words)
    (last,) = [x for x in done.output.splitlines() if x.startswith("Error: ")]
    assert done.exit_code == 1 and "Traceback" not in done.output
    assert "memory of the GPU is full" in last and "smaller batch size" in last
    assert checkpoint.read(tmp_path / "checkpoint.pt")["state"]["step"] == 3
    again = train(*words, "--resume")
    assert again.exit_code == 0 and "going on from step 3" in again.output
