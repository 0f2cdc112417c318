"""What a figure says, for those who do not see it: its alternative text."""

import functools
import textwrap

from IPython import get_ipython
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter


def alt_text(figure):
    """The label that the figure was given, else its titles and the names of its axes,
    else what is written in it and at rows and columns; "" if there is nothing to read.
    """
    said, inside = [text.get_text() for text in figure.texts], []
    for ax in figure.axes:
        said += [ax.get_title(loc) for loc in ("left", "center", "right")]
        said.append(" against ".join(filter(None, [ax.get_ylabel(), ax.get_xlabel()])))
        inside += [text.get_text() for text in ax.texts]
        for axis in (ax.yaxis, ax.xaxis):
            if not isinstance(axis.get_major_formatter(), ScalarFormatter):
                inside += [label.get_text() for label in axis.get_ticklabels()]
    for texts in ([figure.get_label()], said, inside):
        if different := list(dict.fromkeys(filter(str.strip, texts))):
            return textwrap.shorten("; ".join(different), 300, placeholder=" ...")
    return ""


def describe_figures():
    """From now on this kernel, if it is one, sends figures with alternative texts."""
    if shell := get_ipython():
        import matplotlib_inline.backend_inline  # noqa: F401  it makes the pictures

        png = shell.display_formatter.formatters["image/png"]
        draw = png.type_printers.get(Figure)
        if draw and getattr(draw, "func", None) is not _with_alt_text:
            png.for_type(Figure, functools.partial(_with_alt_text, draw))


def _with_alt_text(draw, figure):
    """(PNG, metadata), as IPython's formatters may answer in place of a PNG alone."""
    made, text = draw(figure), alt_text(figure)
    png, metadata = made if isinstance(made, tuple) else (made, {})
    return (png, {"alt": text, **metadata}) if png and text else made
