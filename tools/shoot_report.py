"""Photograph the page of a run: figures/report.png

python tools/shoot_report.py runs/class      # needs Chromium
"""

from pathlib import Path

import click
import lab_server
from playwright.sync_api import sync_playwright

from gan_utils.support import paths
from gan_utils.support.files import write_atomic

HEIGHT = 1750  # pixels: the cards, and the conclusions below them


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
def main(folder):
    """Write figures/report.png, without the names of this machine's folders."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=lab_server.chromium_program(),
            args=lab_server.chromium_arguments(),
        )
        page = browser.new_page(viewport={"width": 900, "height": HEIGHT})
        page.goto((folder / "index.html").resolve().as_uri())
        page.add_style_tag(content="dl { display: none !important }")
        write_atomic(paths.project_root() / "figures" / "report.png", page.screenshot())
        browser.close()


if __name__ == "__main__":
    main()
