"""The pages of notebook 07, drawn by its own cells.

Its cells are run as they are written, up to the one that makes the film. That one
writes game.html; the turns of section 4 are put on a page here, with its functions.
"""

import shutil
import tempfile
from pathlib import Path

import jupytext
import matplotlib.pyplot as plt
import numpy as np

from gan_utils.explore.player import Axis, html_explorer
from gan_utils.support import paths

LAST, SLIDER = "player.html_explorer", "sliders.explorer"
EVERY = 3  # updates between two pictures of the page


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


def turns_page(names, path):
    """Who moves, and how often, from one moment of the plain game."""
    early, moves = names["early"], range(0, names["far"] + 1, EVERY)
    frames = [
        names["picture"](names["after"](early, who, k), *_shown(names))
        for who in names["MOVES"]
        for k in moves
    ]
    axes = [
        Axis("who moves", tuple(names["MOVES"]), choice=True),
        Axis("updates", tuple(map(str, moves))),
    ]
    title = f"Whose turn is it? The plain game from step {early} on"
    alt = "D's field, the fakes with arrows, and the warped latent square"
    how = {"title": title, "alt": alt, "scale": 1, "play": 1, "ms": 350}
    return html_explorer(np.stack(frames), axes, path, **how)


def _shown(names):
    return names["plain"], names["z"], names["real"]


def pages(folder, profile="quick"):
    """Write explore_game.html and explore_turns.html into a folder."""
    with tempfile.TemporaryDirectory() as scratch:
        names = lesson(scratch, profile)
        film = Path(scratch) / "07_two_dimensions" / "game.html"
        shutil.copyfile(film, folder / "explore_game.html")
    turns_page(names, folder / "explore_turns.html")
