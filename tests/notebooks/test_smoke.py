"""The real notebooks run at profile smoke, under nbval, in a foreign folder."""

import os
import subprocess
import xml.etree.ElementTree as ElementTree

import nbformat
import papermill
import pytest
from made_up import SLIDER, write

OPTIONS = [
    "--nbval-lax",
    "--nbval-current-env",
    "--nbval-cell-timeout=120",  # a dead kernel is noticed only by this
    "--nbval-kernel-startup-timeout=60",
    "--quiet",
    "--tb=short",
]


def prepare(source, folder):
    """A copy of the built notebook with profile smoke and results in `folder`."""
    built = source.parent.parent / f"{source.stem}.ipynb"
    parameters = {"profile": "smoke", "out_dir": str(folder / "results")}
    copy = folder / built.name
    papermill.execute_notebook(
        str(built), str(copy), parameters, prepare_only=True, progress_bar=False
    )
    return copy


def nbval(python, folder, copies):
    """{notebook: {"cells": count, "failed": [text, ...]}} of one run of nbval."""
    (folder / "pytest.ini").write_text("[pytest]\n")  # not the settings of this project
    command = [python, "-m", "pytest", "-c", "pytest.ini", "--junitxml=report.xml"]
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    inherited.pop("MPLBACKEND", None)
    done = subprocess.run(
        [*command, *OPTIONS, *map(str, copies)],
        cwd=folder,
        env=inherited,
        capture_output=True,
        text=True,
    )
    assert (folder / "report.xml").is_file(), done.stdout + done.stderr
    found = {copy.name: {"cells": 0, "failed": []} for copy in copies}
    for case in ElementTree.parse(folder / "report.xml").iter("testcase"):
        entry = found[case.get("classname")]
        entry["cells"] += 1
        entry["failed"] += [child.text or child.get("message") for child in case]
    return found


@pytest.fixture(scope="session")
def series(python, tmp_path_factory, sources):
    """All notebooks, one after the other, with one root of results."""
    folder = tmp_path_factory.mktemp("series")
    return nbval(python, folder, [prepare(source, folder) for source in sources])


@pytest.mark.timeout(600)
def test_every_cell_runs_and_what_does_not_depend_on_profile_agrees(source, series):
    result = series[f"{source.stem}.ipynb"]
    assert result["failed"] == []
    assert result["cells"] >= 10


@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", ["03", "05"])
def test_it_runs_when_it_is_the_first_one_ever_opened(
    number, python, tmp_path, sources
):
    (source,) = [path for path in sources if path.stem.startswith(number)]
    copy = prepare(source, tmp_path)
    assert nbval(python, tmp_path, [copy])[copy.name]["failed"] == []


def test_nbval_sees_a_changed_result_and_an_error_inside_a_slider(python, tmp_path):
    checked = "# NBVAL_CHECK_OUTPUT\nprint(2 + 2)"
    broken = SLIDER.format(body="raise RuntimeError('no snapshot')")
    copy = write(tmp_path / "01_made_up.ipynb", checked, checked, broken, "print('x')")
    notebook = nbformat.read(copy, as_version=4)
    for cell, text in zip(notebook.cells[2:], ("4\n", "5\n", "", "y\n")):
        cell.outputs = [nbformat.v4.new_output("stream", text=text)]
        cell.execution_count = 1
    nbformat.write(notebook, copy)
    result = nbval(python, tmp_path, [copy])[copy.name]
    assert result["cells"] == 5
    changed, swallowed = result["failed"]
    assert "mismatch" in changed and "no snapshot" in swallowed
