"""Settings for every test: one thread, real digits if they are there, results aside."""

import os
import sys
from pathlib import Path

import filelock
import matplotlib
import pytest
import torch
from book_builder import build_book

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"

# Before anything asks for a path. Kernels and servers that tests start inherit these.
if not os.environ.get("GAN_DATA_DIR") and SHARED_DATA.is_dir():
    os.environ["GAN_DATA_DIR"] = str(SHARED_DATA)


def pytest_configure(config):
    """Two workers on two processors: one thread each, here and in kernels."""
    matplotlib.use("agg")
    torch.set_num_threads(1)
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ["OMP_NUM_THREADS"] = "1"


@pytest.fixture(scope="session", autouse=True)
def runs_dir(tmp_path_factory):
    """Nothing that a test runs writes into runs/; the folder it writes into."""
    folder = tmp_path_factory.mktemp("runs")
    before = os.environ.get("GAN_RUNS_DIR")
    os.environ["GAN_RUNS_DIR"] = str(folder)
    yield folder
    if before is None:
        del os.environ["GAN_RUNS_DIR"]
    else:
        os.environ["GAN_RUNS_DIR"] = before


@pytest.fixture(autouse=True)
def no_note_is_left():
    """The note under figures, which a lesson sets, does not reach the next test."""
    yield
    if viz := sys.modules.get("gan_utils.viz"):
        viz.set_note("")


@pytest.fixture(scope="session")
def project():
    """The project's root."""
    return ROOT


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """The web book, built once for all workers: the folder of its pages."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    with filelock.FileLock(folder / "book.lock"):
        if not (folder / "book/html/index.html").exists():
            done = build_book(folder / "book")
            assert done.returncode == 0, done.stderr
    return folder / "book" / "html"
