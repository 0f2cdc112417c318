import base64
import gzip
import hashlib
import re
import subprocess
import sys

import nbformat
import pytest
from made_up import PICTURE, SLIDER, notebook, write

from classroom.notebook import execution, page
from classroom.runner.plan import Job

HOSTILE = "<img src=x onerror=alert(1)>"
PROSE = "The game is $\\min_G \\max_D V(D, G)$."
RELEASED = "a4354ff94fd868aea0cc6eaaa79a57fda0588646fc46ee3700a349ee0a11cbe6"
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


def test_a_figure_that_the_prose_shows_is_inside_the_page():
    made = page.to_html(notebook(title="Look\n\n![a game](../figures/game.png)"), "x")
    assert re.search(r'<img alt="a game" src="data:image/png;base64,', made)


def test_the_page_loads_nothing_from_the_network(html):
    assert LOADS.findall(html) == []


def test_mathjax_is_in_a_page_with_formulas_and_only_there(html):
    packed = re.search(r'<script id="mathjax"[^>]*>([^<]+)</script>', html)[1]
    assert base64.b64decode(packed) == page.MATHJAX.read_bytes()
    assert "MathJax" not in page.to_html(notebook(), "01_look")


def test_the_mathjax_that_ships_is_the_released_one():
    source = gzip.decompress(page.MATHJAX.read_bytes())
    assert hashlib.sha256(source).hexdigest() == RELEASED
    assert "Apache License" in page.MATHJAX.with_name("LICENSE").read_text()


def test_what_makes_pages_loads_neither_torch_nor_what_draws_and_converts():
    slow = "{'torch', 'matplotlib', 'nbconvert'}"
    code = f"import sys, classroom.notebook.page; print({slow} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


def picture_cell(*alts):
    outputs = [
        nbformat.v4.new_output(
            "display_data", {"image/png": ""}, metadata={"image/png": alt}
        )
        for alt in alts
    ]
    return nbformat.v4.new_code_cell("show()", outputs=outputs)


def test_a_picture_without_words_is_named_after_its_section():
    prose = nbformat.v4.new_markdown_cell("text\n\n## 3. See it \n\nmore text")
    cells = [prose, picture_cell({}, {"alt": "mine"}), picture_cell({"width": 3})]
    made = page.add_alt_texts(nbformat.v4.new_notebook(cells=cells))
    own = [o.metadata["image/png"] for cell in made.cells[1:] for o in cell.outputs]
    section = "Figure of the section '3. See it'"
    assert own == [{"alt": section}, {"alt": "mine"}, {"alt": section, "width": 3}]


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
    assert page.last_picture(chosen) == b"last"
    chosen.cells[2].metadata["tags"] = ["thumbnail"]
    assert page.last_picture(chosen) == b"first"


def test_a_notebook_without_pictures_has_no_thumbnail(tmp_path):
    nbformat.write(notebook("1 + 1"), tmp_path / "01_look.ipynb")
    page.make_pages(tmp_path, "01_look")
    assert (tmp_path / "01_look.html").is_file()
    assert not (tmp_path / "thumbnail.png").exists()


def test_the_notebook_itself_keeps_its_widgets(folder):
    kept = nbformat.read(folder / "01_look.ipynb", as_version=4)
    assert page.WIDGET in str(kept) and "widgets" in kept.metadata
    assert page.WIDGET not in str(page.without_widgets(kept))
