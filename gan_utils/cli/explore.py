"""`explore`: the explorers of notebook 05 as a page without code, served by Voilà."""

import os
import socket
import subprocess
import sys

import click

from gan_utils.support import paths, versions

SETUP = """\
from functools import cache

from gan_utils.explore import sliders
from gan_utils.results import load_result, shipped_names
from gan_utils.support import paths


@cache
def load(recipe):
    return load_result(paths.weights_dir() / recipe)


names = shipped_names(first=("modern", "dcgan", "mlp"))
"""
PARTS = {
    "# Browse the latents of a GAN\n\nEvery picture is drawn while you move a slider."
    "\n\n## From one digit to another": "sliders.morph(load, names, scale=9)",
    "## Any picture is two numbers": "sliders.plane(load, names, scale=10)",
    "## Directions that mean something": "sliders.directions(load, names, scale=10)",
    "## Watch three trainings": "sliders.time_travel(load, names, scale=3)",
}
PORTS = 50  # to try, from the first on


def page():
    """The notebook that Voilà shows."""
    import nbformat

    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.metadata["title"] = "Browse the latents of a GAN"
    notebook.cells = [nbformat.v4.new_code_cell(SETUP)]
    for text, code in PARTS.items():
        notebook.cells += [nbformat.v4.new_markdown_cell(text)]
        notebook.cells += [nbformat.v4.new_code_cell(code)]
    return notebook


def write_page():
    """Write the notebook to runs/explore/explore.ipynb. Returns its path."""
    import nbformat

    from gan_utils.support.files import write_atomic

    folder = paths.writable(paths.runs_dir() / "explore")
    return write_atomic(folder / "explore.ipynb", nbformat.writes(page()).encode())


def free_port(first):
    """The first port from `first` on at which nobody listens on this computer."""
    for port in range(first, min(first + PORTS, 65536)):
        with socket.socket() as probe:
            # As the server does it: on Unix a port just closed is free again.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError as error:
                reason = error.strerror
    raise click.ClickException(f"--port {first}: {reason}; nor do those after it work")


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8866, show_default=True)
@click.option("--no-browser", is_flag=True, help="do not open a browser")
def explore(port, no_browser):
    """Serve the explorers of notebook 05 as a page, until Ctrl-C.

    It listens on this computer only, at the next free port if the one given is taken.
    """
    try:
        versions.require("voila", "the page of explorers")
        versions.require("ipywidgets", "the page of explorers")
        path = write_page()
    except (versions.MissingPackage, paths.NotWritable) as error:
        raise click.ClickException(str(error)) from None
    port = free_port(port)
    command = [sys.executable, "-m", "voila", str(path), f"--port={port}"]
    command += ["--Voila.ip=127.0.0.1", "--Voila.port_retries=0"]
    command += ["--show_tracebacks=True"] + ["--no-browser"] * no_browser
    click.echo(f"http://127.0.0.1:{port}/  (Ctrl-C ends it)")
    try:
        sys.exit(subprocess.call(command))
    except KeyboardInterrupt:
        sys.exit(130)
