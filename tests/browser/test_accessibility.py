"""Every page that leaves the project: axe finds nothing serious, and it fits a phone.

The pages of the built lessons, the index of a run and the explorers in figures/, in a
wide window and on a phone.
"""

import json
import shutil
from pathlib import Path

import pytest
from accessible import faults_of

from classroom.notebook import execution, page
from classroom.report.report import Report
from classroom.runner.plan import Job
from gan_utils.support import files

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
EXPLORERS = sorted((ROOT / "figures").glob("explore*.html"))
COMMON = {"profile": "quick", "dataset": "auto", "device": "cpu", "seeds": [0, 1]}
WIDTHS = pytest.mark.parametrize("width", [1400, 400])
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])
ALL_WELL = """<!doctype html><html lang="en"><meta name="viewport"
content="width=device-width"><title>Fine</title><main><h1>Fine</h1>{}</main></html>"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a run of two seeds: every lesson passed once, one failed later."""
    folder = tmp_path_factory.mktemp("run")
    jobs = [
        Job(str(path), {"seed": seed}, str(folder / f"seed-{seed}" / path.stem))
        for seed in COMMON["seeds"]
        for path in LESSONS
    ]
    report = Report(folder, jobs, common=COMMON, command="python -m classroom run")
    numbers = json.loads((ROOT / "notebooks/reference.json").read_text())["metrics"]
    for job in jobs[: len(LESSONS) + 1]:
        found = numbers.get(job.name, {}).items()
        metrics = {"metrics": {name: value["mean"] for name, value in found}}
        files.write_json(Path(job.folder) / "metrics.json", metrics)
        shutil.copy(job.notebook, job.folder)
        page.make_pages(Path(job.folder), job.name, back="../../index.html")
        report.set_status(job.key, status(execution.PASSED))
    why = "ValueError: the loss of step 12 is not finite, nor is any that comes after"
    report.set_status(jobs[-1].key, status(execution.FAILED, cell=7, error=why))
    report.finish(execution.INTERRUPTED)
    return folder


def status(state, **more):
    empty = {"cell": None, "error": "", "cut_by_budget": True, "memory_mb": 300}
    empty["cut_by_budget"] = state != execution.PASSED
    return empty | {"status": state, "seconds": 62.0} | more


@pytest.fixture
def scheme():
    """The colours that the reader has chosen, where a page knows but one."""
    return "light"


@pytest.fixture
def faults(chromium, width, scheme):
    """A function (path of a page) -> what is wrong with it."""
    size = {"width": width, "height": 900}
    window = chromium.new_page(viewport=size, color_scheme=scheme)
    yield lambda path: look_at(window, path)
    window.close()


def look_at(window, path):
    """What is wrong with the page at `path`."""
    window.goto(path.as_uri())
    return faults_of(window)


@WIDTHS
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_the_page_of_a_lesson(faults, run, lesson):
    assert faults(run / "seed-0" / lesson.stem / f"{lesson.stem}.html") == []


@WIDTHS
@SCHEMES
def test_the_index_of_a_run(faults, run):
    text = (run / "index.html").read_text()
    for part in ("The last picture of", "In [7]", "holds", "published", "not run"):
        assert part in text
    assert faults(run / "index.html") == []


@WIDTHS
@SCHEMES
@pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda path: path.stem)
def test_the_page_of_an_explorer(faults, explorer):
    assert faults(explorer) == []


@pytest.mark.parametrize("width", [400])
@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<p>Well.</p>", None),
        ("<img src='data:,'>", "image-alt: "),
        ("<input type='range'>", "label: "),
        ("<p style='color: #999'>Faint.</p>", "color-contrast: "),
        ("<details><p style='color: #999'>Folded.</p></details>", "color-contrast: "),
        ("<table style='width: 500px'><td>Wide.</td></table>", "508 pixels wide"),
        (
            "<div style='overflow: hidden'><pre style='width: 500px'>Cut.</pre></div>",
            "out of sight: Cut.",
        ),
    ],
)
def test_faults_are_found(faults, tmp_path, body, fault):
    path = tmp_path / "a page.html"
    path.write_text(ALL_WELL.format(body))
    found = faults(path)
    assert found == [] if fault is None else any(f.startswith(fault) for f in found)


def test_there_is_something_to_look_at():
    assert len(LESSONS) >= 6 and len(EXPLORERS) >= 3
