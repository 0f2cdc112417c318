"""How fast the live game trains, and how smoothly its page draws meanwhile.

    python tools/game_speed.py                 # in WebAssembly and in plain JavaScript
    python tools/game_speed.py --seconds 10

Opens site/play/game.html in Chromium and prints steps per second, frames per second of
the page, and pictures drawn per second, for the plain game and for pairs with R1 and
R2 (second derivatives). `measured` gives the same numbers to a program.
"""

import argparse
import base64
import tempfile
from pathlib import Path

import lab_server
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PLAY, WEB = ROOT / "site" / "play", ROOT / "gan_utils" / "explore" / "web"
GAMES = {"plain": [], "pairs, R1, R2": ["[value=pairs]", "[name=R1]", "[name=R2]"]}
COUNT = """(milliseconds) => new Promise((done) => {
    const root = document.querySelector(".game").dataset;
    const now = () => [performance.now(), Number(root.step), Number(root.drawn)];
    const before = now();
    let frames = 0;
    const frame = () => {
        frames++;
        const [time, steps, drawn] = now().map((value, k) => value - before[k]);
        if (time < milliseconds) return requestAnimationFrame(frame);
        const rate = (count) => 1000 * count / time;
        done({ steps: rate(steps), frames: rate(frames), drawn: rate(drawn) });
    };
    requestAnimationFrame(frame);
})"""


def unbundled(folder, wasm):
    """A page in a folder that finds its scripts here, with WebAssembly or without."""
    html = (PLAY / "game.html").read_text("utf-8")
    for name in ("look.css", "game.css", "game_engine.js", "game_trials.js", "game.js"):
        html = html.replace(f'"{name}"', f'"{(PLAY / name).as_uri()}"')
    bytes_ = base64.b64encode((WEB / "matrix.wasm").read_bytes()).decode()
    there = '"../../gan_utils/explore/web/matrix.'
    html = html.replace(f' src={there}wasm">', f">{bytes_ if wasm else ''}")
    html = html.replace(f"{there}js", f'"{(WEB / "matrix.js").as_uri()}')
    path = folder / "game.html"
    path.write_text(html, "utf-8")
    return path


def measured(browser, path, ticked=(), seconds=5):
    """{steps, frames, drawn} per second of the page at `path` while it plays.

    ticked: selectors of the controls to tick first. Three seconds are left out, in
    which the browser translates the code.
    """
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(path.as_uri())
    page.wait_for_selector("[data-drawn]")
    for selector in ticked:
        page.locator(selector).check()
    page.wait_for_timeout(3000)
    found = page.evaluate(COUNT, 1000 * seconds)
    found["where"] = page.locator(".game").get_attribute("data-where")
    page.close()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    seconds = parser.parse_args().seconds
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=lab_server.chromium_program(),
            args=lab_server.chromium_arguments(),
        )
        for wasm in (True, False):
            path = unbundled(Path(folder), wasm)
            for name, ticked in GAMES.items():
                found = measured(browser, path, ticked, seconds)
                text = "WebAssembly" if wasm else "JavaScript"
                numbers = (f"{found[k]:.0f} {k}" for k in ("steps", "frames", "drawn"))
                where = f"{text}, {name}, in the {found['where']}"
                print(f"{where}: {', '.join(numbers)} a second", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
