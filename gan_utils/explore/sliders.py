"""Explorers: sliders for pictures. The only module that imports ipywidgets.

A slider calls a plain function of `views`, values -> picture, and shows its bytes. No
matplotlib in between: a figure takes longer than a move of the hand. `load` is
everywhere a function from a recipe's name to its Result, `names` what to choose from.
"""

import html
import weakref
from functools import lru_cache, partial

import numpy as np

from gan_utils.explore import views
from gan_utils.explore.loss_picture import loss_picture
from gan_utils.pictures import encode_png, enlarge, tile
from gan_utils.support import versions

versions.require("ipywidgets", "a page of sliders")
import ipywidgets  # noqa: E402  after the check, which explains itself

_plays = weakref.WeakSet()
_row = partial(ipywidgets.HBox, layout={"flex_flow": "row wrap"})  # on a phone, two
WIDE, NARROW = {"width": "420px", "max_width": "100%"}, {"width": "190px"}
MOMENTS, RED = 40, "color:#b00020"  # moments of a journey through time


def morph(load, names, *, seeds=(0, 1), scale=6):
    """From one latent to another: two seeds, a slider between them, lerp and slerp."""
    result = lru_cache(maxsize=4)(load)
    recipe, a, b = _recipe(names), _seed("from seed", seeds[0]), _seed("to", seeds[1])
    t = ipywidgets.FloatSlider(0, min=0, max=1, step=0.02, description="t", layout=WIDE)

    def show(name, a, b, t):
        pictures = views.morph(result(name), a, b, t).values()
        return enlarge(tile(np.stack([*pictures]), gap=4), scale)

    controls = [_row([recipe, a, b]), t]
    return explorer([recipe, a, b, t], show, controls, "left: lerp, right: slerp")


def plane(load, names, *, at=(3.0, 4.0), scale=9):
    """A plane of integer seeds: any picture is two numbers, x and y."""
    planes = lru_cache(maxsize=4)(lambda name: views.Plane(load(name)))
    look = {"min": 0, "max": 9, "step": 0.05, "layout": WIDE}
    x, y = (ipywidgets.FloatSlider(v, description=n, **look) for v, n in zip(at, "xy"))
    controls = [_recipe(names), x, y]

    def show(name, x, y):
        return enlarge(planes(name)(x, y), scale)

    caption = "whole x and y: the latent of seed x + 100 y; between: four of them mixed"
    return explorer(controls, show, controls, caption)


def directions(load, names, *, k=4, scale=9):
    """One latent, pushed along the leading directions of G: a slider each, a reset."""
    found = lru_cache(maxsize=4)(lambda name: views.Directions(load(name), k=k))
    recipe, start = _recipe(names), _seed("seed", 0)
    look = {"min": -views.FAR, "max": views.FAR, "step": 0.1, "layout": WIDE}
    titles = [f"direction {i + 1}" for i in range(k)]
    sliders = [ipywidgets.FloatSlider(0, description=n, **look) for n in titles]
    reset = ipywidgets.Button(description="Reset", tooltip="all directions to 0")

    def to_zero(button):
        for slider in sliders:
            slider.value = 0

    reset.on_click(to_zero)

    def show(name, seed, *amounts):
        return enlarge(found(name)(seed, *amounts), scale)

    controls = [_row([recipe, start, reset]), *sliders]
    return explorer([recipe, start, *sliders], show, controls)


def time_travel(load, names, *, count=10, scale=2):
    """The same latents through several trainings, by step or by seconds, with Play.

    A row for each of the first three names, with a list to choose another. Below them
    the losses of the top row, with a cursor.
    """

    @lru_cache(maxsize=4)
    def journey(*chosen):
        return views.TimeTravel({name: load(name) for name in chosen}, count=count)

    @lru_cache(maxsize=8)
    def curves(name, by):
        return loss_picture(load(name), against=by, title=f"losses of row 1, {name}")

    chosen = [_recipe(names, i, f"row {i + 1}") for i in range(min(3, len(names)))]
    by = ipywidgets.ToggleButtons(options=["step", "seconds"], description="align by")
    look = {"min": 0, "max": MOMENTS}
    slider = ipywidgets.IntSlider(0, description="moment", layout=WIDE, **look)
    play = ipywidgets.Play(interval=250, description="play", **look)  # milliseconds
    ipywidgets.jslink((play, "value"), (slider, "value"))
    _only_one_plays(play)

    def show(by, moment, *chosen):
        return enlarge(journey(*chosen).sheet(moment / MOMENTS, by, chosen), scale)

    def cursor(by, moment, top, *others):
        travel = journey(top, *others)
        time = min(travel.time(moment / MOMENTS, by), travel.clock(by)[top][-1])
        return curves(top, by).at(time)

    def when(by, moment, *chosen):
        return journey(*chosen).label(moment / MOMENTS, by)

    controls = [_row(row) for row in (chosen, [by], [play, slider])]
    return explorer([by, slider, *chosen], show, controls, when, below=cursor)


def _recipe(names, index=0, description="recipe"):
    """The list from which a recipe is chosen; names[index] at first."""
    look = {"description": description, "layout": NARROW}
    return ipywidgets.Dropdown(options=list(names), value=names[index], **look)


def _seed(description, value):
    look = {"description": description, "layout": NARROW}
    return ipywidgets.BoundedIntText(value, min=0, max=views.SEEDS - 1, **look)


def _only_one_plays(play):
    """Stop the players of earlier runs of a cell: they would go on, out of sight."""
    for earlier in _plays:
        name = "playing" if earlier.has_trait("playing") else "_playing"  # before 8
        setattr(earlier, name, False)
    _plays.add(play)


def explorer(inputs, show, controls, caption="", *, below=None):
    """A box: controls, caption, show(*values) as a picture, below(*values), errors.

    caption: text, or a function of the values.
    """
    pictures = {_empty(): view for view in (show, below) if view}
    says, message = ipywidgets.HTML(), ipywidgets.HTML()

    def update(change=None):
        """Draw what the controls say now."""
        values, message.value = [control.value for control in inputs], ""
        try:
            says.value = html.escape(caption(*values) if callable(caption) else caption)
            for image, view in pictures.items():
                _put(image, encode_png(view(*values)))
        except Exception as error:  # shown below the pictures; the next move works
            text = f"No picture for this value. {type(error).__name__}: {error}"
            message.value = f"<p role='alert' style='{RED}'>{html.escape(text)}</p>"

    for control in inputs:
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([*controls, *[says] * bool(caption), *pictures, message])


def _empty():
    """A place for a picture, hidden until there is one.

    No tooltip: with one, ipywidgets 8.1 fails in the browser to draw the image.
    """
    layout = {"display": "none", "flex": "0 0 auto", "margin": "2px 12px 2px 0"}
    return ipywidgets.Image(format="png", layout=layout)


def _put(image, data):
    """Show PNG bytes at their true size: left to itself, an image fills the page."""
    image.value = data  # whose width and height stand in its header
    size = tuple(f"{int.from_bytes(data[at : at + 4], 'big')}px" for at in (16, 20))
    if (image.layout.width, image.layout.height) != size:
        image.layout.width, image.layout.height = size
        image.layout.display = "block"
