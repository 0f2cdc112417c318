"""3 and 4: Ctrl-C and SIGTERM end the command after its step, with all it has."""

import json
import os
import signal
import time

import apart
import pytest

from gan_utils.callbacks.checkpoint import read
from gan_utils.results import load_result

WORDS = ("train", "mlp", "--steps", 10**6, "--dataset", "offline")


@pytest.mark.parametrize("sent, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_with_a_checkpoint_and_the_way_to_go_on(
    tmp_path, sent, code
):
    out, log = tmp_path / "run", tmp_path / "log"
    process = apart.start(
        log, apart.command, *WORDS, "--precision", "fp32", "--out", out
    )
    progress = out / "progress.jsonl"
    apart.wait_for(lambda: progress.exists() and progress.stat().st_size, process)
    before = time.monotonic()
    os.kill(process.pid, sent)
    process.join(20)
    assert time.monotonic() - before < 5 and process.exitcode == code
    step = read(out / "checkpoint.pt")["state"]["step"]
    assert f"interrupted at step {step}; saved in {out}" in log.read_text()
    assert "--resume" in log.read_text()
    assert json.loads((out / "meta.json").read_text())["stopped"] == "interrupted"
    assert load_result(out).steps[0] == 0


def test_sigterm_before_the_first_step_has_the_same_exit_code(tmp_path):
    process = apart.start(tmp_path / "log", waits_for_data, tmp_path)
    apart.wait_for((tmp_path / "waits").exists, process)
    os.kill(process.pid, signal.SIGTERM)
    process.join(30)  # a busy machine takes its time to say goodbye
    assert process.exitcode == 143


def waits_for_data(folder):
    """The command, at a data set that does not come."""
    from gan_utils import data

    def load(name):
        (folder / "waits").touch()
        time.sleep(60)

    data.load = load
    apart.command(*WORDS, "--out", folder / "run")
