"""20: places to write that are odd or impossible, for every command that has one."""

import os

import apart
import disks
import pytest
import tiny_gan
from click.testing import CliRunner

from gan_utils import data
from gan_utils.cli import main, trainer

ODD = ["with some spaces", "ünï-数字-🙂", "of/no/such/parents", "n" * 200]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A tiny recipe."""
    monkeypatch.setitem(trainer.RECIPES, "mlp", tiny_gan.Recipe())
    monkeypatch.setattr(data, "load", lambda name, **_: tiny_gan.DIGITS)


def words_of(command, place):
    """A command line that writes to `place`, with the ending that it asks for."""
    if command == "train":
        return ["train", "mlp", "--steps", 1, "--precision", "fp32", "--out", place]
    place = place.with_name(place.name + ".png")
    return ["sample", "mlp", "-n", 4, "--out", place]


def call(words):
    return CliRunner().invoke(main, [str(word) for word in words])


COMMANDS = pytest.mark.parametrize("command", ["train", "sample"])


@COMMANDS
@pytest.mark.parametrize("name", ODD, ids=["spaces", "unicode", "parents", "long"])
def test_an_odd_place_works(tmp_path, command, name):
    words = words_of(command, tmp_path / name)
    done = call(words)
    assert done.exit_code == 0, done.output
    wanted = words[-1] / "meta.json" if command == "train" else words[-1]
    assert wanted.stat().st_size > 100
    assert not list(tmp_path.rglob(".*.tmp"))


def too_long(folder):
    return folder / ("n" * 300)


def below_a_file(folder):
    (folder / "file").write_text("mine")
    return folder / "file" / "x"


def taken(folder):
    """The other kind is there: a file for a folder, a folder for a file."""
    (folder / "x").write_text("mine")
    (folder / "x.png").mkdir()
    return folder / "x"


@COMMANDS
@pytest.mark.parametrize("impossible", [too_long, below_a_file, taken])
def test_an_impossible_place_is_one_line_that_names_it(tmp_path, command, impossible):
    words = words_of(command, impossible(tmp_path))
    before = sorted(tmp_path.rglob("*"))
    done = call(words)
    assert done.exit_code in (1, 2) and isinstance(done.exception, SystemExit)
    (said,) = [line for line in done.output.splitlines() if line.startswith("Error: ")]
    assert str(words[-1]) in said
    assert sorted(tmp_path.rglob("*")) == before


def in_a_read_only_folder(words, folder):
    disks.read_only(folder)
    data.load = lambda name, **_: tiny_gan.DIGITS
    apart.command(*words)


@COMMANDS
def test_a_read_only_place_is_one_line_that_names_it(tmp_path, command):
    folder = tmp_path / "theirs"
    folder.mkdir()
    words = words_of(command, folder / "x")
    log = tmp_path / "log"
    code, said = apart.finish(log, in_a_read_only_folder, words, folder)
    disks.writable(folder)
    assert code == 1 and "Traceback" not in said
    last = said.splitlines()[-1]
    assert last.startswith(f"Error: cannot write {folder / 'x'}")
    assert "Permission denied" in last and os.listdir(folder) == []
