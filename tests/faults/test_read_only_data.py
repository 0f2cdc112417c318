"""18: a data folder that cannot be written to."""

import os

import apart
import disks
import pytest
from misbehaving import fill, serving, tiny_files, tiny_source

from gan_utils import data
from gan_utils.datasets import download


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "data"
    fill(folder)
    yield folder
    disks.writable(folder)


def loads(place, *mirrors):
    """In a child: load from a read-only folder and print what came of it."""
    os.environ["NO_PROXY"] = "127.0.0.1"
    os.environ.pop("GAN_DATA_MIRROR", None)
    disks.read_only(place)
    try:
        content = download.obtain(tiny_source(mirrors), [place], say=lambda line: None)
        print("good" if content == tiny_files() else "other content")
    except data.DataError as error:
        print(error)


def test_good_files_in_a_read_only_folder_load(tmp_path, place):
    assert apart.finish(tmp_path / "log", loads, place) == (0, "good\n")


def test_a_missing_file_in_a_read_only_folder_is_one_line_with_the_remedy(
    tmp_path, place
):
    file = place / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz"
    file.unlink()
    with serving() as server:
        code, said = apart.finish(tmp_path / "log", loads, place, f"{server.url}/good/")
    assert code == 0 and said.count("\n") == 1
    assert f"{place} is not writable; set GAN_DATA_DIR to a folder of" in said
    assert not file.exists()
