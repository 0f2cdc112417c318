"""The explorers of `sliders` as pages: one HTML file each, no kernel and no network.

Everything that a slider can show is drawn beforehand, into one picture that the page
carries. Each function writes `path` if there is one, and returns HTML for a notebook.
`load` and `names` are those of `sliders`.
"""

import itertools

import numpy as np

from gan_utils.explore import views
from gan_utils.explore.loss_picture import loss_picture
from gan_utils.explore.player import Axis, html_explorer
from gan_utils.gan import draw
from gan_utils.pictures import encode_png, tile

PAIRS = ((0, 1), (2, 3), (4, 5), (6, 7))


def morph_page(load, names, path=None, *, pairs=PAIRS, stations=31):
    """From one latent to another: a recipe, a pair of seeds, and t."""
    frames = []
    for name in names:
        morph = views.Morph(load(name), stations=stations)
        for pair in pairs:
            walks = morph.walk(*pair).values()
            frames += [tile(np.stack(both), gap=4) for both in zip(*walks)]
    axes = [
        Axis("recipe", tuple(names), choice=True),
        Axis("seeds", tuple(f"{a} to {b}" for a, b in pairs), choice=True),
        Axis("t", tuple(f"{t:.2f}" for t in np.linspace(0, 1, stations))),
    ]
    title = "From one latent to another. Left: lerp, right: slerp"
    alt = "Two generated digits, by lerp and by slerp"
    how = {"title": title, "alt": alt, "scale": 5, "play": 2, "ms": 80}
    return html_explorer(np.stack(frames), axes, path, **how)


def plane_page(load, name, path=None, *, side=4, per_unit=8):
    """A plane of integer seeds: x, y, and a square to point into."""
    points = np.linspace(0, side, side * per_unit + 1)
    sheet = views.Plane(load(name), side=side).sheet(points)  # y by y
    frames = sheet.reshape(len(points), len(points), 28, 28).swapaxes(0, 1)
    labels = tuple(f"{point:.2f}" for point in points)
    middle = len(points) // 2
    axes = [Axis("x", labels, middle), Axis("y", labels, middle)]
    title = f"{name}: any picture is two numbers"
    how = {"title": title, "alt": "A generated digit", "scale": 8, "pad": (0, 1)}
    return html_explorer(frames.reshape(-1, 28, 28), axes, path, **how)


def directions_page(load, name, path=None, *, k=3, stations=9, seed=0):
    """One latent, pushed along the leading directions of G."""
    directions = views.Directions(load(name), k=k)
    amounts = np.linspace(-views.FAR, views.FAR, stations)
    every = np.array([*itertools.product(amounts, repeat=k)])
    z = directions.latents(seed, every)
    frames = draw(directions.result.generator, z).numpy()
    labels = tuple(f"{amount:+.2f}" for amount in amounts)
    axes = [Axis(f"direction {i + 1}", labels, stations // 2) for i in range(k)]
    title = f"{name}: the directions that change pictures the most"
    how = {"title": title, "alt": "A generated digit", "scale": 8, "reset": True}
    return html_explorer(frames, axes, path, **how)


def time_page(load, names, path=None, *, moments=40, count=10):
    """The same latents through several trainings, by step or by seconds."""
    journey = views.TimeTravel({name: load(name) for name in names}, count=count)
    places, frames, strips = np.linspace(0, 1, moments + 1), [], []
    for by in ("step", "seconds"):
        frames += [journey.sheet(place, by) for place in places]
        strips.append(_strip(journey, names[0], by, places))
    axes = [
        Axis("align by", ("step", "seconds"), choice=True),
        Axis("moment", tuple(_moment(journey, place) for place in places)),
    ]
    title = f"Training, from top to bottom: {', '.join(names)}"
    alt = "Rows of the same latents, a row for each training"
    how = {"title": title, "alt": alt, "scale": 2, "play": 1, "strips": strips}
    return html_explorer(np.stack(frames), axes, path, **how)


def _moment(journey, place):
    """A place on both clocks."""
    clocks = ("step", "seconds")
    return " or ".join(views.in_words(journey.time(place, by), by) for by in clocks)


def _strip(journey, name, by, places):
    """The losses of a training as PNG, and where the cursor is at each moment."""
    result, end = journey.results[name], journey.clock(by)[name][-1]
    curves = loss_picture(result, against=by, title=f"losses of {name}")
    cursor = [curves.fraction(min(journey.time(p, by), end)) for p in places]
    return encode_png(curves.image, small=True), cursor
