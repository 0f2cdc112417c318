"""A JupyterLab of its own on 127.0.0.1, for the browser tests and for benchmarks."""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
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
SLIDERS = """from functools import cache

from gan_utils.explore import sliders
from gan_utils.results import load_result, shipped_names
from gan_utils.support import paths


@cache
def load(recipe):
    return load_result(paths.weights_dir() / recipe)


names = shipped_names(first=("modern", "dcgan", "mlp"))
"""  # the first cell of a notebook; others are such as `sliders.plane(load, names)`


def chromium_program():
    """The browser's path: CHROMIUM, or the first that is installed, or None."""
    wanted = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else CHROMIUM
    return next(filter(None, map(shutil.which, wanted)), None)


def chromium_arguments():
    """For a browser without a screen; root needs one more."""
    root = hasattr(os, "getuid") and os.getuid() == 0
    return ARGUMENTS + (["--no-sandbox"] if root else [])


def free_port():
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def lab(home):
    """(folder of its notebooks, address, token), until the block ends."""
    root, token = home / "notebooks", secrets.token_hex(16)
    root.mkdir()
    port = free_port()
    command = ["jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    command += [f"--ServerApp.root_dir={root}", "--LabApp.expose_app_in_browser=True"]
    address = f"http://127.0.0.1:{port}"
    with served(command, home, f"{address}/api/status?token={token}"):
        yield root, address, token


@contextlib.contextmanager
def served(module, home, address):
    """`python -m MODULE ...` with settings of its own, while the block runs."""
    log = home / "server.log"
    with open(log, "w") as file:
        command = [sys.executable, "-m", *module]
        server = subprocess.Popen(
            command, env=surroundings(home), stdout=file, stderr=file
        )
    try:
        wait(address, server, log)
        yield
    finally:
        server.terminate()
        server.wait(20)


def surroundings(home):
    """No settings of the person who runs this, and no question about news."""
    news = home / "settings/@jupyterlab/apputils-extension"
    news.mkdir(parents=True, exist_ok=True)
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


def wait(address, server, log):
    """Until the server answers. Raises RuntimeError with the end of its log."""
    for _ in range(240):
        try:
            urllib.request.urlopen(address, timeout=2)
            return
        except urllib.error.HTTPError:
            return  # it answers, if only that there is nothing at this address
        except OSError:
            time.sleep(0.25)
        if server.poll() is not None:
            break
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")


def open_notebook(browser, lab, name, cells):
    """A page of the browser with a notebook of these code cells, its kernel idle."""
    root, address, token = lab
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(notebook, root / f"{name}.ipynb")
    page = browser.new_context(viewport={"width": 1200, "height": 1000}).new_page()
    page.set_default_timeout(30_000)
    page.page_errors = []
    page.on("pageerror", lambda error: page.page_errors.append(str(error)))
    page.goto(f"{address}/lab/workspaces/{name}/tree/{name}.ipynb?reset&token={token}")
    page.wait_for_function(IDLE, timeout=60_000)
    return page
