import base64
import io
import re

import explorer_pages as pages
import numpy as np
import pytest
from flat_results import Tall, flat_result
from PIL import Image

from gan_utils.explore import views
from gan_utils.explore.player import Axis, html_explorer

RESULTS = {
    "one": flat_result(),
    "two": flat_result(Tall(), steps=(0, 20, 80, 180), start=100),
}
load, NAMES = RESULTS.__getitem__, list(RESULTS)


def frame(page, *place):
    """The picture of a page at these indices of its axes, as the browser cuts it."""
    sprite = re.search(r'sprite\.src = "data:image/png;base64,([^"]+)"', page)[1]
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(sprite))))
    width, height = map(int, re.search(r'width="(\d+)" height="(\d+)"', page).groups())
    sizes = [int(n) + 1 for n in axis_ends(page)]
    index = int(np.ravel_multi_index(place, sizes))
    ncol = sheet.shape[1] // width
    top, left = index // ncol * height, index % ncol * width
    return sheet[top : top + height, left : left + width]


def axis_ends(page):
    """The last index of each control, in order."""
    for match in re.finditer(
        r"<select.*?</select>|<input[^>]*max=\"(\d+)\"", page, re.S
    ):
        yield match[1] or match[0].count("<option") - 1


def test_a_time_page_holds_both_clocks_and_the_losses():
    page = pages.time_page(load, NAMES, moments=4, count=2)
    journey = views.TimeTravel(RESULTS, count=2)
    for clock, by in enumerate(("step", "seconds")):
        assert np.array_equal(frame(page, clock, 2), journey.sheet(0.5, by))
    assert page.count("data:image/png") >= 3  # frames, and losses by either clock


def test_a_page_opens_from_disk_and_is_small(tmp_path):
    pages.time_page(load, NAMES, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert text.startswith("<!doctype html>") and len(text) < 1_500_000
    assert not re.search(r"(src|href)=[\"']?https?:", text)


def test_a_page_wants_a_frame_for_every_combination():
    axes = [Axis("a", ("0", "1")), Axis("b", ("0", "1", "2"))]
    frames = np.zeros((5, 4, 4), np.uint8)
    with pytest.raises(ValueError, match="5 frames for axes with 6 combinations"):
        html_explorer(frames, axes, title="t")
