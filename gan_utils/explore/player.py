"""Pictures that leave the notebook: a player in one HTML file.

It takes uint8 arrays, 0 = background, and needs neither a kernel nor a network later.
"""

import base64
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import jinja2
import numpy as np

from gan_utils.pictures import checked, checked_labels, encode_png, tile
from gan_utils.support.files import sha256_bytes, write_atomic


@dataclass(frozen=True)
class Axis:
    """One control of a page: a slider over labels, or a list to choose from.

    name: its label, "" for none. start: the index at which it stands first.
    """

    name: str
    labels: tuple
    start: int = 0
    choice: bool = False

    @property
    def widest(self):
        """Characters of the longest label."""
        return max(map(len, self.labels))


def html_player(frames, labels, path=None, *, title, alt=None, ms=250, scale=3):
    """A player for frames (T, H, W) uint8: slider, play button, arrow keys.

    labels: T texts. ms: how long a frame stays. The rest as in html_explorer.
    """
    frames = checked(frames, 3)
    axis = Axis("", tuple(checked_labels(frames, labels)))
    how = {"title": title, "alt": alt, "ms": ms, "scale": scale, "play": 0}
    return html_explorer(frames, [axis], path, **how)


def html_explorer(
    frames,
    axes,
    path=None,
    *,
    title,
    alt=None,
    scale=3,
    play=None,
    ms=250,
    pad=None,
    reset=False,
    strips=(),
):
    """A page with a control for each of `axes`, over frames (N, H, W) uint8.

    frames: one for each combination, the last axis running fastest, so N is the product
    of the axes' lengths. Returns HTML to show inside a notebook:
    IPython.display.HTML(...). With a path it also writes a page that opens from disk.
    alt: what the picture shows, for those who do not see it (None: the title). play:
    the axis that a play button runs through. pad: two axes, across and down, that a
    square to point into moves as well. reset: a button that puts the sliders back.
    strips: for each label of the first axis (PNG bytes, places), a picture below with a
    cursor at places[i] in [0, 1] when the last axis stands at i. All texts are escaped.
    Raises ValueError if frames and axes do not fit.
    """
    frames = _fitting(frames, axes)
    ncol = int(np.ceil(np.sqrt(len(frames))))
    sprite = encode_png(tile(frames, ncol, gap=0), small=True)
    height, width = frames.shape[1:]
    alt = title if alt is None else alt
    settings = [width, height, ncol, [asdict(axis) for axis in axes]]
    curves = [(_as_source(image), list(places)) for image, places in strips]
    settings += [alt, ms, play, pad, curves]
    player = _template("player.html").render(
        key=sha256_bytes(sprite + repr((title, settings)).encode())[:12],
        sprite=_as_source(sprite),
        settings=settings,
        **{"title": title, "alt": alt, "axes": axes, "play": play},
        **{"width": width, "height": height, "scale": scale},
        **{"pad": pad, "reset": reset, "curves": curves},
    )
    if path is not None:  # a page of its own, which opens from disk
        page = _template("player_page.html").render(title=title, player=player)
        write_atomic(Path(path), page.encode())
    return player


def _fitting(frames, axes):
    """The frames, if there is one for each combination of the axes' labels."""
    wanted = math.prod(len(axis.labels) for axis in axes)
    if len(frames) != wanted:
        raise ValueError(f"{len(frames)} frames for axes with {wanted} combinations")
    return checked(frames, 3)


def _as_source(data):
    """PNG bytes as the `src` of an image."""
    return "data:image/png;base64," + base64.b64encode(data).decode()


def _template(name):
    loader = jinja2.FileSystemLoader(Path(__file__).with_name("templates"))
    return jinja2.Environment(loader=loader, autoescape=True).get_template(name)
