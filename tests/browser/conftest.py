"""A real JupyterLab and a real Chromium, each started once."""

from pathlib import Path

import lab_server
import pytest
from playwright.sync_api import sync_playwright


def pytest_collection_modifyitems(items):
    """One worker drives the browser: it is started once, not once a worker."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def chromium():
    """The browser. A missing one fails the tests: a skip looks too much like a pass."""
    program = lab_server.chromium_program()
    if program is None:
        pytest.fail(
            f"no Chromium ({', '.join(lab_server.CHROMIUM)}). Install it (Debian: "
            "apt-get install chromium) or set CHROMIUM=/path/to/it; to leave these "
            "tests out: pytest -m 'not browser'",
            pytrace=False,
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=lab_server.chromium_arguments()
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A JupyterLab of its own: (folder of its notebooks, address, token)."""
    with lab_server.lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="session")
def open_notebook(lab, chromium):
    """A function (name, code cells) -> the page with that notebook, all cells run."""
    pages = []

    def open_(name, cells):
        pages.append(lab_server.open_notebook(chromium, lab, name, cells))
        pages[-1].evaluate(lab_server.RUN_ALL)
        return pages[-1]

    yield open_
    for page in pages:
        page.context.close()
