"""Kill -9 in the middle of training, go on, and compare every byte."""

import os
import signal
import subprocess
import sys
import time

import pytest
from test_checkpoint import assert_same

from gan_utils.checkpoint import load

PROGRAM = """
import sys, time
from gan_utils import checkpoint, commands_train, training
original = training.fit

def slow(step, *args, **options):
    options["callbacks"][0].every = 0  # a checkpoint at every step
    def slowly(*inner):
        time.sleep(0.02)
        return step(*inner)
    return original(slowly, *args, **options)

training.fit = slow
from gan_utils.cli import main
main()
"""


def start(out, *more):
    command = [
        sys.executable,
        "-c",
        PROGRAM,
        "train",
        "mlp",
        "--steps",
        "40",
        "--out",
        str(out),
    ]
    options = ["--dataset", "offline", "--precision", "bf16", *more]
    return subprocess.Popen(
        command + options, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def kill_at(out, step, *more):
    process = start(out, *more)
    path = out / "checkpoint.pt"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if path.exists() and load(path)["state"]["step"] >= step:
            break
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    reached = load(path)["state"]["step"]
    assert step <= reached < 40
    return reached


@pytest.mark.timeout(300)
def test_killed_twice_and_resumed_is_byte_identical_to_the_unbroken_run(tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    unbroken = start(whole)
    first = kill_at(cut, 5)
    second = kill_at(cut, first + 5, "--resume")
    last = start(cut, "--resume")
    assert second > first
    for process in (unbroken, last):
        _, error = process.communicate(timeout=200)
        assert process.returncode == 0, error.decode()
    name = "generator.safetensors"
    assert (whole / name).read_bytes() == (cut / name).read_bytes()
    a, b = load(whole / "checkpoint.pt"), load(cut / "checkpoint.pt")
    assert a["state"]["step"] == b["state"]["step"] == 40
    assert_same(a["state"], b["state"])
    assert all(a["history"][n] == b["history"][n] for n in ("d_loss", "g_loss"))
