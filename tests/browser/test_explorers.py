"""The explorers of notebook 05 in a real JupyterLab: what a student does with them."""

import base64

import numpy as np
import pytest
from playwright.sync_api import expect

from gan_utils.pictures import encode_png

SETUP = """
import dataclasses
from functools import cache

from gan_utils.explore import sliders, views
from gan_utils.pictures import enlarge, tile
from gan_utils.results import load_result
from gan_utils.support import paths

@cache
def load(recipe):
    return load_result(paths.weights_dir() / recipe)

NAMES = ["dcgan", "mlp", "modern"]
for name in NAMES:
    load(name)

class Fragile(type(load("mlp").generator)):
    def forward(self, z):
        if z[0, 0] > BROKEN:
            raise RuntimeError("no <b>picture</b> here")
        return super().forward(z)

fragile = dataclasses.replace(load("mlp"), generator=Fragile(64))
first = lambda x: views.Plane(fragile).latent(x, 0)[0]
START = next(x for x in range(9) if first(x + 0.05) > first(x) + 0.01)
BROKEN = first(START + 0.05) - 1e-3
"""
CELLS = [
    SETUP,
    "sliders.morph(load, NAMES)",
    "sliders.plane(load, NAMES)",
    "sliders.directions(load, NAMES)",
    "sliders.time_travel(load, NAMES)",
    "sliders.plane({'fragile': fragile}.__getitem__, ['fragile'], at=(START, 0.0))",
]
MORPH, PLANE, DIRECTIONS, TIME, FRAGILE = range(1, 6)
ERRORS = (
    "[data-mime-type='application/vnd.jupyter.stderr'], "
    "[data-mime-type='application/vnd.jupyter.error'], "
    ".jupyter-widgets-error-widget, [role=alert]"
)
BYTES = """async image => {
    const data = await (await fetch(image.src)).arrayBuffer();
    return btoa(String.fromCharCode(...new Uint8Array(data)));
}"""


@pytest.fixture(scope="module")
def page(open_notebook):
    page = open_notebook("explorers", CELLS)
    page.complaints = []
    page.on(
        "console",
        lambda m: page.complaints.append(m.text) if m.type == "error" else None,
    )
    return page


@pytest.fixture(scope="module")
def made():
    """What the first cell defines, in this process."""
    names = {}
    exec(SETUP, names)
    return names


@pytest.fixture(autouse=True)
def nothing_went_wrong(page):
    yield
    expect(page.locator(ERRORS)).to_have_count(0)
    assert page.page_errors == [] and page.complaints == []


def cell(page, number):
    found = page.locator(".jp-CodeCell").nth(number)
    found.scroll_into_view_if_needed()
    return found


def control(found, description):
    """The slider, box or list with that description."""
    return (
        found.locator(".widget-inline-hbox, .jupyter-widgets")
        .filter(has=found.page.get_by_text(description, exact=True))
        .last
    )


def knob(found, description):
    return control(found, description).get_by_role("slider")


def readout(found, description):
    return control(found, description).locator(".widget-readout")


def picture(found, number=0):
    """The bytes of a picture that the browser shows."""
    return base64.b64decode(found.locator("img").nth(number).evaluate(BYTES))


def settles(page, found, array, number=0):
    """Wait until the browser shows exactly this array."""
    expected = encode_png(array)
    for _ in range(60):
        if picture(found, number) == expected:
            return
        page.wait_for_timeout(50)
    assert picture(found, number) == expected


def morph_sheet(made, name, a, b, t):
    both = made["views"].morph(made["load"](name), a, b, t).values()
    return made["enlarge"](made["tile"](np.stack([*both]), gap=4), 6)


def test_morph_by_keys_shows_lerp_and_slerp_at_that_place(page, made):
    found = cell(page, MORPH)
    settles(page, found, morph_sheet(made, "dcgan", 0, 1, 0))
    knob(found, "t").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(readout(found, "t")).to_have_text("0.06")
    settles(page, found, morph_sheet(made, "dcgan", 0, 1, 0.06))
    page.keyboard.press("End")
    settles(page, found, morph_sheet(made, "dcgan", 0, 1, 1))


def test_morph_by_dragging(page, made):
    found = cell(page, MORPH)
    knob(found, "t").focus()
    page.keyboard.press("Home")
    box = knob(found, "t").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 90, y, steps=8)
    page.mouse.up()
    expect(readout(found, "t")).not_to_have_text("0.00")
    t = float(readout(found, "t").inner_text())
    assert 0.1 < t < 0.9
    settles(page, found, morph_sheet(made, "dcgan", 0, 1, t))


def test_fifty_rapid_moves_settle_on_the_last(page, made):
    found = cell(page, MORPH)
    knob(found, "t").focus()
    page.keyboard.press("Home")
    for _ in range(50):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(readout(found, "t")).to_have_text("0.98")
    settles(page, found, morph_sheet(made, "dcgan", 0, 1, 0.98))


