"""Photograph the explorers in a real JupyterLab: figures/explorers.png.

python tools/shoot_explorers.py      # needs Chromium
"""

import io
import tempfile
from pathlib import Path

import lab_server
from PIL import Image
from playwright.sync_api import sync_playwright

from gan_utils.support import paths
from gan_utils.support.files import write_atomic

CELLS = [
    lab_server.SLIDERS,
    "sliders.morph(load, names)",
    "sliders.plane(load, names, at=(3.6, 4.4))",
    "sliders.directions(load, names)",
    "sliders.time_travel(load, names)",
]
MOVES = {1: ("ArrowRight", 22), 3: ("ArrowRight", 12), 4: ("ArrowRight", 14)}
GAP = 16


def shoot(page):
    """One picture of each explorer, each moved a little first."""
    found = []
    for number in range(1, len(CELLS)):
        cell = page.locator(".jp-CodeCell").nth(number)
        cell.scroll_into_view_if_needed()
        key, count = MOVES.get(number, ("ArrowRight", 0))
        if count:
            cell.get_by_role("slider").first.focus()
        for _ in range(count):
            page.keyboard.press(key)
        page.wait_for_timeout(1500)
        box = cell.locator(".jp-OutputArea-output .widget-vbox").first
        found.append(Image.open(io.BytesIO(box.screenshot())).convert("RGB"))
    return found


def trimmed(image):
    """Without the white on the right and below."""
    inverted = Image.eval(image.convert("L"), lambda v: 255 - v)
    return image.crop((0, 0, *inverted.getbbox()[2:]))


def montage(images):
    """Two columns; the rows as high as their highest."""
    width = max(image.width for image in images)
    heights = [max(a.height, b.height) for a, b in zip(images[::2], images[1::2])]
    size = (2 * width + GAP, sum(heights) + GAP)
    sheet = Image.new("RGB", size, "white")
    for number, image in enumerate(images):
        row, column = divmod(number, 2)
        top = sum(heights[:row]) + GAP * row
        sheet.paste(image, (column * (width + GAP), top))
    return sheet


def main():
    program = lab_server.chromium_program()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=program, args=lab_server.chromium_arguments()
        )
        with lab_server.lab(Path(folder)) as lab:
            page = lab_server.open_notebook(browser, lab, "explorers", CELLS)
            page.evaluate(lab_server.RUN_ALL)
            sheet = montage([trimmed(image) for image in shoot(page)])
        browser.close()
    file = io.BytesIO()
    sheet.save(file, "png", optimize=True)
    write_atomic(paths.project_root() / "figures" / "explorers.png", file.getvalue())


if __name__ == "__main__":
    main()
