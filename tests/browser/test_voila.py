"""`make explore`: the explorers as a page without code, in the browser."""

import lab_server
import pytest
from accessible import faults_of
from playwright.sync_api import expect

from gan_utils.cli import explore


@pytest.fixture(scope="module")
def page(chromium, tmp_path_factory):
    home = tmp_path_factory.mktemp("voila")
    port = lab_server.free_port()
    address = f"http://127.0.0.1:{port}"
    options = [f"--port={port}", "--no-browser", "--Voila.ip=127.0.0.1"]
    probe = f"{address}/voila/static/"
    with lab_server.served(["voila", str(explore.PAGE), *options], home, probe):
        page = chromium.new_page(viewport={"width": 1200, "height": 1000})
        page.set_default_timeout(60_000)
        page.page_errors = []
        page.on("pageerror", lambda error: page.page_errors.append(str(error)))
        page.goto(address)
        yield page
        page.close()


def test_the_lecture_hall_page_shows_four_explorers_and_no_code(page):
    expect(page.locator(".widget-slider")).to_have_count(8, timeout=60_000)
    expect(page.locator("img:visible")).to_have_count(5, timeout=60_000)
    for title in ("From one digit to another", "Any picture is two numbers"):
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.get_by_text("load_result")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_key_there_moves_the_picture(page):
    expect(page.locator("img:visible")).to_have_count(5, timeout=60_000)
    image = page.locator("img:visible").first
    before = image.get_attribute("src")
    page.get_by_role("slider").first.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".widget-readout").first).to_have_text("0.20")
    expect(image).not_to_have_attribute("src", before)
    assert page.page_errors == []


@pytest.mark.parametrize("width", [1200, 400])
def test_everyone_can_use_it_also_on_a_phone(page, width):
    expect(page.locator("img:visible")).to_have_count(5, timeout=60_000)
    page.set_viewport_size({"width": width, "height": 1000})
    assert faults_of(page) == []
