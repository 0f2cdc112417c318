"""Glossary and bibliography: their pages, and the links from lessons to terms."""

import re
import tomllib
from functools import cache
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx import addnodes

HERE = Path(__file__).parent
PAPER = re.compile(r"\[([^\]]*)\]\((https?://[^)\s]+)\)")
OPENING = "What you'll do"
CLOSED = (nodes.reference, nodes.literal, nodes.literal_block, nodes.title, nodes.math)
CLOSED += (nodes.math_block, nodes.raw, addnodes.pending_xref, nodes.table)


@cache
def read(name):
    """The table in a TOML file beside this one."""
    return tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))


def lesson_link(path):
    """Markdown: a lesson by its number."""
    return f"[{path.stem[:2]}](notebooks/{path.name})"


def glossary(lessons):
    """MyST: every term with its meaning and the lesson that teaches it."""
    by_number = {int(path.stem[:2]): path for path in lessons}
    parts = []
    for name, term in sorted(read("glossary").items(), key=lambda t: t[0].lower()):
        also = f" Also: *{', '.join(term['also'])}*." if "also" in term else ""
        taught = f" Lesson {lesson_link(by_number[term['lesson']])}."
        parts.append(f"{name}\n  {term['text']}{also}{taught}\n")
    return "\n".join(parts)


def words(name, term):
    """What to look for in a lesson."""
    return term.get("words") or [name, *term.get("also", [])]


@cache
def pattern(number):
    """For a lesson: a pattern of all words that mean a term there, and {word: term}."""
    owners = {
        spelt: name
        for name, term in read("glossary").items()
        if number in term.get("only", [number])
        for word in words(name, term)
        for spelt in (word, word[0].upper() + word[1:])
    }
    longest = sorted(owners, key=len, reverse=True)
    found = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in longest)
    return re.compile(rf"\b({found})(?:s|es)?\b"), owners


def link_terms(doctree, number):
    """Link the first use of each term in a lesson. Returns the terms."""
    seen, (looked_for, owners) = {}, pattern(number)
    for text in list(doctree.findall(nodes.Text)):
        if any(map(closed, ancestors(text))):
            if (name := code_of(text)) and name not in seen:
                seen[name], code = text, text.parent
                code.parent.replace(code, link(name, code.deepcopy()))
            continue
        parts, end = [], 0
        for match in looked_for.finditer(text):
            name = owners[" ".join(match[1].split())]
            if name not in seen:
                seen[name] = match[0]
                shown = nodes.Text(match[0])
                parts += [nodes.Text(text[end : match.start()]), link(name, shown)]
                end = match.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[end:])])
    return seen


def closed(node):
    """Whether no term inside is linked: code, titles, outputs, the opening sentence."""
    opening = isinstance(node, nodes.paragraph) and node.astext().startswith(OPENING)
    output = isinstance(node, nodes.Element) and "cell_output" in node["classes"]
    return opening or output or isinstance(node, CLOSED)


def ancestors(node):
    """All nodes around a node, the nearest first."""
    while node := node.parent:
        yield node


def code_of(text):
    """The term that a piece of code in the prose stands for, or None."""
    if isinstance(text.parent, nodes.literal):
        terms = read("glossary").items()
        return next((n for n, term in terms if text in term.get("code", [])), None)


def link(name, shown):
    """A reference to a term of the glossary; shown: a node."""
    target = dict(refdomain="std", reftype="term", reftarget=name, refwarn=True)
    inside = nodes.inline("", "", shown, classes=["xref", "std", "std-term"])
    return addnodes.pending_xref("", inside, refexplicit=True, **target)


def citations(lessons):
    """{address: [(link text, lesson)]} of what lessons link to outside."""
    found = {}
    for path in lessons:
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                for shown, address in PAPER.findall(cell.source):
                    found.setdefault(address, []).append((shown, path))
    return found


def bibliography(lessons):
    """Markdown: what the lessons cite, by author, and where they do."""
    cited = citations(lessons)
    entries = [(e["authors"], e["year"], a, e) for a, e in read("bibliography").items()]
    lines = []
    for authors, year, address, entry in sorted(entries, key=surname):
        where = entry.get("where") or "arXiv:" + address.removeprefix(
            "https://arxiv.org/abs/"
        )
        paths = dict.fromkeys(path for _, path in cited[address])
        used = ", ".join(lesson_link(path) for path in paths)
        several = "s" if len(paths) > 1 else ""
        lines.append(
            f"- {authors} ({year}). *{entry['title']}*. [{where}]({address}). "
            f"Lesson{several} {used}."
        )
    return "\n".join(lines)


def surname(entry):
    """The order of a bibliography: name of the first author, then the year."""
    authors, year, *_ = entry
    return authors.split(",")[0].split()[-1].lower(), year
