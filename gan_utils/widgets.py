"""Sliders for pictures. The only module that imports ipywidgets.

A slider calls a plain function, value -> PNG bytes, and shows the bytes. No matplotlib:
a figure takes longer than a move of the hand.
"""

import html
import math
import weakref

import ipywidgets
import numpy as np
import torch

from gan_utils.export import encode_png
from gan_utils.latent import lerp, slerp
from gan_utils.pictures import as_uint8, enlarge, tile

_plays = weakref.WeakSet()


def clamp(value, low, high):
    """value as a float in [low, high]; low for what is no number at all."""
    try:
        value = float(value)
    except (TypeError, ValueError):
        return low
    return low if math.isnan(value) else min(max(value, low), high)


def picture_of(images, *, ncol=8, scale=2):
    """A grid (H, W) uint8 of images, in the formats of viz.show_grid, enlarged."""
    return enlarge(tile(as_uint8(images), ncol), scale)


def progress_picture(images, *, ncol=8, scale=2):
    """A function index -> PNG bytes of images (T, N, 28, 28) at that moment."""
    pictures = [encode_png(picture_of(grid, ncol=ncol, scale=scale)) for grid in images]

    def picture(index):
        return pictures[round(clamp(index, 0, len(pictures) - 1))]

    return picture


def morph_picture(generator, z_a, z_b, *, way=slerp, scale=6):
    """A function t -> PNG bytes of generator(way(z_a, z_b, t)), t from 0 to 1.

    generator: z (B, latent_dim) -> images (B, 1, 28, 28) in [-1, 1]. z_a, z_b:
    (latent_dim,), or (B, latent_dim) for B pictures in a row.
    """
    z_a, z_b = torch.atleast_2d(z_a), torch.atleast_2d(z_b)

    @torch.no_grad()
    def picture(t):
        images = generator(way(z_a, z_b, clamp(t, 0.0, 1.0)))
        return encode_png(picture_of(images, ncol=len(images), scale=scale))

    return picture


def progress_slider(images, steps, *, ncol=8, scale=2, ms=400):
    """Travel through training: a slider over the steps, with a play button.

    images: (T, N, 28, 28) uint8. steps: T step numbers. Returns a box to display.
    """
    if len(images) != len(steps) or len(steps) == 0:
        raise ValueError(f"{len(images)} grids for {len(steps)} steps; need one each")
    options = [
        (f"{step:,}", index) for index, step in enumerate(np.asarray(steps).tolist())
    ]
    slider = ipywidgets.SelectionSlider(
        options=options, description="step", layout={"width": "360px"}
    )
    play = ipywidgets.Play(min=0, max=len(steps) - 1, interval=ms, description="play")
    ipywidgets.jslink((play, "value"), (slider, "index"))
    _only_one_plays(play)
    show = progress_picture(images, ncol=ncol, scale=scale)
    return _explorer(slider, {"": show}, ipywidgets.HBox([play, slider]))


def morph_slider(generator, z_a, z_b, *, ways=None, scale=6):
    """From latent z_a to z_b: a slider over t, one picture for each way.

    generator, z_a, z_b: as in morph_picture. ways: name -> function (a, b, t); None:
    lerp and slerp, side by side. Returns a box to display.
    """
    ways = {"lerp": lerp, "slerp": slerp} if ways is None else ways
    slider = ipywidgets.FloatSlider(
        min=0, max=1, step=0.02, description="from a to b", layout={"width": "360px"}
    )
    shows = {
        name: morph_picture(generator, z_a, z_b, way=way, scale=scale)
        for name, way in ways.items()
    }
    return _explorer(slider, shows, slider)


def _only_one_plays(play):
    """Stop the players of earlier runs of a cell: they would go on, out of sight."""
    for earlier in _plays:
        earlier.playing = False
    _plays.add(play)


def _explorer(slider, shows, controls):
    """A box: the controls, one captioned picture for each of shows, and a message."""
    pictures = {name: _empty() for name in shows}
    message = ipywidgets.HTML()

    def update(change):
        message.value = ""
        for name, show in shows.items():
            try:
                _put(pictures[name], show(change["new"]))
            except Exception as error:  # shown below the pictures; the next move works
                message.value = _sorry(error)

    slider.observe(update, names="value")
    update({"new": slider.value})
    columns = [
        ipywidgets.VBox([ipywidgets.Label(name), picture] if name else [picture])
        for name, picture in pictures.items()
    ]
    return ipywidgets.VBox([controls, ipywidgets.HBox(columns), message])


def _empty():
    """A place for a picture, hidden until there is one.

    No tooltip: with one, ipywidgets 8.1 fails in the browser to draw the image.
    """
    layout = {"display": "none", "flex": "0 0 auto", "margin": "2px 12px 2px 0"}
    return ipywidgets.Image(format="png", layout=layout)


def _put(image, png):
    """Show PNG bytes at their true size: left to itself, an image fills the page."""
    image.value = png
    if image.layout.display == "none":
        image.layout.width, image.layout.height = (f"{side}px" for side in _size(png))
        image.layout.display = "block"


def _size(png):
    """Width and height of a PNG, from its header."""
    return [int.from_bytes(png[start : start + 4], "big") for start in (16, 20)]


def _sorry(error):
    """One line of HTML about an error in a callback."""
    text = html.escape(f"{type(error).__name__}: {error}")
    return (
        f"<p role='alert' style='color:#b00020'>No picture for this value. {text}</p>"
    )
