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

FOLDER = jinja2.FileSystemLoader(Path(__file__).with_name("templates"))
TEMPLATES = jinja2.Environment(loader=FOLDER, autoescape=True)


@dataclass(frozen=True)
class Axis:
    """One control of a page: a slider over labels, or a list to choose from.

    name: its label, "" for none. start: the index at which it stands first.
    """

    name: str
    labels: tuple
    start: int = 0
    choice: bool = False


def html_player(frames, labels, path=None, **how):
    """A player for frames (T, H, W) uint8: slider, play button, arrow keys.

    labels: T texts. how: title, alt, ms and scale, as in html_explorer.
    """
    axis = Axis("", tuple(checked_labels(frames, labels)))
    return html_explorer(frames, [axis], path, play=0, **how)


def html_explorer(
    frames, axes, path=None, *, title, alt=None, scale=3, play=None, ms=250
):
    """A page with a control for each of `axes`, over frames uint8.

    frames: (N, H, W), or in colour (N, H, W, 3), with at most 256 colours in all; one
    for each combination, the last axis running fastest, so N is the product of the
    axes' lengths. Returns HTML to show inside a notebook:
    IPython.display.HTML(...). With a path it also writes a page that opens from disk.
    alt: what the picture shows, for those who do not see it (None: the title). play:
    the axis that a play button runs through; ms: how long a frame then stays. All texts
    are escaped.
    Raises ValueError if frames and axes do not fit.
    """
    frames = checked(frames, 4 if np.ndim(frames) == 4 else 3)
    count, height, width = frames.shape[:3]
    wanted = math.prod(len(axis.labels) for axis in axes)
    if count != wanted:
        raise ValueError(f"{count} frames for axes with {wanted} combinations")
    ncol, alt = math.ceil(math.sqrt(count)), title if alt is None else alt
    sprite = encode_png(tile(frames, ncol, gap=0), small=True)
    controls = [asdict(axis) for axis in axes]
    settings = [width, height, ncol, controls, alt, ms, play]
    source = "data:image/png;base64," + base64.b64encode(sprite).decode()
    key = sha256_bytes(sprite + repr((title, settings)).encode())[:12]
    known = {"key": key, "sprite": source, "settings": settings}
    known |= {"title": title, "alt": alt, "axes": axes, "play": play}
    known |= {"width": width, "height": height, "scale": scale}
    player = TEMPLATES.get_template("player.html").render(known)
    if path is not None:  # a page of its own, which opens from disk
        page = TEMPLATES.get_template("player_page.html")
        write_atomic(path, page.render(title=title, player=player).encode())
    return player
