"""The pages of notebook 07 come from its own cells."""

import game_pages
import matplotlib
import pytest

matplotlib.use("agg")


@pytest.mark.timeout(120)
def test_both_pages_are_written_by_the_cells_of_the_notebook(tmp_path):
    with matplotlib.rc_context():  # the lesson sets the style of its figures
        game_pages.pages(tmp_path, profile="smoke")
    film, turns = (tmp_path / f"explore_{name}.html" for name in ("game", "turns"))
    assert "pairs, flat D" in film.read_text() and "plain" in film.read_text()
    for who in ("both", "D only", "G only"):
        assert f">{who}</option>" in turns.read_text()
    for page in (film, turns):
        assert page.read_text().startswith("<!doctype html>")
