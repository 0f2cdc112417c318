"""Words for those who do not see a notebook's pictures, from the code that draws them.

A figure of the series has a title; the titles in a cell's code describe its pictures in
order. Where there is none, the heading of the section has to do.
"""

import ast
import itertools


def describe(notebook):
    """Give every PNG output of a notebook an alternative text, if it has none."""
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = last_heading(cell.source) or heading
            continue
        found = titles(cell.source)
        spare = found[-1] if found else f"Figure of the section {heading!r}"
        texts = itertools.chain(found, itertools.repeat(spare))
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                own = output.metadata.setdefault("image/png", {})
                own.setdefault("alt", next(texts))
    return notebook


def last_heading(markdown):
    """The text of the last heading in a cell, without its marks, or ""."""
    lines = [line for line in markdown.splitlines() if line.startswith("#")]
    return lines[-1].lstrip("# ").strip() if lines else ""


def titles(code):
    """What a cell passes or assigns as `title`, in order; values become "..."."""
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a cell with a magic command
        return []
    found = [
        (node.lineno, text)
        for node in ast.walk(tree)
        for text in map(text_of, title_values(node))
        if text
    ]
    return [text for _, text in sorted(found)]


def title_values(node):
    """The expressions that a node gives to something called `title`."""
    if isinstance(node, ast.Call):
        return [key.value for key in node.keywords if key.arg == "title"]
    if isinstance(node, ast.Assign):
        names = [t.id for t in node.targets if isinstance(t, ast.Name)]
        return [node.value] if "title" in names else []
    return []


def text_of(node):
    """A literal text, with "..." in the place of what is filled in; else ""."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if text_of(part) else "..." for part in node.values]
        return "".join(parts)
    return ""
