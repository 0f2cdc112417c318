import json

import numpy as np
import pytest
from click.testing import CliRunner

from gan_utils import data
from gan_utils.cli import main
from gan_utils.judge import judge
from gan_utils.judge.verdict import METRICS
from gan_utils.support import paths


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A file with 300 real test images of the offline digits."""
    file = tmp_path_factory.mktemp("judge") / "real.npy"
    np.save(file, data.load("offline").test[:300].numpy())
    return file


@pytest.fixture(scope="module")
def quickly_trained():
    """On-demand judges that are made in seconds: this file tests the command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(judge.load_judge.__kwdefaults__, "epochs", 0.3)
        yield


def test_judge_prints_a_table(pictures, quickly_trained):
    done = call("judge", pictures, "--dataset", "offline", "--judge", "second")
    assert done.exit_code == 0, done.output
    for title, _, _ in METRICS.values():
        assert title in done.output
    assert "300 pictures against 2000 test images of offline digits" in done.output


def test_json_is_json_and_nothing_else(pictures, quickly_trained):
    words = ("judge", pictures, "--dataset", "offline", "--judge", "second", "--json")
    done = call(*words)
    found = json.loads(done.stdout)
    assert found["n"] == 300 and set(found["metrics"]) == set(METRICS)
    assert set(found["floors"]) == set(METRICS)
    assert found["judge"].startswith("second judge (CNN, 128 features, offline")


@pytest.mark.parametrize(
    "array, message",
    [
        (np.zeros((300, 28, 28)), "holds float64 (300, 28, 28); need uint8"),
        (np.zeros((300, 784), np.uint8), "holds uint8 (300, 784); need uint8"),
        (np.full((300, 28, 28), np.nan), "holds float64 (300, 28, 28); need uint8"),
        (np.zeros((300, 1, 28, 28), np.uint8), "(300, 1, 28, 28); need uint8 (N, 28"),
        (np.zeros((), np.uint8), "holds uint8 (); need uint8 (N, 28, 28)"),
        (np.zeros((9, 28, 28), np.uint8), "holds 9 pictures; a verdict needs 256 to"),
        (np.zeros((0, 28, 28), np.uint8), "holds 0 pictures; a verdict needs 256 to"),
        (
            np.broadcast_to(np.uint8(0), (60_001, 28, 28)),
            "holds 60001 pictures; a verdict needs 256 to 60000 of them",
        ),
    ],
)
def test_wrong_arrays_are_named_in_one_line(array, message, tmp_path, monkeypatch):
    """Before the real images are even loaded."""
    monkeypatch.setattr(data, "load", lambda *_, **__: pytest.fail("too late"))
    np.save(tmp_path / "x.npy", array)
    done = call("judge", tmp_path / "x.npy")
    assert done.exit_code == 1 and done.output.count("\n") == 1
    assert message in done.output


def nobody_writes(folder):
    raise paths.NotWritable(30, "Read-only file system; set GAN_RUNS_DIR", folder)


def test_without_a_place_for_caches_there_is_a_line_and_a_verdict(
    pictures, quickly_trained, monkeypatch, tmp_path
):
    """The real images are measured, and forgotten."""
    monkeypatch.setenv("GAN_RUNS_DIR", str(tmp_path / "theirs"))
    monkeypatch.setattr(paths, "writable", nobody_writes)
    judge._aside.cache_clear()
    done = call("judge", pictures, "--dataset", "offline", "--judge", "second")
    assert done.exit_code == 0 and "300 pictures against" in done.stdout
    assert done.stderr.count("GAN_RUNS_DIR") == 1
    assert not (tmp_path / "theirs").exists()


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00broken"])
def test_a_file_that_is_no_array_is_named(content, tmp_path):
    (tmp_path / "x.npy").write_bytes(content)
    done = call("judge", tmp_path / "x.npy")
    assert done.exit_code == 1 and done.output.count("\n") == 1
    assert "x.npy is no .npy array of pictures" in done.output


def test_pickles_are_never_opened(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "exploded"), "w"))

    np.save(tmp_path / "x.npy", np.array([Bomb()], dtype=object), allow_pickle=True)
    done = call("judge", tmp_path / "x.npy")
    assert done.exit_code == 1 and "no .npy array of pictures" in done.output
    assert not (tmp_path / "exploded").exists()


def test_an_unknown_data_set_is_told_before_any_work(pictures):
    done = call("judge", pictures, "--dataset", "mnits")
    assert done.exit_code == 1 and "mnist" in done.output
