"""The live pages: what play/ is made of, and where the book shows it.

To add a page: a row in PAGES, a row in VIEWS.
"""

import sys
from functools import partial
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tools"))

import play_pages  # noqa: E402

from gan_utils.explore.page import explorer_page, inlined, weights_script  # noqa: E402
from gan_utils.results import load_shipped, shipped_names  # noqa: E402
from gan_utils.support.files import write_atomic  # noqa: E402


def recipes():
    """All recipes with weights, the one to show first in front."""
    return shipped_names(["modern"])


def explorers(path):
    """The explorers, for all recipes."""
    explorer_page([], path, beside=recipes())


def weights(folder):
    """A script for each network: pages load what they need."""
    for name in recipes():
        script = weights_script(load_shipped(name))
        write_atomic(folder / f"{name}.js", script.encode())
    write_atomic(folder / "judge.js", play_pages.judge_script().encode())


def game(name, path):
    """A game that loads networks from beside it."""
    play_pages.beside(name, path, recipes())


def plane_game(path):
    """The game of notebook 07, which trains in the page."""
    write_atomic(path, inlined(ROOT / "site" / "play" / "game.html").encode())


def time_travel(path):
    """Stored frames: the weights of so many moments would be larger."""
    write_atomic(path, (ROOT / "figures" / "explore_time.html").read_bytes())


# Name in play/ -> what makes it there.
PAGES = {
    "explore.html": explorers,
    "weights": weights,
    "time.html": time_travel,
    "game.html": plane_game,
    "spot.html": partial(game, "spot"),
    "draw.html": partial(game, "draw"),
}

# What a page gets besides, for its time in a frame. Alone it may focus its first
# slider; there that would move the reader down to it, so it has to wait until it is
# touched. And it tells the book how high it is (site/_static/book.js listens).
FRAMED = """<script>
  if (self !== top) {
    const focus = HTMLElement.prototype.focus;
    HTMLElement.prototype.focus = function (...how) {
      if (navigator.userActivation?.hasBeenActive) focus.apply(this, how);
    };
    new ResizeObserver(() => {
      parent.postMessage({ liveHeight: document.documentElement.offsetHeight }, "*");
    }).observe(document.documentElement);
  }
</script>
"""


class View(NamedTuple):
    """Something to play with. page: its address in play/."""

    title: str
    text: str
    height: int  # of its frame, in pixels, until it says itself
    page: str
    lesson: str
    section: str = ""  # heading of the lesson below which it stands without a link


VIEWS = {
    "morph": View(
        "A walk between two latents",
        "One digit turns into another, along a line and along an arc.",
        560,
        "explore.html#morph",
        "05",
    ),
    "plane": View(
        "A plane of pictures",
        "Two numbers name any picture: point into the square.",
        640,
        "explore.html#plane",
        "05",
    ),
    "directions": View(
        "Directions that mean something",
        "Push a digit wider, or let it lean.",
        560,
        "explore.html#directions",
        "05",
    ),
    "time": View(
        "Travel through a training",
        "The same latents, from the first step to the last.",
        760,
        "time.html",
        "05",
    ),
    "spot": View(
        "Spot the fake",
        "Which digits did a person write? Your score beside the networks'.",
        640,
        "spot.html",
        "06",
        "## 1. Which is better?",
    ),
    "game": View(
        "The game in two dimensions",
        "Points, D's opinion of every place, and the arrows that G follows.",
        720,
        "game.html",
        "07",
    ),
    "digit": View(
        "Ask for a digit",
        "Choose a digit and a style.",
        560,
        "explore.html#digit",
        "09",
        "## 4. Ask the best one",
    ),
    "draw": View(
        "Draw a digit",
        "A network finds the latent of what you draw.",
        640,
        "draw.html",
        "09",
        "## 9. Draw a digit yourself",
    ),
}


def address(name):
    """Where a view is in the book."""
    return f"play/{VIEWS[name].page}"


def links():
    """What texts link to, as a path in the project -> the view that it shows."""
    found = {f"figures/{view.page}": name for name, view in VIEWS.items()}
    for name in ("time", "game"):
        found[f"figures/explore_{name}.html"] = name
    return found


def frame(name, up=""):
    """HTML of a view in place, with a link to it alone; up: "../" in a subfolder."""
    view, there = VIEWS[name], up + address(name)
    return f"""<figure class="live">
<iframe src="{there}" title="{view.title}" height="{view.height}" loading="lazy">
</iframe>
<figcaption><a href="{there}" target="_blank">{view.title}: open in its own tab</a>
</figcaption>
</figure>"""


def put(folder):
    """Make the pages in `folder`."""
    for name, make in PAGES.items():
        make(folder / name)
    for path in folder.glob("*.html"):
        head, mark, rest = path.read_text("utf-8").partition("<head>")
        path.write_text(f"{head}{mark}{FRAMED}{rest}", "utf-8")
