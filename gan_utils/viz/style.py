"""How every figure of the series looks. D is C0 and G is C1, everywhere."""

import functools
import io
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt

D_COLOR, G_COLOR = "C0", "C1"  # blue and orange: told apart by every kind of eye
FILE = Path(__file__).with_name("series.mplstyle")
STYLE = matplotlib.rc_params_from_file(FILE, use_default_template=False)
DPI = STYLE["figure.dpi"]
_note = ""


def use_style():
    """Give the figures that you draw yourself the look of the series, from now on."""
    plt.rcParams.update(STYLE)


def set_note(text):
    """Put a line of text on every figure made afterwards; "" stops it."""
    global _note
    _note = str(text or "")


def note_height():
    """Pixels at the foot of a figure that the note needs; 0 without a note."""
    return 24 if _note else 0


def add_note(figure):
    """Write the note at the foot of a figure, once."""
    if not _note or any(text.get_gid() == "note" for text in figure.texts):
        return
    look = {"gid": "note", "fontsize": 9, "color": "#b00020", "parse_math": False}
    if figure.get_layout_engine() is not None:
        figure.supxlabel(_note, x=0.01, ha="left", **look)
    elif getattr(figure, "pixel_exact", False):
        figure.text(0, 0, _note, va="bottom", **look)
    else:
        figure.text(0.01, -0.01, _note, va="top", **look)


def png(figure):
    """PNG bytes of a figure, which is closed."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    plt.close(figure)
    return file.getvalue()


def styled(draw):
    """Run a figure function in the style of the series, and add the note."""

    @functools.wraps(draw)
    def in_style(*args, **kwargs):
        with plt.rc_context(STYLE):
            made = draw(*args, **kwargs)
            add_note(getattr(made, "figure", made))
        return made

    return in_style


def panels(ncol=2, *, nrow=1, width=8, height=3.2, **options):
    """An empty figure in the style of the series: (figure, axes), as plt.subplots.

    width and height are inches of the whole figure; options go to plt.subplots.
    """
    with plt.rc_context(STYLE):
        figure = plt.subplots(nrow, ncol, figsize=(width, height), **options)[0]
        add_note(figure)
    return figure, figure.axes[0] if len(figure.axes) == 1 else figure.axes
