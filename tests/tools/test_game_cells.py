"""Notebook 07 runs from its cells alone, as the benchmark of its slider needs it."""

import game_cells
import matplotlib
import pytest

matplotlib.use("agg")


@pytest.mark.timeout(120)
def test_the_cells_leave_the_game_and_its_film(tmp_path):
    with matplotlib.rc_context():  # the lesson sets the style of its figures
        names = game_cells.lesson(tmp_path, profile="smoke")
    film = (tmp_path / "07_two_dimensions" / "game.html").read_text()
    assert film.startswith("<!doctype html>")
    assert "pairs, flat D" in film and "plain" in film
    assert set(names["MOVES"]) == {"both", "D only", "G only"}
    assert "sliders.explorer" in game_cells.slider_cell()
