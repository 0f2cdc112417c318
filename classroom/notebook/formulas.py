"""Formulas of a notebook's prose as pictures, so that a page needs no MathJax.

matplotlib draws them. It knows most of LaTeX's mathematics, not all: what it does not
know stays as it was.
"""

import base64
import html
import io
import re

import matplotlib as mpl
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import math_to_image

CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$])\$(?!\s)([^$\n]+?)(?<!\s)\$", re.DOTALL)
SAME = {  # how matplotlib spells it
    r"\\[bB]igg?[lrm]?(?![a-zA-Z])": "",
    r"\\le(?![a-zA-Z])": r"\\leq",
    r"\\ge(?![a-zA-Z])": r"\\geq",
    r"\\ne(?![a-zA-Z])": r"\\neq",
    r"\\[lr]Vert(?![a-zA-Z])": r"\\|",
    r"\\[lr]vert(?![a-zA-Z])": "|",
    r"\\tfrac(?![a-zA-Z])": r"\\frac",
    r"\\operatorname(?![a-zA-Z])": r"\\mathrm",
    r"\s+": " ",
}
POINTS = 11.5  # as large as the letters around it


def draw_formulas(markdown):
    """Markdown text with each formula replaced by an <img>; code stays as it is."""
    parts = CODE.split(markdown)
    parts[::2] = [FORMULA.sub(_as_image, part) for part in parts[::2]]
    return "".join(parts)


def has_formula(markdown):
    """True if a formula is left that could not be drawn."""
    return any(FORMULA.search(part) for part in CODE.split(markdown)[::2])


def _as_image(match):
    latex = (match[1] or match[2]).strip()
    try:
        svg, depth = draw(latex)
    except ValueError:
        return match[0]
    source = "data:image/svg+xml;base64," + base64.b64encode(svg).decode()
    style = f"vertical-align:-{depth:.1f}pt"
    if match[1]:  # a formula on a line of its own
        style = "display:block;margin:1em auto"
    text = html.escape(latex).replace("\n", " ")
    return f'<img class="formula" style="{style}" alt="{text}" src="{source}">'


def draw(latex):
    """(SVG as bytes, points below the baseline). Raises ValueError if not known."""
    for spelling, known in SAME.items():
        latex = re.sub(spelling, known, latex)
    buffer = io.BytesIO()
    settings = {"mathtext.fontset": "cm", "svg.fonttype": "path", "svg.hashsalt": "gan"}
    with mpl.rc_context(settings):
        font = FontProperties(size=POINTS)
        depth = math_to_image(f"${latex}$", buffer, prop=font, dpi=72, format="svg")
    return buffer.getvalue(), depth
