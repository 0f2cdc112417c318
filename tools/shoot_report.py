"""Photograph the page of a run at profile quick: figures/report.png

python -m classroom run --out runs/class && python tools/shoot_report.py runs/class
"""

import json
from pathlib import Path

import click
import lab_server
from playwright.sync_api import sync_playwright

from gan_utils.support import paths
from gan_utils.support.files import write_atomic

WIDTH, MARGIN = 900, 40  # pixels
END = "[aria-labelledby=conclusions]"  # the last part that is shown


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
def main(folder):
    """Write figures/report.png: the cards and the conclusions of the run in FOLDER."""
    run = json.loads((folder / "status.json").read_text())
    if (run["profile"], run["state"]) != ("quick", "done"):
        found = f"profile {run['profile']}, {run['state']}"
        raise click.ClickException(f"{folder} is no whole run at quick: {found}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=lab_server.chromium_program(),
            args=lab_server.chromium_arguments(),
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": 1000})
        page.goto((folder / "index.html").resolve().as_uri())
        box = page.locator(END).bounding_box()
        page.set_viewport_size(
            {"width": WIDTH, "height": round(box["y"] + box["height"] + MARGIN)}
        )
        write_atomic(paths.project_root() / "figures" / "report.png", page.screenshot())
        browser.close()


if __name__ == "__main__":
    main()