@pytest.mark.parametrize(("typed", "shown"), [("99", "1.00"), ("abc", "0.00")])
def test_typing_nonsense_leaves_a_picture(page, made, typed, shown):
    found = cell(page, MORPH)
    knob(found, "t").focus()
    page.keyboard.press("Home")
    expect(readout(found, "t")).to_have_text("0.00")
    readout(found, "t").fill(typed)
    readout(found, "t").press("Enter")
    expect(readout(found, "t")).to_have_text(shown)
    settles(page, found, morph_sheet(made, "dcgan", 0, 1, float(shown)))


def test_other_seeds_and_another_recipe_are_other_pictures(page, made):
    found = cell(page, MORPH)
    knob(found, "t").focus()
    page.keyboard.press("Home")
    seed = control(found, "from seed").locator("input")
    seed.fill("42")
    seed.press("Enter")
    settles(page, found, morph_sheet(made, "dcgan", 42, 1, 0))
    control(found, "recipe").locator("select").select_option("modern")
    settles(page, found, morph_sheet(made, "modern", 42, 1, 0))


def plane_picture(made, name, x, y):
    return made["enlarge"](made["views"].Plane(made["load"](name))(x, y), 9)


def test_the_plane_by_keys_and_typing(page, made):
    found = cell(page, PLANE)
    settles(page, found, plane_picture(made, "dcgan", 3.0, 4.0))
    knob(found, "x").focus()
    page.keyboard.press("ArrowRight")
    expect(readout(found, "x")).to_have_text("3.05")
    settles(page, found, plane_picture(made, "dcgan", 3.05, 4.0))
    readout(found, "y").fill("7.5")
    readout(found, "y").press("Enter")
    settles(page, found, plane_picture(made, "dcgan", 3.05, 7.5))
    readout(found, "y").fill("1e9")
    readout(found, "y").press("Enter")
    settles(page, found, plane_picture(made, "dcgan", 3.05, 9.0))


def test_directions_push_and_reset(page, made):
    found = cell(page, DIRECTIONS)
    directions = made["views"].Directions(made["load"]("dcgan"))
    start = made["enlarge"](directions(0, 0, 0, 0, 0), 9)
    settles(page, found, start)
    knob(found, "direction 2").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(readout(found, "direction 2")).to_have_text("0.50")
    pushed = directions(0, 0, 0.5, 0, 0)
    settles(page, found, made["enlarge"](pushed, 9))
    found.get_by_role("button", name="Reset").click()
    expect(readout(found, "direction 2")).to_have_text("0.00")
    settles(page, found, start)


def journey(made, moment, by, names=None):
    names = names or made["NAMES"]
    results = {name: made["load"](name) for name in names}
    travel = made["views"].TimeTravel(results, count=10)
    return made["enlarge"](travel.sheet(moment / 40, by, names), 2)


def test_time_travel_moves_pictures_and_cursor(page, made):
    found = cell(page, TIME)
    settles(page, found, journey(made, 0, "step"))
    losses = picture(found, 1)
    knob(found, "moment").focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    settles(page, found, journey(made, 12, "step"))
    assert picture(found, 1) != losses
    expect(found.get_by_text("step ", exact=False).last).to_contain_text(" of ")
    found.get_by_role("button", name="seconds").click()
    settles(page, found, journey(made, 12, "seconds"))
    row, names = found.get_by_label("row 1"), made["NAMES"]
    row.select_option(names[1])
    settles(page, found, journey(made, 12, "seconds", [names[1], *names[1:]]))
    row.select_option(names[0])


def test_play_stops_when_its_cell_runs_again(page, made):
    found = cell(page, TIME)
    found.get_by_role("button", name="step").click()
    knob(found, "moment").focus()
    page.keyboard.press("Home")
    settles(page, found, journey(made, 0, "step"))
    found.locator(".widget-play button").first.click()
    expect(readout(found, "moment")).not_to_have_text("0")
    found.locator(".jp-InputArea-editor").click()
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-cell')")
    expect(readout(found, "moment")).to_have_text("0")
    page.wait_for_timeout(900)
    expect(readout(found, "moment")).to_have_text("0")
    settles(page, found, journey(made, 0, "step"))


def test_an_error_is_shown_and_the_next_move_works(page, made):
    found = cell(page, FRAGILE)
    before = picture(found)
    knob(found, "x").focus()
    page.keyboard.press("ArrowRight")
    alert = found.get_by_role("alert")
    expect(alert).to_contain_text("RuntimeError: no <b>picture</b> here")
    assert picture(found) == before
    page.keyboard.press("ArrowLeft")
    expect(alert).to_have_count(0)
    assert picture(found) == before
