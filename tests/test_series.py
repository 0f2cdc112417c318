import io
import json

import nbformat
import pytest
from made_up import write

from gan_utils import pages, runner, series
from gan_utils.plan import Job

COMMON = {"profile": "smoke", "seed": 0, "dataset": "auto", "device": "cpu"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a made-up series whose outcomes are given; returns (exit code, text)."""

    def _run(statuses, estimate=None):
        def execute(job, folder, *, on_cell):
            status = statuses[job.name]
            if status == runner.PASSED:
                nbformat.write(
                    nbformat.read(job.notebook, 4), folder / job.notebook.name
                )
            return runner.Outcome(job.name, status, 2.0)

        monkeypatch.setattr(runner, "execute", execute)
        jobs = [
            Job(write(tmp_path / f"nb/{name}.ipynb"), {}, estimate) for name in statuses
        ]
        stream = io.StringIO()
        code = series.run(
            jobs, tmp_path / "out", common=COMMON, command="x", stream=stream
        )
        return code, stream.getvalue()

    return _run


def states(tmp_path):
    status = json.loads((tmp_path / "out/status.json").read_text())
    return status["state"], [entry["status"] for entry in status["notebooks"]]


def test_when_all_pass_the_last_line_says_where_the_results_are(run, tmp_path):
    code, text = run({"01_a": "passed", "02_b": "passed"}, estimate=40)
    assert code == 0
    assert "2 notebooks at profile smoke: about 80 s" in text
    assert "2 of 2 passed in 0:04" in text
    assert text.splitlines()[-1] == f"Results: {tmp_path / 'out/index.html'}"
    assert (tmp_path / "out/01_a.html").is_file()


def test_a_failing_notebook_does_not_stop_the_others(run, tmp_path):
    code, text = run({"01_a": "failed", "02_b": "passed"})
    assert code == 1
    assert "1 of 2 passed" in text
    assert states(tmp_path) == ("done", ["failed", "passed"])


def test_ctrl_c_stops_the_series_and_keeps_what_is_done(run, tmp_path):
    code, text = run({"01_a": "passed", "02_b": "interrupted", "03_c": "passed"})
    assert code == 130
    assert states(tmp_path) == ("interrupted", ["passed", "interrupted", "not run"])
    assert (tmp_path / "out/index.html").is_file()


def test_without_measured_times_the_series_says_so(run):
    assert (
        "1 notebook at profile smoke; its time is not measured yet"
        in run({"01_a": "x"})[1]
    )


def test_a_page_that_cannot_be_made_is_a_failure_with_its_reason(run, monkeypatch):
    def make_pages(folder, name):
        raise OSError("disk full")

    monkeypatch.setattr(pages, "make_pages", make_pages)
    code, text = run({"01_a": "passed"})
    assert code == 1
    assert "no HTML page: OSError: disk full" in text
