"""Formulas of a notebook's page, opened from disk: no network, no other file."""

import nbformat
import pytest
from made_up import notebook

from classroom.notebook import page

PROSE = r"""
The loss is $-\log D(x)$, and over
two lines $(\sum \lambda)^2 /
\sum \lambda^2$.

$$\begin{aligned} a &< \Bigl(\frac{x \cdot y}{d} + 1\Bigr)^3 \end{aligned}$$

It costs `$5` and no more than `$6`.
"""


@pytest.fixture
def read_page(chromium, tmp_path):
    """A function (notebook) -> its page, alone in a folder, with its formulas drawn."""
    tab = chromium.new_page()
    tab.set_default_timeout(30_000)
    seen = []
    tab.on("request", lambda request: seen.append(request.url))
    tab.on("pageerror", lambda error: seen.append(str(error)))
    tab.on("console", lambda message: seen.append(message.text))

    def read(notebook):
        path = tmp_path / "a page.html"
        path.write_text(page.to_html(notebook, "01_look"))
        tab.goto(path.as_uri())
        tab.wait_for_function("window.MathJax?.startup?.promise")
        tab.evaluate("MathJax.startup.promise")
        return tab

    yield read
    tab.close()
    assert [text[:200] for text in seen if not text.startswith("data:")] == [
        (tmp_path / "a page.html").as_uri()
    ]


def test_formulas_of_a_page_are_drawn_without_a_network(read_page):
    made = notebook("print('it costs $5 or $6')", title=f"Look\n{PROSE}")
    made.cells[-1].outputs = [
        nbformat.v4.new_output("stream", name="stdout", text="it costs $5 or $6")
    ]
    tab = read_page(made)
    assert tab.locator("mjx-container svg").count() == 3
    assert tab.locator("[data-mjx-error]").count() == 0
    text = tab.locator("main").inner_text()
    assert "\\frac" not in text and "it costs $5 or $6" in text


def test_every_formula_of_the_series_is_known(read_page, project):
    built = sorted((project / "notebooks").glob("[0-9]*.ipynb"))
    cells = [cell for path in built for cell in nbformat.read(path, as_version=4).cells]
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    prose = [nbformat.v4.new_markdown_cell(text) for text in texts]
    tab = read_page(nbformat.v4.new_notebook(cells=prose))
    assert tab.locator("mjx-container svg").count() >= 20
    assert tab.locator("[data-mjx-error]").count() == 0
    assert "$" not in tab.locator("main").inner_text()
