"""Pictures that leave the notebook: PNG, GIF, and a player in one HTML file.

All take uint8 arrays, 0 = background, and need neither a kernel nor a network later.
"""

import base64
import io
from pathlib import Path

import jinja2
import numpy as np
from markupsafe import Markup
from PIL import Image, ImageDraw, ImageFont

from gan_utils.files import sha256_bytes, write_atomic
from gan_utils.pictures import enlarge, tile

__all__ = ["encode_png", "gif", "html_player", "tile"]
GRAYS = 8  # enough for handwriting at this size; noise of 16 takes a third more
CAPTION = 20  # pixels


def encode_png(array, *, small=False):
    """PNG bytes of a picture (H, W) uint8. small: fewer bytes for more time."""
    array = _checked(array, 2)
    file = io.BytesIO()
    Image.fromarray(array).save(file, "png", compress_level=9 if small else 1)
    return file.getvalue()


def _checked(array, ndim):
    """The array as it is, if it is uint8 with ndim axes and not empty."""
    array = np.asarray(array)
    if array.dtype != np.uint8 or array.ndim != ndim or array.size == 0:
        axes = {2: "(H, W)", 3: "(T, H, W)"}[ndim]
        raise ValueError(
            f"got {array.dtype} {array.shape}; need uint8 {axes}, not empty"
        )
    return array


def _check_labels(frames, labels):
    if len(labels) != len(frames):
        raise ValueError(f"{len(labels)} labels for {len(frames)} frames")
    return [str(label) for label in labels]


def _captioned(frame, text):
    """A picture (H, W) with one line of text below."""
    height, width = frame.shape
    image = Image.new("L", (width, height + CAPTION))
    image.paste(Image.fromarray(frame), (0, 0))
    font = ImageFont.load_default(size=14)
    ImageDraw.Draw(image).text((4, height + 1), text, fill=255, font=font)
    return np.asarray(image)


def gif(frames, path, *, labels=None, ms=120, last_ms=1500, scale=1):
    """Write frames (T, H, W) uint8 as a GIF that loops. Returns its path.

    labels: T texts below the frames. ms: how long a frame stays; last_ms: the last one.
    scale: screen pixels per pixel. All frames share one palette of a few grays; those
    that look alike in it become one longer frame. The file is written whole or not at
    all.
    """
    frames = enlarge(_checked(frames, 3), scale)
    if labels is not None:
        pairs = zip(frames, _check_labels(frames, labels))
        frames = np.stack([_captioned(frame, text) for frame, text in pairs])
    levels = np.round(frames * ((GRAYS - 1) / 255)).astype(np.uint8)
    palette = np.round(np.linspace(0, 255, GRAYS)).astype(np.uint8).repeat(3).tobytes()
    images = [Image.fromarray(level).convert("P") for level in levels]
    for image in images:
        image.putpalette(palette)
    file = io.BytesIO()
    durations = [ms] * (len(images) - 1) + [last_ms]
    options = {"duration": durations, "loop": 0, "palette": palette, "optimize": False}
    images[0].save(file, "gif", save_all=True, append_images=images[1:], **options)
    return write_atomic(Path(path), file.getvalue())


def html_player(frames, labels, path=None, *, title, alt=None, ms=250, scale=3):
    """A player for frames (T, H, W) uint8: slider, play button, arrow keys.

    Returns HTML to show inside a notebook: IPython.display.HTML(...). With a path it
    also writes a page that opens from disk. labels: T texts; alt: what the picture
    shows, for those who do not see it (None: the title). All texts are escaped.
    """
    frames = _checked(frames, 3)
    labels = _check_labels(frames, labels)
    ncol = int(np.ceil(np.sqrt(len(frames))))
    sprite = encode_png(tile(frames, ncol, gap=0), small=True)
    height, width = frames.shape[1:]
    alt = title if alt is None else alt
    player = _template("player.html").render(
        key=sha256_bytes(sprite + repr((title, alt, labels)).encode())[:12],
        sprite="data:image/png;base64," + base64.b64encode(sprite).decode(),
        settings=[width, height, ncol, labels, alt, ms],
        widest=max(len(label) for label in labels),
        **{"title": title, "alt": alt, "labels": labels},
        **{"width": width, "height": height, "scale": scale},
    )
    if path is not None:
        page = _template("player_page.html").render(title=title, player=Markup(player))
        write_atomic(Path(path), page.encode())
    return player


def _template(name):
    loader = jinja2.FileSystemLoader(Path(__file__).with_name("templates"))
    return jinja2.Environment(loader=loader, autoescape=True).get_template(name)
