import io
import json

import pytest

from classroom.runner import console


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
    assert console.last_text(progress) == "epoch 2/3"
    assert console.last_text(tmp_path / "none.jsonl") == ""


def test_what_an_earlier_run_has_left_is_no_progress(progress):
    written = progress.stat().st_mtime
    assert console.last_text(progress, since=written) == "epoch 2/3"
    assert console.last_text(progress, since=written + 1) == ""


def test_progress_is_one_line_without_control_characters(tmp_path):
    path = tmp_path / "progress.jsonl"
    path.write_text(json.dumps({"text": "a\nb\r\tc"}) + "\n")
    assert console.last_text(path) == "a b c"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (75.4, "1:15"), (3600, "60:00")]
)
def test_a_clock_counts_minutes_and_seconds(seconds, text):
    assert console.clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2, "about 5 s"), (41, "about 40 s"), (170, "about 3 minutes")],
)
def test_an_estimate_is_round(seconds, text):
    assert console.about(seconds) == text


def test_on_a_terminal_the_line_is_rewritten_in_place_and_fits(progress, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    stream = Terminal()
    with console.Line("02_train", 90, progress, stream=stream) as line:
        line.on_cell(4)
        line._show()
        line.finish("passed   0:01")
    text = stream.getvalue()
    assert text.count("\n") == 1 and text.endswith("passed   0:01\n")
    pieces = text.split("\r\x1b[K")[1:-1]
    assert pieces[-1] == "  02_train  0:00 of about 1:30  cell 4  "[:39]
    assert all(len(piece) < 40 for piece in pieces)


def test_elsewhere_lines_are_plain(progress):
    stream = io.StringIO()
    with console.Line("02_train", None, progress, width=10, stream=stream) as line:
        line.finish("failed")
    first, last = stream.getvalue().splitlines()
    assert first == "  02_train    0:00  starting  epoch 2/3"
    assert last == "  02_train    failed"


def test_the_line_follows_the_progress_by_itself(progress, monkeypatch):
    monkeypatch.setattr(console, "TICK", 0.01)
    monkeypatch.setattr(console, "PLAIN_EVERY", 0.02)
    stream = io.StringIO()
    with console.Line("02_train", None, progress, stream=stream) as line:
        while stream.getvalue().count("\n") < 3:
            line.on_cell(7)
    assert "cell 7  epoch 2/3" in stream.getvalue()
