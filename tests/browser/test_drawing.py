"""Notebook 09's sheet in a real JupyterLab: a digit is drawn, found and edited."""

import base64
import io

import drawing
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

BYTES = """async image => {
    const data = await (await fetch(image.src)).arrayBuffer();
    return btoa(String.fromCharCode(...new Uint8Array(data)));
}"""
SEVEN = [(70, 75), (130, 70), (205, 66), (180, 120), (152, 190), (140, 235)]


@pytest.fixture(scope="module")
def page(open_notebook, project):
    return open_notebook("drawing", drawing.cells(project))


def shown(board):
    """The picture beside the sheet: yours on the left, G's on the right."""
    data = base64.b64decode(board.locator("img").first.evaluate(BYTES))
    return np.asarray(Image.open(io.BytesIO(data)))


def halves(board):
    """The two digits at their own size: uint8 (28, 28) each."""
    small = shown(board)[::8, ::8]
    return small[:, :28], small[:, 29:]


def changes(page, board, before):
    """Wait until another picture is shown; its two digits."""
    for _ in range(400):
        after = halves(board)
        if any((a != b).any() for a, b in zip(before, after)):
            return after
        page.wait_for_timeout(50)
    raise AssertionError("the picture stayed as it was")


def test_a_drawn_seven_is_found_and_turned_into_other_digits(page):
    board = page.locator(".jp-CodeCell").last
    board.scroll_into_view_if_needed()
    sheet = board.locator("canvas").first
    expect(sheet).to_be_visible(timeout=60_000)
    expect(board.locator("img").first).to_be_visible(timeout=60_000)
    knob, before = board.get_by_role("slider").first, halves(board)
    knob.focus()
    page.keyboard.press("ArrowLeft")  # so that the 7 below is found, not left over
    before = changes(page, board, before)
    expect(knob).to_have_attribute("aria-valuetext", "6")
    box = sheet.bounding_box()
    page.mouse.move(box["x"] + SEVEN[0][0], box["y"] + SEVEN[0][1])
    page.mouse.down()
    for x, y in SEVEN[1:]:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=6)
    page.mouse.up()
    yours, _ = changes(page, board, before)
    page.wait_for_timeout(1000)  # digit and picture come one after the other
    yours, found = halves(board)
    assert yours.max() == 255 and (yours > 0).sum() > 40
    expect(knob).to_have_attribute("aria-valuetext", "7")
    assert ((yours / 255.0 - found / 255.0) ** 2).mean() < 0.04  # G's looks alike
    knob.focus()
    page.keyboard.press("ArrowLeft")
    still, six = changes(page, board, (yours, found))
    assert (still == yours).all() and (six != found).any()
    assert page.page_errors == []
