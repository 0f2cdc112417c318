import re
import socket

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
    assert done.exit_code == 0 and "http://127.0.0.1:9000/" in done.output
    (command,) = asked
    assert str(explore.PAGE) in command and explore.PAGE.is_file()
    assert "--Voila.ip=127.0.0.1" in command and "--no-browser" in command


def test_a_port_that_is_taken_is_neither_used_nor_told(monkeypatch):
    asked = []
    monkeypatch.setattr(explore.subprocess, "call", lambda c: asked.append(c) or 0)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        done = CliRunner().invoke(cli.main, ["explore", "--port", str(taken)])
    (told,) = re.findall(r"http://127\.0\.0\.1:(\d+)/", done.output)
    assert int(told) > taken and f"--port={told}" in asked[0]
    assert "--Voila.port_retries=0" in asked[0]  # it serves there, or says that not


def test_no_free_port_is_one_line(monkeypatch):
    monkeypatch.setattr(explore, "PORTS", 1)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        done = CliRunner().invoke(cli.main, ["explore", "--port", str(taken)])
    assert done.exit_code == 1 and done.output.count("\n") == 1
    assert done.output.startswith(f"Error: --port {taken} at 127.0.0.1: ")


def test_an_address_that_this_computer_has_not_is_one_line():
    done = CliRunner().invoke(cli.main, ["explore", "--ip", "192.0.2.77"])
    assert done.exit_code == 1 and done.output.count("\n") == 1
    assert " at 192.0.2.77: " in done.output


def test_ctrl_c_ends_it_quietly(monkeypatch):
    def interrupted(command):
        raise KeyboardInterrupt

    monkeypatch.setattr(explore.subprocess, "call", interrupted)
    assert CliRunner().invoke(cli.main, ["explore"]).exit_code == 130
