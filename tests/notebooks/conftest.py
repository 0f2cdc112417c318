"""What every test of the real notebooks needs: the sources, found, never assumed."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "notebooks/src").glob("[0-9][0-9]_*.py"))
THIS = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Everything in this folder is marked `notebooks`."""
    for item in items:
        if THIS in item.path.parents:
            item.add_marker(pytest.mark.notebooks)


def pytest_generate_tests(metafunc):
    """One test for each numbered source."""
    if "source" in metafunc.fixturenames:
        ids = [path.stem for path in SOURCES]
        metafunc.parametrize("source", SOURCES, ids=ids, scope="session")


@pytest.fixture(scope="session")
def sources():
    """Paths of all numbered sources, in order; no source is a failure, not a skip."""
    assert SOURCES, "notebooks/src holds no numbered source"
    return SOURCES


@pytest.fixture(scope="session")
def python():
    """This interpreter, for subprocesses."""
    return sys.executable
