"""From a key press to the new picture, in JupyterLab and in pages without a kernel.

    python benchmarks/latency.py        # a minute; needs Chromium

A real JupyterLab and a real browser. For the explorers the clock runs, inside the
browser, from the key event to the `load` event of the changed image; for the pages,
from the key event until the canvas is drawn. 50 presses each, four a
second. Also how long after the start of its cell the first explorer is visible. Writes
benchmarks/latency.json.
"""

import statistics
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import nbformat
from _common import machine
from playwright.sync_api import sync_playwright

from gan_utils.cli.explore import PAGE
from gan_utils.results import load_result
from gan_utils.support import paths
from gan_utils.support.files import write_json

sys.path.append(str(paths.project_root() / "tools"))
import explorer_pages as pages  # noqa: E402
import game_cells  # noqa: E402
import lab_server  # noqa: E402

FILE = Path(__file__).with_suffix(".json")
PRESSES = 50
PAUSE = 250  # milliseconds between two presses
CELLS = [nbformat.read(PAGE, as_version=4).cells[0].source]
CELLS += ["sliders.morph(load, names)", "sliders.plane(load, names)"]
CELLS += ["sliders.directions(load, names)"]
EXPLORERS = {"morph": (1, 0), "plane": (2, 0), "directions": (3, 0)}  # cell, slider
TOOLS = str(paths.project_root() / "tools")
CELLS += [f"import sys; sys.path.append({TOOLS!r}); import game_cells, tempfile"]
CELLS[-1] += "; globals().update(game_cells.lesson(tempfile.mkdtemp()))"  # trains
CELLS += [game_cells.slider_cell()]
IN_LAB = EXPLORERS | {"turns of notebook 07": (5, 1)}
CLOCK = """
    window.waits = [];
    const now = () => performance.now();
    addEventListener("keydown", () => { window.pressed = now(); }, true);
    const changed = () => window.waits.push(now() - window.pressed);
"""
WATCH = f"image => {{ {CLOCK} image.addEventListener('load', changed); }}"
WATCH_PAGE = f"""() => {{ {CLOCK}
    const drawn = document.querySelector("[data-frame]");
    new MutationObserver(changed).observe(drawn, {{ attributeFilter: ["data-frame"] }});
}}"""
RUN_CELL = "notebook:run-cell-and-select-next"


def press(page, slider):
    """Milliseconds of each key press. Raises RuntimeError if one changed nothing.

    Nothing is asked of the page in between: to poll it would slow it.
    """
    slider.focus()
    for number in range(PRESSES):
        page.keyboard.press("ArrowRight" if number % 20 < 10 else "ArrowLeft")
        page.wait_for_timeout(PAUSE)
    waits = page.evaluate("window.waits")
    if len(waits) != PRESSES:
        raise RuntimeError(f"{PRESSES} presses, but {len(waits)} new pictures")
    return waits


def in_lab(browser, home):
    """{explorer: milliseconds}, and the seconds until the first one is visible."""
    found = {}
    with lab_server.lab(home) as lab:
        page = lab_server.open_notebook(browser, lab, "latency", CELLS)
        run = f"() => window.jupyterapp.commands.execute('{RUN_CELL}')"
        page.locator(".jp-CodeCell").first.click()
        page.evaluate(run)
        start = time.perf_counter()
        page.evaluate(run)
        page.locator("img:visible").first.wait_for()
        first = time.perf_counter() - start
        page.evaluate(lab_server.RUN_ALL)
        for name, (cell, slider) in IN_LAB.items():
            place = page.locator(".jp-CodeCell").nth(cell)
            place.scroll_into_view_if_needed()
            place.locator("img").first.evaluate(WATCH)
            found[name] = press(page, place.get_by_role("slider").nth(slider))
    return found, first


def on_pages(browser, folder):
    """{page: milliseconds} of the pages that open from disk."""
    load = cache(lambda name: load_result(paths.weights_dir() / name))
    pages.morph_page(load, ["modern"], folder / "morph.html")
    pages.plane_page(load, "modern", folder / "plane.html")
    pages.directions_page(load, "modern", folder / "directions.html")
    found = {}
    for name in EXPLORERS:
        page = browser.new_page()
        page.goto((folder / f"{name}.html").as_uri())
        page.wait_for_selector("[data-frame]")
        page.evaluate(WATCH_PAGE)
        found[f"{name} page"] = press(page, page.get_by_role("slider").last)
    return found


def main():
    program = lab_server.chromium_program()
    if program is None:
        raise SystemExit("no Chromium: install it, or set CHROMIUM=/path/to/it")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        how = {"executable_path": program, "args": lab_server.chromium_arguments()}
        browser = playwright.chromium.launch(**how)
        found, first = in_lab(browser, Path(folder))
        found |= on_pages(browser, Path(folder))
        browser.close()
    medians = {name: statistics.median(times) for name, times in found.items()}
    for name, median in medians.items():
        ninth = statistics.quantiles(found[name], n=10)[-1]
        print(f"{name:16s} median {median:5.1f} ms, nine of ten within {ninth:5.1f} ms")
    print(f"first explorer visible {first:.2f} s after its cell starts")
    rows = {"median_ms": medians, "ms": found, "first_explorer_s": first}
    write_json(FILE, {**machine(), **rows})


if __name__ == "__main__":
    main()
