import io
import json

import build_notebooks
import pytest

from classroom.runner import terminal
from classroom.runner.plan import Job
from classroom.runner.terminal import Board, last_progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def progress(tmp_path):
    path = tmp_path / "progress.jsonl"
    lines = [json.dumps({"step": n, "text": f"epoch  {n}/3"}) for n in (1, 2)]
    path.write_text("\n".join(lines) + '\n{"step": 3, "te')  # cut in the middle
    return path


def test_the_last_whole_line_of_progress_is_shown(progress, tmp_path):
    assert last_progress(progress) == {"step": 2, "text": "epoch 2/3"}
    assert last_progress(tmp_path / "none.jsonl") == {}


def test_what_an_earlier_run_has_left_is_no_progress(progress):
    written = progress.stat().st_mtime
    slack = terminal.SLACK
    assert last_progress(progress, since=written)["text"] == "epoch 2/3"
    assert last_progress(progress, since=written + slack + 1) == {}


def test_progress_is_one_line_without_control_characters(tmp_path):
    path = tmp_path / "progress.jsonl"
    path.write_text(json.dumps({"text": "a\nb\r\tc"}) + "\n")
    assert last_progress(path)["text"] == "a b c"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (75.4, "1:15"), (3600, "60:00")]
)
def test_a_clock_counts_minutes_and_seconds(seconds, text):
    assert terminal.clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2, "about 5 s"), (41, "about 40 s"), (170, "about 3 minutes")],
)
def test_an_estimate_is_round(seconds, text):
    assert terminal.about(seconds) == text


def test_on_a_terminal_the_line_is_rewritten_in_place_and_fits(progress, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    stream = Terminal()
    with build_notebooks.Line("02_train", progress, stream=stream) as line:
        line.on_cell(4)
        line.show()
        line.finish("passed   0:01")
    text = stream.getvalue()
    assert text.count("\n") == 1 and text.endswith("passed   0:01\n")
    pieces = text.split("\r\x1b[K")[1:-1]
    assert pieces[-1] == "  02_train  0:00 cell 4 epoch 2/3"[:29]
    assert all(len(piece) < 30 for piece in pieces)


def test_elsewhere_lines_are_plain(progress):
    stream = io.StringIO()
    with build_notebooks.Line("02_train", progress, width=10, stream=stream) as line:
        line.finish("failed")
    first, last = stream.getvalue().splitlines()
    assert first == "  02_train    0:00 starting epoch 2/3"
    assert last == "  02_train    failed"


def test_the_line_follows_the_progress_by_itself(progress, monkeypatch):
    monkeypatch.setattr(build_notebooks.Line, "every", 0.01)
    monkeypatch.setattr(terminal, "PLAIN_EVERY", 0.02)
    stream = io.StringIO()
    with build_notebooks.Line("02_train", progress, stream=stream) as line:
        while stream.getvalue().count("\n") < 3:
            line.on_cell(7)
    assert "cell 7 epoch 2/3" in stream.getvalue()


@pytest.fixture
def jobs(tmp_path):
    return [
        Job(f"{name}.ipynb", {"seed": 1}, str(tmp_path / name))
        for name in ("02_train", "03_look")
    ]


def test_one_running_notebook_is_named_in_full_with_its_progress(jobs, tmp_path):
    board = Board(4, lambda: 170, stream=io.StringIO())
    board.started(jobs[0])
    assert board.text().endswith("seed-1/02_train 0:00 starting")
    board.on_cell(jobs[0], 7)
    (tmp_path / "02_train").mkdir()
    progress = tmp_path / "02_train/progress.jsonl"
    progress.write_text(json.dumps({"text": "epoch  2/3"}) + "\n")
    assert board.text() == (
        "0 of 4 done; about 3 minutes left | seed-1/02_train 0:00 cell 7 epoch 2/3"
    )


def test_several_are_named_in_short_and_what_failed_is_counted(jobs):
    board = Board(3, lambda: None, stream=io.StringIO())
    for job in jobs:
        board.started(job)
    assert "| 02 s1 0:00 starting | 03 s1" in board.text()
    board.ended(jobs[0], "failed   0:01", good=False)
    assert board.text().startswith("1 of 3 done, 1 not passed | seed-1/03_look")


def test_a_file_gets_plain_lines(jobs):
    stream = io.StringIO()
    with Board(1, lambda: None, stream=stream) as board:
        board.started(jobs[0])
        board.ended(jobs[0], "passed   0:01")
    lines = stream.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["seed-1/02_train"] * 2
    assert lines[1].endswith("passed   0:01") and "\r" not in stream.getvalue()


def test_a_terminal_keeps_what_ended_and_loses_what_ran(jobs, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    stream = Terminal()
    with Board(1, lambda: None, stream=stream) as board:
        board.started(jobs[0])
        board.show()
        board.ended(jobs[0], "passed   0:01")
    shown, ended, last = stream.getvalue().split("\r\x1b[K")[-3:]
    assert len(shown) == 29 and ended.endswith("passed   0:01\n") and last == ""
