"""Two processes train one GAN: the same as one does, and after a death the same bits.

Real processes under torchrun, on 127.0.0.1 and without a GPU.
"""

import json
import os
import signal
import subprocess
import sys

import pytest
import torch
from same import assert_same

from gan_utils.callbacks.checkpoint import read
from gan_utils.data import Batches
from gan_utils.engine import ranks
from gan_utils.engine.distributed import Slices

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
IMAGES = torch.randint(0, 256, (96, 28, 28), dtype=torch.uint8)
GENERATOR = "generator.safetensors"

# `train` with a checkpoint at every step and a rank that does something at a step:
# PLAN is {"rank": r, "step": k, "signal": s}. A recipe "small" is there, too, which has
# all that has running averages: batch norm, spectral norm, an average of G, dropout.
PROGRAM = """
import json, os, signal, sys
from dataclasses import replace
from gan_utils import gan, recipes, training, tricks
from gan_utils.cli import main

recipes.RECIPES["small"] = replace(
    gan.Recipe(), ema_images=100, change_G=tricks.batch_norm,
    change_D=lambda net: tricks.spectral(tricks.dropout(net)))
original, plan = training.fit, json.loads(os.environ["PLAN"])
mine = plan and int(os.environ["RANK"]) == plan["rank"]
first_life = os.environ["TORCHELASTIC_RESTART_COUNT"] == "0"

def fit(step, model, *args, **options):
    options["callbacks"][0].every = 0
    def watched(*inner):
        if mine and first_life and model.step == plan["step"]:
            os.kill(os.getpid(), plan["signal"])
        return step(*inner)
    return original(watched, model, *args, **options)

training.fit = fit
main()
"""


def command(recipe, out, *more):
    words = ["train", recipe, "--dataset", "offline", "--precision", "fp32"]
    return [*words, "--out", str(out), *map(str, more)]


