"""Time travel as a page: one HTML file, no kernel and no network.

Everything that its sliders can show is drawn beforehand, into one picture that the page
carries: the weights of so many moments would be larger. The other explorers run the
generator itself: `gan_utils.explore.page`.
"""

import numpy as np

from gan_utils.explore import views
from gan_utils.explore.loss_picture import loss_picture
from gan_utils.explore.player import Axis, html_explorer
from gan_utils.pictures import encode_png


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
