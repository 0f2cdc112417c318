"""`explore`: the explorers of notebook 05 as a page without code, served by Voilà."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import click

from gan_utils.support import versions

PAGE = Path(__file__).with_name("templates") / "explore.ipynb"
PORTS = 50  # to try, from the first on


def free_port(first, ip="127.0.0.1"):
    """The first port from `first` on at which nobody listens at the address `ip`."""
    for port in range(first, min(first + PORTS, 65536)):
        with socket.socket() as probe:
            # As the server does it: on Unix a port just closed is free again.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
            try:
                probe.bind((ip, port))
                return port
            except OSError as error:
                reason = error.strerror
    raise click.ClickException(f"--port {first} at {ip}: {reason}; nor do others")


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8866, show_default=True)
@click.option("--ip", default="127.0.0.1", show_default=True, help="0.0.0.0: for all")
@click.option("--no-browser", is_flag=True, help="do not open a browser")
def explore(port, ip, no_browser):
    """Serve the explorers of notebook 05 as a page, until Ctrl-C.

    It listens on this computer only unless --ip says more, at the next free port if the
    one given is taken. Each page has a kernel, which ends within 15 minutes of it.
    """
    try:
        for package in ("voila", "ipywidgets"):
            versions.require(package, "the page of explorers")
    except versions.MissingPackage as error:
        raise click.ClickException(str(error)) from None
    port = free_port(port, ip)
    command = [sys.executable, "-m", "voila", str(PAGE), f"--port={port}"]
    command += [f"--Voila.ip={ip}", "--Voila.port_retries=0"]
    command += ["--MappingKernelManager.cull_idle_timeout=600"]
    command += ["--show_tracebacks=True"] + ["--no-browser"] * no_browser
    click.echo(f"http://{ip}:{port}/  (Ctrl-C ends it)")
    try:
        sys.exit(subprocess.call(command))
    except KeyboardInterrupt:
        sys.exit(130)
