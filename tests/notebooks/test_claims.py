"""What a notebook says about its results is what its published outputs show.

Each claim of claims_NN.py stands in the notebook, is true of its evidence, and is
refused when that evidence is altered.
"""

import importlib
from pathlib import Path

import nbformat
import pytest
from claims import SEE, Claim, Page, floats, holds, quoted, refuses, unclaimed

CLAIMED = {
    path.stem[-2:]: importlib.import_module(path.stem).CLAIMS
    for path in sorted(Path(__file__).parent.glob("claims_[0-9][0-9].py"))
}
ALL = [
    pytest.param(number, claim, id=f"{number}-{place}")
    for number, claims in CLAIMED.items()
    for place, claim in enumerate(claims, start=1)
]


@pytest.fixture(scope="module")
def pages(project):
    """{number: the built notebook}"""
    found = sorted((project / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    return {path.name[:2]: Page(path) for path in found}


@pytest.mark.parametrize("number, claim", ALL)
def test_the_notebook_says_so(number, claim, pages):
    quoted(claim, pages[number])


@pytest.mark.parametrize("number, claim", ALL)
def test_what_it_shows_agrees(number, claim, pages):
    holds(claim, pages[number])


@pytest.mark.parametrize("number, claim", ALL)
def test_other_evidence_is_refused(number, claim, pages):
    refuses(claim, pages[number])


@pytest.mark.parametrize("number", CLAIMED)
def test_there_are_claims_enough(number, pages):
    assert len(CLAIMED[number]) >= 5
    assert unclaimed(CLAIMED[number], pages[number]) == []


def test_every_notebook_has_its_claims(pages):
    assert set(CLAIMED) == set(pages), "write claims_NN.py"


# The three checks themselves, on a made-up notebook

MARKDOWN = """\
| recipe | distance, each seed | classes |
|---|---:|---|
| *floor* | 0.57 |  |
| **hinge** | 19.0, 24.0 | 9, 8 |
"""
HTML = """\
<table><thead><tr><th>trick</th><th>cost</th></tr></thead>
<tbody><tr><td>EMA</td><td>1.02</td></tr></tbody></table>
"""


@pytest.fixture
def page(tmp_path):
    """A page with two printed numbers, two tables and a picture."""
    new = nbformat.v4
    outputs = [
        new.new_output("stream", text="real  1,024.5\n"),
        new.new_output("stream", text="fake  -3e-2\n"),
        new.new_output("display_data", {"text/markdown": MARKDOWN}),
        new.new_output("execute_result", {"text/html": HTML, "text/plain": "a table"}),
        new.new_output("display_data", {"image/png": "", "text/plain": "<Figure>"}),
    ]
    prose = f"{SEE} Fakes score\nfar lower\nthan real ones."
    cells = [
        new.new_code_cell("show()", outputs=outputs),
        new.new_markdown_cell(prose),
        new.new_markdown_cell("Nothing of note."),
    ]
    nbformat.write(new.new_notebook(cells=cells), tmp_path / "07_made_up.ipynb")
    return Page(tmp_path / "07_made_up.ipynb")


def claim(
    quote="Fakes score far lower than real ones.",
    evidence=lambda page: page.numbers(r"^(?:real|fake) +(\S+)$"),
    check=lambda v: v[1] < v[0],
    altered=(),
):
    return Claim(quote, evidence, check, list(altered) or [-0.03, 1024.5])


def test_a_page_is_read_as_it_is_seen(page):
    assert page.number(r"real +([\d,.]+)") == 1024.5
    assert page.numbers(r"(?:real|fake) +(\S+)") == [1024.5, -0.03]
    assert page.numbers(r"real +(\S+)\nfake +(\S+)") == [1024.5, -0.03]
    assert page.numbers(r"real +(none)|(1,.*)") == [1024.5]
    assert "Figure" not in page.text and "a table" not in page.text
    with pytest.raises(AssertionError, match="07_made_up shows no number like"):
        page.number("none ([0-9]+)")


def test_its_tables_become_rows(page):
    floor, hinge = page.table("each seed")
    assert floor == {"recipe": "floor", "distance, each seed": "0.57", "classes": ""}
    assert floats(hinge["distance, each seed"]) == [19.0, 24.0]
    assert page.table("trick") == [{"trick": "EMA", "cost": "1.02"}]
    with pytest.raises(AssertionError, match="no table with 'seconds' on top"):
        page.table("seconds")


def test_a_stored_file_is_evidence_too(page):
    assert page.stored("weights/scores.json")["runs"]


def test_a_true_claim_passes(page):
    for check in (quoted, holds, refuses):
        check(claim(), page)
    assert unclaimed([claim()], page) == []


@pytest.mark.parametrize(
    ("check", "change", "complaint"),
    [
        (quoted, {"quote": "Fakes score a little lower"}, "does not say"),
        (quoted, {"quote": "than real ones. Nothing of note."}, "does not say"),
        (quoted, {"quote": "Fakes"}, "too short"),
        (holds, {"check": lambda v: v[1] > v[0]}, "but shows .1024.5, -0.03."),
        (holds, {"check": lambda v: v}, "no verdict"),
        (holds, {"evidence": lambda page: page.number("(7)7")}, "no number like"),
        (refuses, {"check": lambda v: True}, "cannot fail"),
        (refuses, {"altered": [1024.5, -0.03]}, "cannot fail"),
        (refuses, {"altered": [1.0]}, "list of 1, the evidence list of 2"),
        (refuses, {"altered": ["high", "low"], "check": len}, "no verdict"),
    ],
)
def test_a_claim_that_is_wrong_fails(check, change, complaint, page):
    with pytest.raises(AssertionError, match=complaint):
        check(claim(**change), page)


def test_a_picture_that_nothing_claims_is_found(page):
    (cell,) = unclaimed([claim(quote="Nothing of note.")], page)
    assert cell.startswith(SEE)
