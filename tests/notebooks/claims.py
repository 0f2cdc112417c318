"""A claim of a lesson: its words, the numbers that carry it, and a check that can fail.

    CLAIMS = [                                   # in claims_03.py
        Claim(
            quote="The DCGAN has about as few lonely pixels as real handwriting.",
            evidence=lambda page: page.numbers(r"(?:real|dcgan) +([\\d.]+) +[\\d.]+$"),
            check=lambda v: abs(v[1] - v[0]) < 0.3 * v[0],
            altered=[0.21, 0.42],
        ),
    ]

test_claims.py collects these files. The evidence is read from what the built notebook
shows, or from a stored JSON file of the project; it is never computed anew.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).resolve().parents[2]
SEE = "**What you should see.**"
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[-+]?\d+)?")


@dataclass(frozen=True)
class Claim:
    """A sentence of a notebook that a number can carry."""

    quote: str  # words of one markdown cell, exactly (white space aside)
    evidence: Callable[["Page"], Any]  # what the page or a stored file says
    check: Callable[[Any], bool]  # whether the words are true of it
    altered: Any  # evidence, changed, that the check must refuse


class Page:
    """A built notebook as its reader sees it: prose, printed text and tables."""

    def __init__(self, path):
        self.name = Path(path).stem
        self.cells = nbformat.read(path, as_version=4).cells

    @cached_property
    def prose(self):
        """The texts of its markdown cells, in order."""
        return [cell.source for cell in self.cells if cell.cell_type == "markdown"]

    @cached_property
    def text(self):
        """All that its code cells show as text, joined; tables as they were written."""
        outputs = [out for cell in self.cells for out in cell.get("outputs", [])]
        return "\n".join(_shown(output).rstrip("\n") for output in outputs)

    def number(self, pattern):
        """The first number that `pattern` captures in the text."""
        return self.numbers(pattern)[0]

    def numbers(self, pattern):
        """All numbers that the groups of `pattern` capture; "1,234" is 1234.

        ^ and $ stand for the ends of a line. To find none is an error.
        """
        found = re.findall(pattern, self.text, re.MULTILINE)
        groups = [(g,) if isinstance(g, str) else g for g in found]
        numbers = [
            number for group in groups for text in group for number in floats(text)
        ]
        assert numbers, f"{self.name} shows no number like {pattern!r}"
        return numbers

    def table(self, heading):
        """Rows {column: text} of the first table with `heading` in its first line.

        Bold and italic marks are left out. `floats` reads the numbers of a cell.
        """
        for first, *rows in [*_markdown_tables(self.text), *_html_tables(self.text)]:
            if heading in " | ".join(first):
                return [dict(zip(first, row)) for row in rows]
        raise AssertionError(f"{self.name} shows no table with {heading!r} on top")

    def stored(self, path):
        """A JSON file of the project: `page.stored("weights/scores.json")`."""
        return json.loads((ROOT / path).read_text(encoding="utf-8"))


def floats(text):
    """The numbers in a text: floats("19.0, 24.0") is [19.0, 24.0]."""
    return [float(number.replace(",", "")) for number in NUMBER.findall(text)]


def quoted(claim, page):
    """Fail unless the quote stands in one markdown cell of the page."""
    words = squeezed(claim.quote)
    assert len(words.split()) >= 3, f"too short to be a claim: {words!r}"
    assert any(words in squeezed(text) for text in page.prose), (
        f"{page.name} does not say: {words}"
    )


def holds(claim, page):
    """Fail unless the check says True of the evidence."""
    value = claim.evidence(page)
    assert _verdict(claim, value), f"{page.name} says: {claim.quote}\nbut shows {value}"


def refuses(claim, page):
    """Fail unless the check says False of `altered`, a value like the evidence."""
    kind, other = _kind(claim.evidence(page)), _kind(claim.altered)
    assert kind == other, f"altered is {other}, the evidence {kind}: {claim.quote}"
    assert not _verdict(claim, claim.altered), f"the check cannot fail: {claim.quote}"


def unclaimed(claims, page):
    """The cells *What you should see* in which no quote of the claims stands."""
    quotes = [squeezed(claim.quote) for claim in claims]
    cells = [squeezed(text) for text in page.prose if SEE in text]
    return [cell for cell in cells if not any(quote in cell for quote in quotes)]


def squeezed(text):
    """The text with every white space as one blank."""
    return " ".join(text.split())


def _verdict(claim, value):
    verdict = claim.check(value)
    assert str(verdict) in ("True", "False"), (
        f"{verdict!r} is no verdict"
    )  # numpy's too
    return bool(verdict)


def _kind(value):
    """Its type, any number a float, and its length if it has one."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "float"
    size = f" of {len(value)}" if isinstance(value, (list, tuple, dict)) else ""
    return type(value).__name__ + size


def _shown(output):
    """An output's text; of a picture nothing."""
    if output.output_type == "stream":
        return output.text
    data = output.get("data", {})
    for kind in ("text/markdown", "text/html", "text/plain"):
        if kind in data and not any(key.startswith("image/") for key in data):
            return data[kind]
    return ""


def _markdown_tables(text):
    """Each table as rows of texts, its line of dashes left out."""
    for block in re.findall(r"(?:^\|.*\n?){2,}", text, re.MULTILINE):
        rows = [line.strip().strip("|").split("|") for line in block.splitlines()]
        rows = [[re.sub(r"\*+", "", cell).strip() for cell in row] for row in rows]
        yield [row for row in rows if not all(re.fullmatch(":?-+:?", c) for c in row)]


def _html_tables(text):
    """Each table as rows of texts."""
    reader = _Tables()
    reader.feed(text)
    return reader.tables


class _Tables(HTMLParser):
    """Collects tables as rows of the texts of their cells."""

    def __init__(self):
        super().__init__()
        self.tables, self.inside = [], False

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables:
            self.tables[-1][-1].append("")
            self.inside = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.tables[-1][-1][-1] += data.strip()
