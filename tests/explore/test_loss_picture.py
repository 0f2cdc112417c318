import dataclasses

import numpy as np
from flat_results import flat_result

from gan_utils.explore.loss_picture import loss_picture
from gan_utils.viz import curves

RESULT = flat_result()  # steps 9 to 90


def cursor_columns(picture, step):
    """The columns that the cursor has changed."""
    return np.flatnonzero((picture.at(step) != picture.image).any((0, 2)))


def test_the_cursor_is_the_only_difference_and_moves_in_proportion():
    picture = loss_picture(RESULT)
    places = [cursor_columns(picture, step)[0] for step in (10, 30, 50, 70)]
    gaps = np.diff(places)
    assert (gaps > 50).all() and gaps.max() - gaps.min() <= 1
    assert len(cursor_columns(picture, 30)) == 2
    rows = np.flatnonzero((picture.at(30) != picture.image).any((1, 2)))
    assert picture.rows[0] <= rows[0] and rows[-1] < picture.rows[1]
    assert picture.rows[1] < len(picture.image) - 20  # not into the labels


def test_a_time_beyond_the_edges_stays_on_the_picture():
    picture = loss_picture(RESULT)
    for time in (-1e9, 1e9):
        assert picture.at(time).shape == picture.image.shape
        assert len(cursor_columns(picture, time)) == 2


def test_only_cross_entropy_has_the_dotted_lines(monkeypatch):
    draw, asked = curves.plot_losses, []

    def watched(history, **look):
        asked.append(look["reference"])
        return draw(history, **look)

    monkeypatch.setattr(curves, "plot_losses", watched)
    for recipe in ("modern", "dcgan"):
        loss_picture(dataclasses.replace(RESULT, meta={"recipe": recipe}))
    assert asked == [None, curves.CANNOT_TELL]


def test_the_axis_may_be_seconds():
    by_step, by_time = (loss_picture(RESULT, against=a) for a in ("step", "seconds"))
    places = [cursor_columns(by_step, 45)[0], cursor_columns(by_time, 4.5)[0]]
    assert abs(places[0] - places[1]) < 0.02 * by_step.image.shape[1]
