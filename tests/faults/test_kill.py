"""1 and 2 again, from outside and of the command: kill -9 twice, go on, compare."""

import os
import signal
import time

import apart
import pytest
from same import assert_same

from gan_utils.callbacks.checkpoint import read

WORDS = ("train", "mlp", "--steps", 24, "--dataset", "offline", "--precision", "bf16")


def slowly(*words):
    """The command, with pauses in its steps and a checkpoint after each."""
    from gan_utils.cli import trainer

    original = trainer.fit

    def slow(step, *args, **options):
        options["callbacks"][0].every = 0

        def step_and_wait(*inner):
            time.sleep(0.02)
            return step(*inner)

        return original(step_and_wait, *args, **options)

    trainer.fit = slow
    apart.command(*words)


def start(out, *more):
    return apart.start(out.with_suffix(".log"), slowly, *WORDS, "--out", out, *more)


def kill_at(out, step, *more):
    process = start(out, *more)
    path = out / "checkpoint.pt"
    apart.wait_for(
        lambda: path.exists() and read(path)["state"]["step"] >= step, process
    )
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    reached = read(path)["state"]["step"]
    assert step <= reached < 24
    return reached


@pytest.mark.timeout(300)
def test_killed_twice_and_resumed_is_byte_identical_to_the_unbroken_run(tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    unbroken = start(whole)
    first = kill_at(cut, 5)
    second = kill_at(cut, first + 3, "--resume")
    last = start(cut, "--resume")
    assert second > first
    for process, out in ((unbroken, whole), (last, cut)):
        process.join(200)
        assert process.exitcode == 0, out.with_suffix(".log").read_text()
    name = "generator.safetensors"
    assert (whole / name).read_bytes() == (cut / name).read_bytes()
    a, b = read(whole / "checkpoint.pt"), read(cut / "checkpoint.pt")
    assert a["state"]["step"] == b["state"]["step"] == 24
    assert_same(a["state"], b["state"])
    assert all(a["history"][n] == b["history"][n] for n in ("d_loss", "g_loss"))
