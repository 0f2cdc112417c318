"""Time travel as a page: one HTML file, no kernel and no network.

Everything that its sliders can show is drawn beforehand, into one picture that the page
carries: the weights of so many moments would be larger. The other explorers run the
generator itself: `gan_utils.explore.page`. Below the player stand the losses, with a
cursor that follows it (losses_strip.html.jinja).
"""

import base64
from pathlib import Path

import jinja2
import numpy as np

from gan_utils.explore import views
from gan_utils.explore.loss_picture import loss_picture
from gan_utils.explore.player import TEMPLATES, Axis, html_explorer
from gan_utils.pictures import encode_png
from gan_utils.support.files import write_atomic

STRIP = Path(__file__).with_name("losses_strip.html.jinja")


def time_page(load, names, path=None, *, moments=40, count=10):
    """The same latents through several trainings, by step or by seconds.

    load: a function from a recipe's name to its Result. Writes `path` if there is one,
    and returns HTML for a notebook.
    """
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
    how = {"title": title, "alt": alt, "scale": 2, "play": 1}
    player = html_explorer(np.stack(frames), axes, **how)
    strip = jinja2.Template(STRIP.read_text("utf-8"), autoescape=True)
    player += strip.render(strips=strips, width=2 * frames[0].shape[1])
    if path is not None:
        page = TEMPLATES.get_template("player_page.html")
        write_atomic(path, page.render(title=title, player=player).encode())
    return player


def _moment(journey, place):
    """A place on both clocks."""
    clocks = ("step", "seconds")
    return " or ".join(views.in_words(journey.time(place, by), by) for by in clocks)


def _strip(journey, name, by, places):
    """The losses of a training, for an <img>, and where in [0, 1] the cursor is."""
    result, end = journey.results[name], journey.clock(by)[name][-1]
    curves = loss_picture(result, against=by, title=f"losses of {name}")
    times = (float(min(journey.time(place, by), end)) for place in places)
    width = curves.image.shape[1]
    cursor = [(curves.left + time * curves.per_unit) / width for time in times]
    data = base64.b64encode(encode_png(curves.image, small=True)).decode()
    return "data:image/png;base64," + data, cursor
