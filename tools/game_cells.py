"""Notebook 07 without its text: its cells, run as they are written.

They are run up to the one that makes the film, which writes game.html.
"""

import jupytext
import matplotlib.pyplot as plt

from gan_utils.support import paths

LAST, SLIDER = "player.html_explorer", "sliders.explorer"


def cells():
    """The code cells of notebook 07."""
    source = paths.notebooks_dir() / "src" / "07_two_dimensions.py"
    return [cell for cell in jupytext.read(source).cells if cell.cell_type == "code"]


def slider_cell():
    """The source of the one that makes the kernel's slider."""
    return next(cell.source for cell in cells() if SLIDER in cell.source)


def lesson(folder, profile="quick"):
    """The names of notebook 07 after the cell of its film; results go to `folder`."""
    names = {}
    for cell in cells():
        exec(compile(cell.source, "notebook 07", "exec"), names)
        if "parameters" in cell.metadata.get("tags", []):
            names |= {"profile": profile, "out_dir": str(folder)}
        if LAST in cell.source:
            break
    plt.close("all")
    return names
