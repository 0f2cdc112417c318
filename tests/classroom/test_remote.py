"""Addresses pass through papermill; here its handlers are a dictionary."""

import json

import nbformat
import pytest
from click.testing import CliRunner
from made_up import notebook
from papermill.iorw import papermill_io

from classroom import cli
from classroom.runner import plan, run_folder


class Shelf:
    """A storage for papermill, in memory."""

    def __init__(self):
        self.texts = {}

    def read(self, path):
        return self.texts[path]

    def write(self, text, path):
        if "full" in path:
            raise OSError("quota exceeded")
        self.texts[path] = text

    def pretty_path(self, path):
        return path

    def listdir(self, path):
        return [name for name in self.texts if name.startswith(path)]


@pytest.fixture
def shelf(monkeypatch):
    monkeypatch.setattr(papermill_io, "_handlers", list(papermill_io._handlers))
    found = Shelf()
    papermill_io.register("mem://", found)
    return found


def run(*words):
    return CliRunner().invoke(cli.main, ["run", *words])


def test_results_go_where_papermill_can_write(shelf, monkeypatch, tmp_path):
    from gan_utils.support import paths

    (tmp_path / "nb").mkdir()
    nbformat.write(notebook("print(seed)"), tmp_path / "nb/01_look.ipynb")
    monkeypatch.setattr(paths, "notebooks_dir", lambda: tmp_path / "nb")
    monkeypatch.setenv("GAN_RUNS_DIR", str(tmp_path / "runs"))
    done = run("--out", "mem://bucket/class")
    assert done.exit_code == 0, done.output
    assert "files copied to mem://bucket/class" in done.output
    found = {name.removeprefix("mem://bucket/class/") for name in shelf.texts}
    assert {"index.html", "summary.csv", "status.json"} <= found
    assert "seed-0/01_look/01_look.ipynb" in found
    status = json.loads(shelf.texts["mem://bucket/class/status.json"])
    assert status["state"] == "done"
    done = run("--out", "mem://full/class")
    assert done.exit_code == 1
    assert "OSError: quota exceeded; the results are in" in done.output


def test_a_notebook_is_read_from_an_address(shelf, tmp_path):
    address = "mem://bucket/02_train.ipynb"
    shelf.texts[address] = nbformat.writes(notebook("print(epochs)"))
    common = {"profile": "smoke", "dataset": "auto", "device": "cpu"}
    how = {"seeds": [0], "folder": tmp_path}
    (job,) = plan.make_jobs([address], common, {"epochs": "3"}, **how)
    assert job.notebook == address and job.parameters["epochs"] == 3
    assert job.name == "02_train"


@pytest.mark.parametrize("place", ["runs/x", "C:\\runs", "a/b", "", None])
def test_a_path_is_no_address(place, tmp_path):
    assert plan.REMOTE.match("s3://bucket/x") and plan.REMOTE.match("gs://bucket/x")
    (tmp_path / "status.json").write_text("{}")
    assert run_folder.copy_run(tmp_path, place) == 0
