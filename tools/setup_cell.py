"""The first code cell of every notebook: where gan_utils is missing, it gets it.

The address is in pyproject.toml, [tool.gan_mnist]; everything else is here.
"""

import json
import tomllib

import nbformat

from gan_utils.support import paths

TAG = "setup"
SOURCE = """\
# Where gan_utils is installed this does nothing. On Colab or Kaggle it gets gan_utils:
# from a wheel beside this notebook, else from the repository of the series.
import importlib.util

if importlib.util.find_spec("gan_utils") is None:
    import glob
    import subprocess
    import sys

    found = [{address}, *sorted(glob.glob("gan_mnist_tutorial-*.whl"))][-1]
    assert found, "no gan_utils: put gan_mnist_tutorial-*.whl beside this notebook"
    get = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", found]
    subprocess.run(get, check=True)
    importlib.invalidate_caches()
    from gan_utils.support import versions

    versions.install_missing()  # torch and all that is there stays as it is
"""


def is_setup(cell):
    """True for the cell that this module has made, or an earlier version of it."""
    return TAG in (cell.metadata.get("tags") or [])


def address():
    """What pip installs where no wheel is at hand, or "": see pyproject.toml."""
    text = (paths.project_root() / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["tool"]["gan_mnist"]["install_from"]


def source():
    """The text of the cell, the same in all notebooks."""
    return SOURCE.format(address=json.dumps(address())).rstrip("\n")


def insert(notebook):
    """The notebook, changed in place: with the cell behind its title."""
    cell = nbformat.v4.new_code_cell(source(), metadata={"tags": [TAG]})
    notebook.cells.insert(1, cell)
    return notebook