def torchrun(words, *, n=2, program=("-m", "gan_utils"), plan=None, more=()):
    """Run `words` in n ranks. Returns the finished process."""
    line = [*TORCHRUN, "--nproc-per-node", str(n), *more, *program, *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PLAN": json.dumps(plan)}
    options = {"capture_output": True, "text": True, "timeout": 150}
    return subprocess.run(line, env=environment, **options)


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    file = tmp_path_factory.mktemp("program") / "watched.py"
    file.write_text(PROGRAM)
    return [str(file)]


def one_process(out, *more):
    line = [sys.executable, "-m", "gan_utils", *command("mlp", out, *more)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(300)
def test_two_ranks_learn_what_one_process_learns_and_rank_0_tells_it(tmp_path):
    """fp32 without batch norm: the same to 1e-5, the order of sums is what differs."""
    done = torchrun(command("mlp", tmp_path / "two", "--steps", 20))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("mlp on offline digits") == 1
    assert done.stdout.count("result in") == 1
    one_process(tmp_path / "one", "--steps", 20, "--threads", 1)
    one, two = (read(tmp_path / name / "checkpoint.pt") for name in ("one", "two"))
    for name in ("d_loss", "g_loss"):
        assert two["history"][name] == pytest.approx(one["history"][name], rel=1e-5)
    for player in "GD":
        for name, weights in one["state"][player].items():
            error = (weights - two["state"][player][name]).norm() / weights.norm()
            assert error < 1e-5, (player, name)
    meta = json.loads((tmp_path / "two" / "meta.json").read_text())
    assert meta["processes"] == 2 and meta["steps"] == 20


@pytest.mark.timeout(300)
def test_one_rank_is_one_process_to_the_bit(tmp_path):
    words = ["--steps", 6, "--threads", 1]
    done = torchrun(command("mlp", tmp_path / "rank", *words), n=1)
    assert done.returncode == 0, done.stderr
    one_process(tmp_path / "one", *words)
    one, rank = ((tmp_path / name / GENERATOR) for name in ("one", "rank"))
    assert one.read_bytes() == rank.read_bytes()


@pytest.mark.timeout(400)
@pytest.mark.parametrize("recipe", ["mlp", "small"])
def test_a_rank_that_is_killed_and_restarted_changes_no_bit(tmp_path, program, recipe):
    whole, cut = (command(recipe, tmp_path / name, "--steps", 14) for name in "wc")
    done = torchrun(whole, program=program)
    assert done.returncode == 0, done.stderr
    plan = {"rank": 1, "step": 7, "signal": signal.SIGKILL}
    more = ["--max-restarts", "1"]
    done = torchrun(cut, program=program, plan=plan, more=more)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("going on from step") == 1
    assert (tmp_path / "w" / GENERATOR).read_bytes() == (
        tmp_path / "c" / GENERATOR
    ).read_bytes()
    whole, cut = (read(tmp_path / name / "checkpoint.pt") for name in "wc")
    assert cut["state"]["step"] == 14
    assert_same(whole["state"], cut["state"])
    assert all(whole["history"][n] == cut["history"][n] for n in ("d_loss", "g_loss"))


@pytest.mark.timeout(200)
def test_without_a_restart_a_lost_rank_ends_the_run_and_keeps_the_checkpoint(
    tmp_path, program
):
    plan = {"rank": 1, "step": 7, "signal": signal.SIGKILL}
    words = command("mlp", tmp_path, "--steps", 14)
    done = torchrun(words, program=program, plan=plan)
    assert done.returncode == 1 and "result in" not in done.stdout
    assert read(tmp_path / "checkpoint.pt")["state"]["step"] in (6, 7)


@pytest.mark.timeout(200)
@pytest.mark.parametrize("rank", [0, 1])
def test_ctrl_c_in_one_rank_stops_all_of_them_after_the_same_step(
    tmp_path, program, rank
):
    plan = {"rank": rank, "step": 7, "signal": signal.SIGINT}
    done = torchrun(
        command("mlp", tmp_path, "--steps", 500), program=program, plan=plan
    )
    assert "interrupted at step 8" in done.stdout
    assert done.stdout.count("result in") == 1
    assert read(tmp_path / "checkpoint.pt")["state"]["step"] == 8
    assert "exitcode  : 130" in done.stderr


@pytest.mark.timeout(200)
def test_the_clock_ends_all_ranks_together(tmp_path):
    done = torchrun(command("mlp", tmp_path, "--seconds", 1))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("time is up at step") == 1


# Left alive, gloo's threads can abort a rank that has done all its work.
ENDING = """
import weakref
import torch
import torch.distributed as dist
from gan_utils.engine import distributed

with distributed.joined("cpu"):
    group = weakref.ref(dist.group.WORLD)
    weight = torch.ones(1, requires_grad=True)
    weight.sum().backward()
    torch.optim.Adam([weight]).step()
print("alive:", group() is not None)
"""


@pytest.mark.timeout(200)
def test_the_group_of_the_ranks_ends_with_the_training(tmp_path):
    (tmp_path / "ending.py").write_text(ENDING)
    done = torchrun([], program=[str(tmp_path / "ending.py")])
    assert done.returncode == 0 and done.stdout.count("alive: False") == 2, done.stdout


@pytest.mark.timeout(200)
def test_a_batch_that_cannot_be_split_is_wrong_use_told_once(tmp_path):
    done = torchrun(command("mlp", tmp_path, "--steps", 2), n=3)
    message = "Error: a batch of 64 cannot be split evenly among 3 processes\n"
    assert done.stderr.count(message) == 1 and "exitcode  : 2" in done.stderr
    assert not list(tmp_path.iterdir())


def batches(size=16):
    return Batches(IMAGES, batch_size=size, latent_dim=8, seed=3)


def test_the_slices_of_all_ranks_are_the_batch_of_one_process():
    for step in (0, 7):
        parts = [Slices(batches(), rank, 4)(step) for rank in range(4)]
        for whole, slices in zip(batches()(step), zip(*parts)):
            assert torch.equal(torch.cat(slices), whole)
            assert len(slices[0]) == 4


def test_ranks_draw_other_noise_and_rank_0_that_of_one_process():
    seeds = [Slices(batches(), rank, 4).seed for rank in range(4)]
    assert seeds[0] == 3 and len(set(seeds)) == 4


def test_slices_of_unequal_size_are_refused():
    with pytest.raises(ValueError, match="a batch of 16 cannot .* among 3 processes"):
        Slices(batches(), 0, 3)


TWO = {
    "TORCHELASTIC_RUN_ID": "x",
    "RANK": "1",
    "LOCAL_RANK": "1",
    "WORLD_SIZE": "2",
    "LOCAL_WORLD_SIZE": "2",
}


def test_threads_are_shared_unless_the_reader_chose_them(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 12)
    assert ranks.threads() is None  # without torchrun
    for name, value in TWO.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # as torchrun sets it
    assert ranks.threads() == 6
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert ranks.threads() is None


def test_numbers_of_another_launcher_are_not_those_of_torchrun(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "8")
    monkeypatch.setenv("RANK", "5")
    assert (ranks.rank(), ranks.count(), ranks.restarts()) == (0, 1, 0)
