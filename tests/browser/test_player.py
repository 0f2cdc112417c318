"""An exported player, opened from disk: no kernel, no server, no network."""

import numpy as np
import pytest
from playwright.sync_api import expect

from gan_utils.explore import player

GRAY = "canvas => canvas.getContext('2d').getImageData(4, 2, 1, 1).data[0]"
FRAMES = np.broadcast_to((20 * np.arange(12))[:, None, None], (12, 6, 8)).astype(
    np.uint8
)


def _note_errors(page, message):
    if message.type == "error":
        page.complaints.append(message.text)


@pytest.fixture
def page(chromium, tmp_path):
    """The page of a player, with everything it asked for and complained about."""
    path = tmp_path / "a player.html"
    labels = [f"step {number}" for number in range(12)]
    player.html_player(FRAMES, labels, path, title="<Twelve> & more", ms=40)
    page = chromium.new_page()
    page.set_default_timeout(10_000)
    page.requests, page.complaints = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("console", lambda message: _note_errors(page, message))
    page.on("pageerror", lambda error: page.complaints.append(error))
    page.goto(path.as_uri())
    page.wait_for_selector("[data-frame]")
    yield page
    outside = [url for url in page.requests if not url.startswith(("file:", "data:"))]
    page.close()
    assert outside == [] and page.complaints == []


def shows(page, number):
    expect(page.locator("output")).to_have_text(f"step {number}")
    assert page.locator("canvas").evaluate(GRAY) == FRAMES[number, 0, 0]
    label = f"<Twelve> & more: step {number}"
    expect(page.locator("canvas")).to_have_attribute("aria-label", label)
    expect(page.locator("input")).to_have_attribute("aria-valuetext", f"step {number}")


def test_the_keyboard_works_at_once(page):
    shows(page, 0)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    shows(page, 2)
    page.keyboard.press("ArrowLeft")
    shows(page, 1)
    page.keyboard.press("End")
    shows(page, 11)
    page.keyboard.press("ArrowRight")
    shows(page, 11)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    shows(page, 0)


def test_the_slider_can_be_dragged(page):
    box = page.get_by_role("slider").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 6, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, middle, steps=5)
    page.mouse.up()
    number = int(page.get_by_role("slider").input_value())
    assert 4 <= number <= 7
    shows(page, number)


def test_play_runs_to_the_end_stops_and_starts_anew(page):
    button = page.get_by_role("button")
    button.click()
    expect(button).to_have_text("Pause")
    expect(page.locator("output")).to_have_text("step 11")
    expect(button).to_have_text("Play")
    shows(page, 11)
    button.click()
    expect(page.locator("output")).not_to_have_text("step 11")
    page.keyboard.press("Home")
    expect(button).to_have_text("Play")
    shows(page, 0)


@pytest.mark.parametrize("value", ["99", "-3", "abc", "NaN"])
def test_a_value_from_nowhere_never_breaks_the_picture(page, value):
    page.locator("input").evaluate(
        """(slider, value) => {
            slider.type = 'text';
            slider.value = value;
            slider.dispatchEvent(new Event('input'));
        }""",
        value,
    )
    shows(page, 11 if value == "99" else 0)


def test_the_page_fits_a_narrow_window(page):
    page.set_viewport_size({"width": 330, "height": 500})
    assert page.evaluate("document.documentElement.scrollWidth") <= 330
