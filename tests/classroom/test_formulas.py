import jupytext
import pytest

from classroom.notebook.formulas import draw, draw_formulas, has_formula


def test_a_formula_becomes_a_picture_that_can_be_read_aloud():
    text = draw_formulas("The loss is $-\\log D(x)$ here.")
    assert text.startswith('The loss is <img class="formula" style="vertical-align:-')
    assert 'alt="-\\log D(x)" src="data:image/svg+xml;base64,' in text
    assert text.endswith("> here.")


def test_a_formula_on_its_own_line_stands_alone():
    text = draw_formulas("$$\na^2 +\n  b^2\n$$")
    assert "display:block" in text and 'alt="a^2 + b^2"' in " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    ["`$x$`", "```\n$x$\n```", "it costs $5 and $ 6", "\\$x\\$", "plain", "$$"],
)
def test_code_and_money_stay_as_they_are(text):
    assert draw_formulas(text) == text


def test_what_cannot_be_drawn_stays_as_it_was():
    text = "$\\begin{aligned} a \\end{aligned}$"
    assert draw_formulas(text) == text
    assert has_formula(text)
    assert not has_formula(draw_formulas("$x$ and `$y$`"))


@pytest.mark.parametrize(
    "latex",
    [r"\bigl(1 - D\bigr)", r"0 \le t \le 1", r"\lVert z \rVert", r"\text{d } x"],
)
def test_common_spellings_of_latex_are_understood(latex):
    svg, depth = draw(latex)
    assert b"<svg" in svg and depth > 0


def test_every_formula_of_the_series_can_be_drawn(project):
    sources = sorted((project / "notebooks/src").glob("[0-9]*.py"))
    assert sources
    for source in sources:
        for cell in jupytext.read(source).cells:
            if cell.cell_type == "markdown":
                drawn = draw_formulas(cell.source)
                assert not has_formula(drawn), f"{source.stem}: {cell.source}"
