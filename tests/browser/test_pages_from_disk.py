"""The explorers' pages, opened from disk: no kernel, no server, no network."""

from functools import cache

import explorer_pages as pages
import numpy as np
import pytest
from playwright.sync_api import expect

from gan_utils.explore import views
from gan_utils.gan import draw
from gan_utils.results import load_result
from gan_utils.support import paths

PIXELS = """canvas => {
    const brush = canvas.getContext("2d");
    const { data } = brush.getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, i) => i % 4 === 0);
}"""
NAMES = ["dcgan", "mlp"]


@cache
def load(name):
    return load_result(paths.weights_dir() / name)


@pytest.fixture
def open_page(chromium, tmp_path):
    """A function (make, ...) -> the page; whatever it asked for or complained about."""
    page = chromium.new_page()
    page.set_default_timeout(10_000)
    requests, complaints = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda m: complaints.append(m.text) if m.type == "error" else None,
    )

    def open_(make, *what, **options):
        make(load, *what, tmp_path / "a page.html", **options)
        page.goto((tmp_path / "a page.html").as_uri())
        page.wait_for_selector("[data-frame]")
        return page

    yield open_
    page.close()
    outside = [url for url in requests if not url.startswith(("file:", "data:"))]
    assert outside == [] and complaints == []


def shows(page, picture):
    """The canvas holds exactly this picture (H, W)."""
    drawn = np.array(page.locator("canvas").evaluate(PIXELS), np.uint8)
    assert np.array_equal(drawn.reshape(picture.shape), picture)


def slider(page, name):
    return page.get_by_role("slider", name=name, exact=True)


def choose(page, name, label):
    page.get_by_label(name, exact=True).select_option(label=label)


def test_morph_by_list_key_and_play(open_page):
    page = open_page(pages.morph_page, NAMES, stations=11)

    def station(name, a, b, number):
        walk = views.Morph(load(name), stations=11).walk(a, b)
        return pages.tile(np.stack([w[number] for w in walk.values()]), gap=4)

    shows(page, station("dcgan", 0, 1, 0))
    slider(page, "t").focus()
    page.keyboard.press("ArrowRight")
    shows(page, station("dcgan", 0, 1, 1))
    choose(page, "recipe", "mlp")
    choose(page, "seeds", "4 to 5")
    shows(page, station("mlp", 4, 5, 1))
    page.get_by_role("button", name="Play").click()
    expect(page.locator("output")).to_have_text("1.00")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    shows(page, station("mlp", 4, 5, 10))


def test_the_plane_by_keys_and_by_pointing(open_page):
    page = open_page(pages.plane_page, "dcgan", side=2, per_unit=4)
    plane = views.Plane(load("dcgan"), side=2)
    shows(page, plane.sheet([1.0])[0])
    slider(page, "x").focus()
    page.keyboard.press("ArrowRight")
    slider(page, "y").focus()
    page.keyboard.press("End")
    shows(page, sheet_point(plane, 1.25, 2.0))
    box = page.locator(".gan-pad").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4, steps=4)
    page.mouse.up()
    assert (slider(page, "x").input_value(), slider(page, "y").input_value()) == (
        "4",
        "2",
    )
    shows(page, sheet_point(plane, 1.0, 0.5))


def sheet_point(plane, x, y):
    """The picture of a page's point, drawn as the page's are: all points at once."""
    points = np.linspace(0, 2, 9)
    column, row = (int(np.flatnonzero(points == value)[0]) for value in (x, y))
    return plane.sheet(points)[9 * row + column]


def test_directions_push_and_reset(open_page):
    page = open_page(pages.directions_page, "dcgan", k=2, stations=5)
    directions = views.Directions(load("dcgan"), k=2)
    amounts = np.array(
        [[a, b] for a in (-3, -1.5, 0, 1.5, 3) for b in (-3, -1.5, 0, 1.5, 3)]
    )
    frames = draw(load("dcgan").generator, directions.latents(0, amounts)).numpy()
    shows(page, frames[12])
    slider(page, "direction 2").focus()
    page.keyboard.press("End")
    slider(page, "direction 1").focus()
    page.keyboard.press("ArrowLeft")
    shows(page, frames[9])
    page.get_by_role("button", name="Reset").click()
    shows(page, frames[12])


def test_time_travel_moves_pictures_and_cursor(open_page):
    page = open_page(pages.time_page, NAMES, moments=8, count=4)
    journey = views.TimeTravel({name: load(name) for name in NAMES}, count=4)
    shows(page, journey.sheet(0, "step"))
    cursor = page.locator(".gan-strip i")
    before, losses = cursor.bounding_box()["x"], page.locator(".gan-strip img")
    by_step = losses.get_attribute("src")
    slider(page, "moment").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    shows(page, journey.sheet(0.5, "step"))
    assert cursor.bounding_box()["x"] > before + 50
    choose(page, "align by", "seconds")
    shows(page, journey.sheet(0.5, "seconds"))
    assert losses.get_attribute("src") != by_step


@pytest.mark.parametrize("value", ["99", "-3", "abc", "NaN"])
def test_a_value_from_nowhere_never_breaks_the_picture(open_page, value):
    page = open_page(pages.plane_page, "dcgan", side=1, per_unit=2)
    slider(page, "x").evaluate(
        """(slider, value) => {
            slider.type = 'text';
            slider.value = value;
            slider.dispatchEvent(new Event('input'));
        }""",
        value,
    )
    frame = int(page.locator("[data-frame]").get_attribute("data-frame"))
    assert frame in (0 * 3 + 1, 2 * 3 + 1)  # an end of x; y is in the middle


def test_fifty_rapid_moves_settle_on_the_last(open_page):
    page = open_page(pages.morph_page, NAMES[:1], pairs=((0, 1),), stations=61)
    slider(page, "t").focus()
    for _ in range(50):
        page.keyboard.press("ArrowRight")
    walk = views.Morph(load("dcgan"), stations=61).walk(0, 1)
    both = [way[50] for way in walk.values()]
    shows(page, pages.tile(np.stack(both), gap=4))
