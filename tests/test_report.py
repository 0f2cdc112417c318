import json

import pytest
from made_up import PICTURE, SLIDER, write

from gan_utils import files, pages, report, runner
from gan_utils.plan import Job
from gan_utils.runner import Outcome

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def page(tmp_path):
    return report.Report(
        tmp_path,
        command="python -m gan_utils run",
        profile="smoke",
        seed=0,
        dataset="auto",
        device="cpu",
        names=["01_look", "02_train"],
    )


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A folder with one executed notebook: a picture, a slider, hostile text."""
    folder = tmp_path_factory.mktemp("executed")
    slider = SLIDER.format(body="print(step)")
    cells = (PICTURE, slider, f"print({HOSTILE!r})")
    path = write(folder / "nb/01_look.ipynb", *cells, title=f"Look {HOSTILE}")
    assert runner.execute(Job(path, {}), folder).status == "passed"
    pages.make_pages(folder, "01_look")
    return folder


def test_the_status_counts_what_is_left_as_not_run(page):
    page.outcomes = [Outcome("01_look", "passed", 2.5)]
    page.save()
    status = json.loads((page.folder / "status.json").read_text())
    assert status["state"] == "running"
    assert status["seconds"] == 2.5
    assert [n["status"] for n in status["notebooks"]] == ["passed", "not run"]
    assert status["notebooks"][1]["name"] == "02_train"


def test_the_index_shows_each_outcome_and_the_facts_of_the_run(page):
    error = "ValueError: size is 3"
    page.outcomes = [Outcome("01_look", "passed", 62), Outcome("02_train", "failed", 3)]
    page.outcomes[1].cell, page.outcomes[1].error = 7, error
    page.state = "done"
    page.save()
    html = (page.folder / "index.html").read_text()
    for text in ("1 of 2 notebooks passed", "1:05", "In [7]", error, "smoke", "torch"):
        assert text in html
    assert "http-equiv" not in html


def test_the_page_says_which_data_auto_turned_out_to_be(page):
    notes = {"02_b": "", "03_c": "offline digits, not MNIST", "01_a": ""}
    for name, note in notes.items():
        meta = {"dataset": "MNIST", "note": note}
        files.write_json(page.folder / "results" / name / "meta.json", meta)
    page.save()
    html = (page.folder / "index.html").read_text()
    assert "auto: MNIST, offline digits, not MNIST" in html


def test_a_page_of_a_run_that_goes_on_reloads_itself(page):
    page.save()
    assert 'http-equiv="refresh"' in (page.folder / "index.html").read_text()


def test_hostile_text_is_escaped_in_the_index(page, executed):
    page.folder = executed
    page.command = page.dataset = HOSTILE
    page.outcomes = [Outcome("01_look", "failed", 1, error=HOSTILE)]
    page.save()
    html = (executed / "index.html").read_text()
    assert "<img src=x" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") == 4


def test_the_index_needs_no_network(page, executed):
    page.folder = executed
    page.outcomes = [Outcome("01_look", "passed", 1)]
    page.save()
    html = (executed / "index.html").read_text()
    assert "http://" not in html and "https://" not in html
    assert 'src="data:image/png;base64,' in html
    assert 'href="01_look.html"' in html and 'href="01_look.log"' in html
