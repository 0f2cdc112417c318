import io
import json

import pytest

from classroom.runner.board import Board
from classroom.runner.plan import Job


class Terminal(io.StringIO):
    def isatty(self):
        return True


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
        "  0 of 4 done; about 3 minutes left | seed-1/02_train 0:00 cell 7 epoch 2/3"
    )


def test_several_are_named_in_short_and_what_failed_is_counted(jobs):
    board = Board(3, lambda: None, stream=io.StringIO())
    for job in jobs:
        board.started(job)
    assert "| 02 s1 0:00 starting | 03 s1" in board.text()
    board.ended(jobs[0], "failed   0:01", good=False)
    assert board.text().startswith("  1 of 3 done, 1 not passed | seed-1/03_look")


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
        board._show()
        board.ended(jobs[0], "passed   0:01")
    shown, ended, last = stream.getvalue().split("\r\x1b[K")[-3:]
    assert len(shown) == 29 and ended.endswith("passed   0:01\n") and last == ""
