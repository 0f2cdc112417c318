"""`explore`: the explorers of notebook 05 as a page without code, served by Voilà."""

import subprocess
import sys
from pathlib import Path

import click

from gan_utils.engine.stopping import sigterm_like_ctrl_c
from gan_utils.support import versions

PAGE = Path(__file__).with_name("templates") / "explore.ipynb"


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8866, show_default=True)
@click.option("--ip", default="127.0.0.1", show_default=True, help="0.0.0.0: for all")
@click.option("--no-browser", is_flag=True, help="do not open a browser")
def explore(port, ip, no_browser):
    """Serve the explorers of notebook 05 as a page, until Ctrl-C.

    It listens on this computer only unless --ip says more, at another port if the one
    given is taken: Voilà says where. Each page has a kernel, which ends within 15
    minutes of it.
    """
    try:
        for package in ("voila", "ipywidgets"):
            versions.require(package, "the page of explorers")
    except versions.MissingPackage as error:
        raise click.ClickException(str(error)) from None
    command = [sys.executable, "-m", "voila", str(PAGE), f"--port={port}"]
    command += [f"--Voila.ip={ip}", "--MappingKernelManager.cull_idle_timeout=600"]
    command += ["--show_tracebacks=True"] + ["--no-browser"] * no_browser
    try:
        with sigterm_like_ctrl_c():  # else Voilà would outlive this command
            sys.exit(subprocess.call(command))
    except KeyboardInterrupt:
        sys.exit(130)
