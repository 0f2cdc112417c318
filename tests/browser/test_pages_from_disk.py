"""Time travel as a page, opened from disk: no kernel, no server, no network."""

from functools import cache

import explorer_pages as pages
import numpy as np
import pytest

from gan_utils.explore import views
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


@pytest.mark.parametrize(
    ("value", "place"), [("99", 1), ("-3", 0), ("abc", 0), ("NaN", 0)]
)
def test_a_value_from_nowhere_never_breaks_the_picture(open_page, value, place):
    page = open_page(pages.time_page, NAMES, moments=8, count=4)
    slider(page, "moment").evaluate(
        """(slider, value) => {
            slider.type = 'text';
            slider.value = value;
            slider.dispatchEvent(new Event('input'));
        }""",
        value,
    )
    journey = views.TimeTravel({name: load(name) for name in NAMES}, count=4)
    shows(page, journey.sheet(place, "step"))


def test_fifty_rapid_moves_settle_on_the_last(open_page):
    page = open_page(pages.time_page, NAMES, moments=60, count=4)
    slider(page, "moment").focus()
    for _ in range(50):
        page.keyboard.press("ArrowRight")
    journey = views.TimeTravel({name: load(name) for name in NAMES}, count=4)
    shows(page, journey.sheet(50 / 60, "step"))
