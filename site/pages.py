"""The live pages: what play/ is made of, and where the book shows it.

To add a page: a row in PAGES, a row in VIEWS. A page whose source is not there is left
out, with every frame that would show it.
"""

import shutil
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent

# Name in play/: a file or folder of the project, or a function (where to write it).
PAGES = {
    "explore.html": ROOT / "figures/explore.html",
    "weights": ROOT / "figures/weights",  # explore.html loads them on demand
    "time.html": ROOT / "figures/explore_time.html",
    "game.html": ROOT / "figures/explore_game.html",
    "turns.html": ROOT / "figures/explore_turns.html",
    "spot.html": ROOT / "figures/spot.html",
    "draw.html": ROOT / "figures/draw.html",
    "morph.html": ROOT / "figures/explore_morph.html",
    "plane.html": ROOT / "figures/explore_plane.html",
    "directions.html": ROOT / "figures/explore_directions.html",
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
    """Something to play with. pages: addresses in play/, the best one first."""

    title: str
    text: str
    height: int  # of its frame, in pixels, until it says itself
    pages: tuple
    lesson: str
    section: str = ""  # heading of the lesson below which it stands without a link


VIEWS = {
    "morph": View(
        "A walk between two latents",
        "One digit turns into another, along a line and along an arc.",
        560,
        ("explore.html#morph", "morph.html"),
        "05",
    ),
    "plane": View(
        "A plane of pictures",
        "Two numbers name any picture: point into the square.",
        640,
        ("explore.html#plane", "plane.html"),
        "05",
    ),
    "directions": View(
        "Directions that mean something",
        "Push a digit wider, or let it lean.",
        560,
        ("explore.html#directions", "directions.html"),
        "05",
    ),
    "time": View(
        "Travel through a training",
        "The same latents, from the first step to the last.",
        760,
        ("time.html",),
        "05",
    ),
    "spot": View(
        "Spot the fake",
        "Which digits did a person write? Your score beside the networks'.",
        640,
        ("spot.html",),
        "06",
        "## 1. Which is better?",
    ),
    "game": View(
        "The game in two dimensions",
        "Points, D's opinion of every place, and the arrows that G follows.",
        720,
        ("game.html",),
        "07",
    ),
    "turns": View(
        "Whose turn is it?",
        "From one moment of a game: D alone, G alone, or both by turns.",
        720,
        ("turns.html",),
        "07",
    ),
    "digit": View(
        "Ask for a digit",
        "Choose a digit and a style.",
        560,
        ("explore.html#digit",),
        "09",
        "## 4. Ask the best one",
    ),
    "draw": View(
        "Draw a digit",
        "A network finds the latent of what you draw.",
        640,
        ("draw.html",),
        "09",
        "## 9. Draw a digit yourself",
    ),
}


def there(name):
    """Whether a page of play/, with or without #section, can be made."""
    source = PAGES[name.partition("#")[0]]
    return callable(source) or source.exists()


def available():
    """Names of the views that have a page -> their addresses in the book."""
    found = {k: next(filter(there, view.pages), None) for k, view in VIEWS.items()}
    return {name: f"play/{page}" for name, page in found.items() if page}


def links():
    """What texts link to, as a path in the project -> the view that it shows."""
    found = {}
    for name, view in VIEWS.items():
        for page in view.pages:
            file, mark, section = page.partition("#")
            if isinstance(source := PAGES[file], Path):
                path = source.relative_to(ROOT).as_posix()
                found[path + mark + section] = name
    return found


def frame(name, up=""):
    """HTML of a view in place, with a link to it alone; up: "../" in a subfolder."""
    view, address = VIEWS[name], up + available()[name]
    return f"""<figure class="live">
<iframe src="{address}" title="{view.title}" height="{view.height}" loading="lazy">
</iframe>
<figcaption><a href="{address}" target="_blank">{view.title}: open in its own tab</a>
</figcaption>
</figure>"""


def put(folder):
    """Make the pages that can be made, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in PAGES.items():
        if callable(source):
            source(folder / name)
        elif source.is_dir():
            shutil.copytree(source, folder / name)
        elif source.exists():
            shutil.copy(source, folder / name)
    for path in folder.glob("*.html"):
        head, mark, rest = path.read_text("utf-8").partition("<head>")
        path.write_text(f"{head}{mark}{FRAMED}{rest}", "utf-8")
