"""The capstone: its file is checked field by field, and compared by both judges."""

import json

import nbformat
import pytest
from click.testing import CliRunner

from classroom import cli
from classroom.grading import capstone, feedback

WHOLE = {
    "recipe": "batch_size=64,\nema_images=10_000",
    "seeds": [0, 1, 2],
    "first": [2.0, 2.1, 2.2],
    "second": [2.2, 2.4, 2.6],
    "seconds": [120.0, 119.4, 120.3],
}


def scores(first, second):
    judges = {"first": first, "second": second}
    return {judge: {"metrics": {"fd": fd}} for judge, fd in judges.items()}


@pytest.fixture(autouse=True)
def published(monkeypatch):
    """Two published trainings of each rival, of which the first one counts."""
    runs = [
        {"recipe": "dcgan", **scores(2.69, 2.74)},
        {"recipe": "dcgan", **scores(0.1, 0.1)},
        {"recipe": "mlp", **scores(10.1, 10.5)},
    ]
    monkeypatch.setattr(capstone, "shipped_scores", lambda: {"runs": runs})


@pytest.fixture
def line(tmp_path):
    """A function (changed fields, or text) -> the line of ann.ipynb beside it."""

    def read(text=None, **changes):
        text = json.dumps(WHOLE | changes) if text is None else text
        (tmp_path / "capstone.json").write_text(text)
        return capstone.line(tmp_path / "ann.ipynb")

    return read


def test_the_line_has_the_name_the_numbers_and_what_was_beaten(line):
    assert line() == (
        "ann.ipynb: first judge 2.10 ± 0.10, second judge 2.40 ± 0.20, mlp beaten, "
        "dcgan beaten (batch_size=64, ema_images=10_000)"
    )


@pytest.mark.parametrize(
    "change", [{"first": [2.0, 2.1, 2.7]}, {"second": [2.2, 2.4, 2.75]}]
)
def test_one_training_that_is_farther_by_one_judge_beats_nobody(line, change):
    assert "mlp beaten, dcgan not beaten" in line(**change)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seeds": [0, 1]}, "seeds Set should have at least 3 items"),
        ({"seeds": [0, 1, 1]}, "seeds Set should have at least 3 items"),
        ({"first": [2.0, 2.1]}, "first List should have at least 3 items"),
        ({"second": [2.0, 2.1, 2.2, 2.3]}, "second List should have at most 3 items"),
        ({"second": [2.2, float("nan"), 2.4]}, "second 1 Input should be"),
        ({"first": [2.0, -1.0, 2.2]}, "first 1 Input should be greater than 0"),
        ({"first": ["low"] * 3}, "first 0 Input should be a valid number"),
        ({"seconds": [119, 120, 131]}, "seconds 2 Input should be less than or equal"),
        ({"n": 500}, "n Input should be 10000"),
        ({"text": "[1, 2]"}, "Input should be an object"),
        ({"text": '{"seeds": [0'}, "Invalid JSON"),
        ({"text": "{}"}, "recipe Field required"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(line, changes, said):
    found = line(**changes)
    assert found.startswith("ann.ipynb: capstone.json: ")
    assert said in found and "\n" not in found


def test_the_published_file_has_both_rivals(monkeypatch, line):
    monkeypatch.undo()
    assert "mlp beaten" in line(first=[0.1] * 3, second=[0.1] * 3)


def test_check_prints_it_below_its_table(tmp_path, monkeypatch):
    path = tmp_path / "01 ann.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    report = {"lesson": "01", "passed": True, "ended": "", "seconds": 0, "errors": []}
    report["exercises"] = [{"number": 1, "result": "ok", "checks": []}]
    monkeypatch.setattr(feedback, "read", lambda path: None)
    monkeypatch.setattr(
        feedback,
        "check_notebook",
        lambda path, **how: report | {"capstone": capstone.line(path)},
    )
    command = ["check", str(path)]
    assert CliRunner().invoke(cli.main, command).stdout.endswith("1 of 1 solved\n")
    (tmp_path / "capstone.json").write_text(json.dumps(WHOLE))
    *_, solved, line = CliRunner().invoke(cli.main, command).stdout.splitlines()
    assert solved.endswith("1 of 1 solved") and line.startswith("01 ann.ipynb: first")
