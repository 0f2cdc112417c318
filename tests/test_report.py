import json

import nbformat
import pytest
from made_up import PICTURE, SLIDER, notebook, write

from gan_utils import report, runner
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
    report.make_pages(folder, "01_look")
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


def test_the_page_of_a_notebook_shows_pictures_and_says_where_sliders_were(executed):
    html = (executed / "01_look.html").read_text()
    assert "data:image/png;base64," in html
    assert "a slider appears here" in html
    assert "VBox(children" not in html and "widget-view+json" not in html
    assert 'href="index.html"' in html
    assert "&lt;img src=x" in html


def test_the_thumbnail_is_small_and_of_the_last_picture(executed):
    png = (executed / "thumbnails/01_look.png").read_bytes()
    assert png.startswith(b"\x89PNG") and len(png) < 20_000


def test_a_cell_can_be_tagged_to_give_the_thumbnail():
    chosen = notebook("first", "last")
    for cell, data in zip(chosen.cells[2:], ("Zmlyc3Q=", "bGFzdA==")):
        output = nbformat.v4.new_output("display_data", {"image/png": data})
        cell.outputs = [output]
    assert report._picture(chosen) == b"last"
    chosen.cells[2].metadata["tags"] = ["thumbnail"]
    assert report._picture(chosen) == b"first"


def test_a_notebook_without_pictures_has_no_thumbnail(tmp_path):
    nbformat.write(notebook("1 + 1"), tmp_path / "01_look.ipynb")
    report.make_pages(tmp_path, "01_look")
    assert (tmp_path / "01_look.html").is_file()
    assert not (tmp_path / "thumbnails").exists()
