import json
import re

from test_training import Counting, log_batch, model

from gan_utils.callbacks.progress import LoopProgress, Progress
from gan_utils.engine.history import History
from gan_utils.training import Run, fit


def losses(model, number):
    return {"d_loss": number, "g_loss": number / 2}


def test_a_line_per_epoch_with_the_means_of_that_epoch(capsys):
    fit(losses, model(), Counting(), epochs=3, callbacks=[Progress()])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("epoch   1/3  d_loss 4.50  g_loss 2.25")
    assert lines[1].startswith("epoch   2/3  d_loss 14.50  g_loss 7.25")
    assert re.fullmatch(r"about \d+ s to go \(\d+ ms a step, 30 steps\)", lines[2])
    assert lines[-1].startswith("epoch   3/3  d_loss 24.50")


def test_slow_first_steps_do_not_spoil_the_estimate():
    said, trained = [], model()
    watch, history = Progress(say=said.append), History()
    run = Run(trained, Counting(), history, total=1025)
    watch.start(run)
    for trained.step in range(1, 26):
        run.seconds += 3.0 if trained.step <= 2 else 0.1
        watch.step(run)
    assert said == ["about 100 s to go (100 ms a step, 1025 steps)"]


def test_long_runs_print_about_twelve_lines(capsys):
    fit(losses, model(), Counting(), epochs=60, callbacks=[Progress()])
    epochs = [line for line in capsys.readouterr().out.splitlines() if "epoch" in line]
    assert len(epochs) == 12 and epochs[-1].startswith("epoch  60/60")


def test_every_line_reaches_the_file(tmp_path, capsys):
    path = tmp_path / "deep" / "progress.jsonl"
    fit(losses, model(), Counting(), epochs=3, callbacks=[Progress(path)])
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["text"] for line in lines] == capsys.readouterr().out.splitlines()
    assert [line["step"] for line in lines] == [10, 20, 25, 30]
    assert all(line["steps"] == 30 for line in lines)


def test_runs_without_known_losses_print_too(capsys):
    fit(log_batch, model(), Counting(), epochs=1, callbacks=[Progress()])
    assert re.fullmatch(r"epoch   1/1  \d+ s\n", capsys.readouterr().out)


def test_ticker_counts_and_estimates(tmp_path):
    tick = LoopProgress(2, tmp_path / "progress.jsonl")
    tick("first")
    tick("second")
    texts = [json.loads(line)["text"] for line in (tmp_path / "progress.jsonl").open()]
    assert re.fullmatch(r"1/2  first  about \d+ s to go", texts[0])
    assert re.fullmatch(r"2/2  second  \d+ s", texts[1])


def test_a_loop_of_ones_own_counts_its_steps_and_ends_with_the_budget(
    tmp_path, monkeypatch, capsys
):
    tick = LoopProgress(1000, tmp_path / "progress.jsonl")
    assert not tick("d_loss 1.2", 200)
    monkeypatch.setenv("GAN_DEADLINE", "1")  # long ago
    assert tick("d_loss 1.1", 400)
    assert (
        "budget spent: training ended at step 400 of 1,000" in capsys.readouterr().out
    )
    last = json.loads((tmp_path / "progress.jsonl").read_text().splitlines()[-1])
    assert (last["step"], last["steps"]) == (400, 1000)


def test_an_estimate_that_turns_out_wrong_is_told_again(tmp_path):
    said, trained = [], model()
    watch = Progress(tmp_path / "progress.jsonl", say=said.append)
    run = Run(trained, Counting(), History(), total=1000)  # 10 steps an epoch
    watch.start(run)
    for trained.step in range(1, 401):
        run.seconds += 0.1 if trained.step <= 100 else 0.6  # others come to the machine
        watch.step(run)
    assert said[0] == "about 98 s to go (100 ms a step, 1000 steps)"
    assert [line[:9] for line in said if "to go" in line] == ["about 98 ", "epoch  18"]
    assert said[2].endswith("58 s, about 446 s to go")
    last = json.loads((tmp_path / "progress.jsonl").read_text().splitlines()[-1])
    assert last["step"] == 360 and last["left"] == 384
