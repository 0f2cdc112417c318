"""A digit drawn in notebook 09: what becomes of its strokes, sheet or no sheet."""

import importlib.util
from types import SimpleNamespace

import drawing
import pytest
import torch

SEVEN = [[(65, 75), (130, 66), (212, 62), (185, 120), (152, 190), (140, 235)]]


@pytest.fixture(scope="module")
def lesson(project):
    """What the cells define, the last one left out."""
    names = {}
    for cell in drawing.cells(project)[:-1]:
        exec(cell, names)
    return SimpleNamespace(**names)


@pytest.mark.parametrize(
    "strokes",
    [SEVEN, [[(10, 10), (20, 40)]], [[(140, 5), (140, 275)]], [[(30, 200)]]],
    ids=["seven", "in a corner", "tall", "a dot"],
)
def test_strokes_become_a_picture_like_those_of_mnist(lesson, strokes):
    picture = lesson.drawn(strokes)
    assert picture.shape == (28, 28) and picture.dtype == torch.uint8
    rows, columns = (picture.sum(axis).nonzero() for axis in (1, 0))
    assert max(len(rows), len(columns)) in (19, 20)
    ink = picture.double() / picture.sum()
    middle = [(ink.sum(axis) * torch.arange(28)).sum().item() for axis in (1, 0)]
    assert middle == pytest.approx([13.5, 13.5], abs=1)


def test_a_drawn_seven_is_found_as_a_seven_and_edited(lesson):
    picture = lesson.drawn(SEVEN)
    z, error, read = lesson.find(picture[None])
    assert read.item() == 7 and error.item() < 0.03
    lesson.yours.update(picture=picture, z=z[0])
    plain, pushed = lesson.edited(0, 7, 0, 0), lesson.edited(0, 7, 2.0, 0)
    other = lesson.edited(0, 3, 0, 0)
    half = plain.shape[1] // 2 - 8
    for changed in (pushed, other):
        assert (changed[:, :half] == plain[:, :half]).all()
        assert not (changed == plain).all()


def test_without_the_package_there_is_one_line_that_says_how(
    project, monkeypatch, capsys
):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    exec(drawing.cells(project)[-1], {"importlib": importlib})
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "pip install ipycanvas" in said
