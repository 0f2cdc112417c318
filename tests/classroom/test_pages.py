import re

import nbformat
import pytest
from made_up import PICTURE, SLIDER, notebook, write

from classroom.notebook import execution, page
from classroom.runner.plan import Job

HOSTILE = "<img src=x onerror=alert(1)>"
PROSE = "The game is $\\min_G \\max_D V(D, G)$."
LOADS = re.compile(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//|@import|url\(.?http")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One executed notebook: a formula, a picture, a slider, hostile text."""
    folder = tmp_path_factory.mktemp("executed")
    slider = SLIDER.format(body="print(step)")
    cells = (PICTURE, slider, f"print({HOSTILE!r})")
    path = write(folder / "nb/01_look.ipynb", *cells, title=f"Look\n\n{PROSE}")
    assert execution.execute(Job(path, {}), folder).status == "passed"
    page.make_pages(folder, "01_look", back="../../index.html")
    return folder


@pytest.fixture(scope="module")
def html(folder):
    return (folder / "01_look.html").read_text()


def test_the_page_shows_pictures_and_says_where_sliders_were(html):
    assert "data:image/png;base64," in html
    assert "a slider appears here" in html
    assert "VBox(children" not in html and "widget-view+json" not in html
    assert 'href="../../index.html"' in html


def test_the_page_loads_nothing_from_the_network(html):
    assert LOADS.findall(html) == []
    assert "MathJax" not in html
    assert 'alt="\\min_G \\max_D V(D, G)"' in html


def test_a_formula_that_cannot_be_drawn_is_left_to_mathjax():
    odd = notebook(title="Look\n\n$$\\begin{aligned} a \\end{aligned}$$")
    html = page.to_html(odd, "01_look")
    assert "\\begin{aligned}" in html and "MathJax" in html


def test_what_a_cell_prints_is_escaped(html):
    assert HOSTILE not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_the_thumbnail_is_small_and_of_the_last_picture(folder):
    png = (folder / "thumbnail.png").read_bytes()
    assert png.startswith(b"\x89PNG") and len(png) < 20_000


def test_a_cell_can_be_tagged_to_give_the_thumbnail():
    chosen = notebook("first", "last")
    for cell, data in zip(chosen.cells[2:], ("Zmlyc3Q=", "bGFzdA==")):
        cell.outputs = [nbformat.v4.new_output("display_data", {"image/png": data})]
    assert page.picture(chosen) == b"last"
    chosen.cells[2].metadata["tags"] = ["thumbnail"]
    assert page.picture(chosen) == b"first"


def test_a_notebook_without_pictures_has_no_thumbnail(tmp_path):
    nbformat.write(notebook("1 + 1"), tmp_path / "01_look.ipynb")
    page.make_pages(tmp_path, "01_look")
    assert (tmp_path / "01_look.html").is_file()
    assert not (tmp_path / "thumbnail.png").exists()


def test_the_notebook_itself_keeps_its_widgets(folder):
    kept = nbformat.read(folder / "01_look.ipynb", as_version=4)
    assert page.WIDGET in str(kept) and "widgets" in kept.metadata
    assert page.WIDGET not in str(page.without_widgets(kept))
