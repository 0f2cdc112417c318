"""A real JupyterLab and a real Chromium, each started once."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
IDLE = (
    "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session"
    "?.kernel?.status === 'idle'"
)
RUN_ALL = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"


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
    wanted = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else NAMES
    program = next(filter(None, map(shutil.which, wanted)), None)
    if program is None:
        pytest.fail(
            f"no Chromium ({', '.join(wanted)}). Install it (Debian: apt-get install "
            "chromium) or set CHROMIUM=/path/to/it; to leave these tests out: "
            "pytest -m 'not browser'",
            pytrace=False,
        )
    as_root = ["--no-sandbox"] if hasattr(os, "getuid") and os.getuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=ARGUMENTS + as_root
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A JupyterLab of its own: (folder of its notebooks, address, token)."""
    home = tmp_path_factory.mktemp("lab")
    root = home / "notebooks"
    root.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    command += [f"--ServerApp.root_dir={root}", "--LabApp.expose_app_in_browser=True"]
    with open(home / "lab.log", "w") as log:
        server = subprocess.Popen(
            command, env=_environment(home), stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/api/status?token={token}", server, home / "lab.log")
        yield root, address, token
    finally:
        server.terminate()
        server.wait(20)


def _environment(home):
    """No settings of the person who runs the tests, and no question about news."""
    news = home / "settings/@jupyterlab/apputils-extension"
    news.mkdir(parents=True)
    settings = {"fetchNews": "false", "checkForUpdates": False}
    (news / "notification.jupyterlab-settings").write_text(json.dumps(settings))
    return {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
        ),
    }


def _wait(address, server, log):
    for _ in range(240):
        try:
            urllib.request.urlopen(address, timeout=2)
            return
        except OSError:
            time.sleep(0.25)
        if server.poll() is not None:
            break
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}", pytrace=False)


@pytest.fixture(scope="session")
def open_notebook(lab, chromium):
    """A function (name, code cells) -> the page with that notebook, all cells run."""
    root, address, token = lab
    contexts = []

    def open_(name, cells):
        notebook = nbformat.v4.new_notebook()
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
        }
        notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
        nbformat.write(notebook, root / f"{name}.ipynb")
        contexts.append(chromium.new_context(viewport={"width": 1200, "height": 1000}))
        page = contexts[-1].new_page()
        page.set_default_timeout(30_000)
        page.page_errors = []
        page.on("pageerror", lambda error: page.page_errors.append(str(error)))
        page.goto(
            f"{address}/lab/workspaces/{name}/tree/{name}.ipynb?reset&token={token}"
        )
        page.wait_for_function(IDLE, timeout=60_000)
        page.evaluate(RUN_ALL)
        return page

    yield open_
    for context in contexts:
        context.close()
