"""From a key press to the new picture, in JupyterLab and in the page without a kernel.

    python benchmarks/latency.py            # two minutes; needs Chromium
    python benchmarks/latency.py --live     # the page alone; keeps the rest as it is

A real JupyterLab and a real browser. For the explorers in JupyterLab the clock runs,
inside the browser, from the key event to the `load` event of the changed image: 50
presses each, four a second. Also how long after the start of its cell the first
explorer is visible.

For the page in which the generator runs (`live`), from the start of the page's handler
until the canvas is painted, 200 presses each: every explorer of `modern`, also with a
processor that Chromium slows 4 times, and the plane of every recipe. Then the games:
the search for the 7 that the page draws, ten times, and how many steps and frames a
second the game of notebook 07 makes. Writes benchmarks/latency.json.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from _common import machine
from playwright.sync_api import sync_playwright

from gan_utils.explore.page import explorer_page, weights_script
from gan_utils.results import load_shipped, shipped_names
from gan_utils.support import paths
from gan_utils.support.files import read_json, write_json

sys.path.append(str(paths.project_root() / "tools"))
import game_cells  # noqa: E402
import game_speed  # noqa: E402
import lab_server  # noqa: E402
import play_pages  # noqa: E402

FILE = Path(__file__).with_suffix(".json")
PRESSES = 50
PAUSE = 250  # milliseconds between two presses
CELLS = [lab_server.SLIDERS]
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
# The first to hear of an event, and the last: between them the page draws.
WATCH_PAGE = """kind => {
    window.waits = [];
    const now = () => performance.now();
    addEventListener(kind, () => { window.started = now(); }, true);
    addEventListener(kind, () => window.waits.push(now() - window.started));
}"""
LIVE_PRESSES, WARM_UP, SEARCHES = 200, 20, 10
LIVE = {  # explorer: which part takes the keys, the event that it handles
    "morph": ("#of-t", "input"),
    "plane": ("#pad", "keydown"),
    "directions": ("#of-d1", "input"),
}
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


def book(folder):
    """A page that finds the weights of all recipes beside it."""
    names = shipped_names(first=["modern"])
    (folder / "weights").mkdir()
    for name in names:
        script = folder / "weights" / f"{name}.js"
        script.write_text(weights_script(load_shipped(name)))
    return explorer_page((), folder / "explore.html", beside=names)


def press_live(browser, path, name, recipe, slower=1):
    """{what: median and 95th percentile} of key presses in an explorer of the page."""
    page = browser.new_page()
    target, kind = LIVE.get(name, ("#of-digit", "input"))
    page.goto(f"{path.as_uri()}#{name}?recipe={recipe}")
    page.evaluate("ready")
    page.locator(target).focus()
    page.wait_for_timeout(2000)  # the map of the plane is drawn
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.evaluate(WATCH_PAGE, kind)
    for number in range(WARM_UP + LIVE_PRESSES):
        page.keyboard.press("ArrowRight" if number % 2 else "ArrowLeft")
    waits = page.evaluate("window.waits")[WARM_UP:]
    page.close()
    if len(waits) != LIVE_PRESSES:
        raise RuntimeError(f"{LIVE_PRESSES} presses, but {len(waits)} new pictures")
    row = {"median_ms": statistics.median(waits)}
    row["p95_ms"] = statistics.quantiles(waits, n=20)[-1]
    what = f"{recipe}, {name}" + (f", {slower} times slower" if slower > 1 else "")
    print(f"{what:34s} median {row['median_ms']:5.1f} ms, p95 {row['p95_ms']:5.1f} ms")
    return {what: row}


def live(browser, folder):
    """{what: median and 95th percentile} of the page in which the generator runs."""
    path, found = book(folder), {}
    for name in LIVE:
        found |= press_live(browser, path, name, "modern")
        found |= press_live(browser, path, name, "modern", slower=4)
    found |= press_live(browser, path, "digit", "modern_labels")
    for recipe in shipped_names():
        found |= press_live(browser, path, "plane", recipe)
    return found


def search(browser, folder):
    """{median_ms, longest_ms} of the search for the latent of a drawn 7."""
    play_pages.alone("draw", folder / "draw.html")
    page = browser.new_page()
    page.goto((folder / "draw.html").as_uri())
    page.evaluate("ready")
    for number in range(1 + SEARCHES):
        page.locator("#example").click()
        page.wait_for_function(f"finds.length === {number + 1}")
    found = page.evaluate("finds")[1:]
    page.close()
    return {"median_ms": statistics.median(found), "longest_ms": max(found)}


def game(browser, folder):
    """{game: steps and frames a second}, in WebAssembly and in plain JavaScript."""
    rows = {}
    for language, wasm in (("WebAssembly", True), ("JavaScript", False)):
        path = game_speed.unbundled(folder, wasm)
        for name, ticked in game_speed.GAMES.items():
            row = game_speed.measured(browser, path, ticked)
            rows[f"{name}, {language}"] = {k: row[k] for k in ("steps", "frames")}
    return rows


def main():
    program = lab_server.chromium_program()
    if program is None:
        raise SystemExit("no Chromium: install it, or set CHROMIUM=/path/to/it")
    rows = read_json(FILE)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        how = {"executable_path": program, "args": lab_server.chromium_arguments()}
        browser = playwright.chromium.launch(**how)
        rows["live"] = live(browser, Path(folder))
        rows["search"] = search(browser, Path(folder))
        rows["game"] = game(browser, Path(folder))
        print(rows["search"], rows["game"])
        if "--live" not in sys.argv:
            rows |= explorers_in_lab(browser, Path(folder))
        browser.close()
    write_json(FILE, rows | machine())


def explorers_in_lab(browser, folder):
    """The rows of JupyterLab, printed as well."""
    found, first = in_lab(browser, folder)
    medians = {name: statistics.median(times) for name, times in found.items()}
    for name, median in medians.items():
        ninth = statistics.quantiles(found[name], n=10)[-1]
        print(f"{name:16s} median {median:5.1f} ms, nine of ten within {ninth:5.1f} ms")
    print(f"first explorer visible {first:.2f} s after its cell starts")
    return {"median_ms": medians, "ms": found, "first_explorer_s": first}


if __name__ == "__main__":
    main()
