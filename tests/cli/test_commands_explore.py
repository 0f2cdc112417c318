import re
import socket
import subprocess
import sys
import urllib.request

import nbformat
from click.testing import CliRunner

from gan_utils import cli
from gan_utils.cli import explore


def test_the_page_has_all_four_explorers_and_runs():
    """Each cell, as Voilà runs them, gives a box."""
    shown = {}
    page = nbformat.read(explore.PAGE, as_version=4)
    nbformat.validate(page)
    code = [cell.source for cell in page.cells if cell.cell_type == "code"]
    exec(code[0], shown)
    boxes = [eval(source, shown) for source in code[1:]]
    assert [source.split("(")[0] for source in code[1:]] == [
        "sliders.morph",
        "sliders.plane",
        "sliders.directions",
        "sliders.time_travel",
    ]
    assert all(type(box).__name__ == "VBox" for box in boxes)
    assert all(box.children[-1].value == "" for box in boxes)  # no error message


def test_the_command_serves_the_page_on_this_computer_only(monkeypatch):
    asked = []
    monkeypatch.setattr(
        explore.subprocess, "call", lambda command: asked.append(command) or 0
    )
    done = CliRunner().invoke(cli.main, ["explore", "--port", "9000", "--no-browser"])
    assert done.exit_code == 0
    (command,) = asked
    assert str(explore.PAGE) in command and explore.PAGE.is_file()
    assert {"--Voila.ip=127.0.0.1", "--port=9000", "--no-browser"} <= set(command)


def test_it_tells_the_address_that_it_serves_and_ends_with_its_server():
    """Though the port asked for is taken; a signal ends Voilà, too."""
    words = [sys.executable, "-m", "gan_utils", "explore", "--no-browser", "--port"]
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        how = {"stderr": subprocess.STDOUT, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen([*words, str(taken)], **how) as command:
            found = (re.search(r"http://\S+:(\d+)/", line) for line in command.stdout)
            port = int(next(filter(None, found))[1])
            try:
                address = f"http://127.0.0.1:{port}/voila/static/voila.js"
                assert urllib.request.urlopen(address, timeout=60).status == 200
            finally:
                command.terminate()
            command.stdout.read()  # to its end: nobody writes there any more
    assert port != taken and command.returncode == 143


def test_an_address_that_this_computer_has_not_is_an_error():
    words = [sys.executable, "-m", "gan_utils", "explore", "--ip", "192.0.2.77"]
    done = subprocess.run([*words, "--no-browser"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "Cannot assign" in done.stderr or "not valid" in done.stderr


def test_ctrl_c_ends_it_quietly(monkeypatch):
    def interrupted(command):
        raise KeyboardInterrupt

    monkeypatch.setattr(explore.subprocess, "call", interrupted)
    assert CliRunner().invoke(cli.main, ["explore"]).exit_code == 130
