"""A digit drawn in notebook 09: what becomes of its strokes, sheet or no sheet."""

import importlib.util
import sys
from types import SimpleNamespace

import drawing
import ipywidgets
import pytest
import torch

ONE = [(150, 40), (145, 130), (140, 240)]
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


class Canvas:
    """The calls of ipycanvas that the lesson needs, and a hand that draws on it."""

    def __init__(self, width=280, height=280):
        self.size, self.lines, self.hand = (width, height), [], {}

    def __getattr__(self, name):  # on_mouse_down, on_mouse_move, ...
        if not name.startswith("on_mouse_"):
            raise AttributeError(name)
        return lambda do: self.hand.update({name.removeprefix("on_mouse_"): do})

    def fill_rect(self, x, y, width, height):
        assert (x, y, width, height) == (0, 0, *self.size)
        self.lines.clear()

    def stroke_line(self, *ends):
        self.lines.append(ends)

    def draw(self, points, end="up"):
        self.hand["down"](*points[0])
        for point in points[1:]:
            self.hand["move"](*point)
        self.hand[end](*points[-1])


class Button:
    def on_click(self, do):
        self.click = do


def test_a_stroke_lasts_from_the_press_to_the_release_or_the_edge(lesson):
    canvas, clear, seen = Canvas(), Button(), []
    lesson.let_draw(canvas, clear, lambda strokes: seen.append([*map(list, strokes)]))
    canvas.hand["move"](5, 5)  # nobody presses
    canvas.hand["out"](5, 5)
    assert seen == [] and canvas.lines == []
    canvas.draw(ONE)
    canvas.draw(SEVEN[0], end="out")
    assert seen == [[ONE], [ONE, SEVEN[0]]]
    assert canvas.lines[:2] == [(*ONE[0], *ONE[1]), (*ONE[1], *ONE[2])]
    clear.click(clear)
    assert canvas.lines == []
    canvas.draw(ONE)
    assert seen[-1] == [ONE]


def test_a_drawing_sets_the_digit_and_undoes_earlier_pushes(lesson, monkeypatch):
    class Sheet(ipywidgets.Box, Canvas):
        """A box that is drawn on: a real canvas is a widget, too."""

        def __init__(self):
            ipywidgets.Box.__init__(self)
            Canvas.__init__(self)

    explorer, made = lesson.sliders.explorer, []

    def noted(inputs, *more):
        made.extend(inputs)
        return explorer(inputs, *more)

    monkeypatch.setattr(lesson.sliders, "explorer", noted)
    sheet = Sheet()
    lesson.drawing_board(sheet)
    count, digit, one, two = made
    digit.value, one.value, two.value = 4, 2.0, -1.0
    sheet.draw(ONE)
    assert [knob.value for knob in made] == [1, 1, 0, 0]
    assert torch.equal(lesson.yours["picture"], lesson.drawn([ONE]))


def test_there_is_one_line_with_the_package_and_without(
    project, lesson, monkeypatch, capsys
):
    shown, last = [], drawing.cells(project)[-1]
    names = vars(lesson) | {"display": shown.append, "drawing_board": lambda c: c}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    exec(last, names)
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "pip install ipycanvas" in said and not shown
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: True)
    monkeypatch.setitem(sys.modules, "ipycanvas", SimpleNamespace(Canvas=Canvas))
    exec(last, names)
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "running kernel" in said and len(shown) == 1
