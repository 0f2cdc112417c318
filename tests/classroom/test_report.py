import csv
import json

import pytest
from made_up import PICTURE, SLIDER, write

from classroom.notebook import execution, page
from classroom.report.report import RUNNING, Report
from classroom.runner.plan import Job
from gan_utils.support import files

HOSTILE = "<img src=x onerror=alert(1)>"
COMMON = {"profile": "smoke", "dataset": "auto", "device": "cpu", "seeds": [0]}


def made_jobs(folder, *names, seeds=(0,)):
    return [
        Job(f"{name}.ipynb", {"seed": seed}, str(folder / f"seed-{seed}" / name))
        for seed in seeds
        for name in names
    ]


def status(state="passed", seconds=1.0, **more):
    empty = {"cell": None, "error": "", "cut_by_budget": False, "memory_mb": 300}
    return empty | {"status": state, "seconds": seconds} | more


@pytest.fixture
def report(tmp_path):
    jobs = made_jobs(tmp_path, "01_look", "02_train")
    return Report(tmp_path, jobs, common=COMMON, command="python -m x")


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A folder of a run with one executed notebook: picture, slider, hostile text."""
    root = tmp_path_factory.mktemp("executed")
    folder = root / "seed-0/01_look"
    folder.mkdir(parents=True)
    cells = (PICTURE, SLIDER.format(body="print(step)"), f"print({HOSTILE!r})")
    path = write(root / "nb/01_look.ipynb", *cells, title=f"Look {HOSTILE}")
    assert execution.execute(Job(str(path), {}), folder).status == "passed"
    page.make_pages(folder, "01_look")
    return root


def html(report):
    return (report.folder / "index.html").read_text()


def test_what_is_left_counts_as_not_run(report):
    report.set_status("seed-0/01_look", status(seconds=2.5))
    found = json.loads((report.folder / "status.json").read_text())
    assert found["state"] == "running"
    assert [n["status"] for n in found["notebooks"]] == ["passed", "not run"]
    assert [n["notebook"] for n in found["notebooks"]] == ["01_look", "02_train"]


def test_the_index_shows_each_outcome_and_the_facts_of_the_run(report):
    error = "ValueError: size is 3"
    report.set_status("seed-0/01_look", status(seconds=62))
    report.set_status("seed-0/02_train", status("failed", 3, cell=7, error=error))
    report.finish("")
    for text in ("1 of 2 notebooks passed", "1:05", "In [7]", error, "smoke", "300 MB"):
        assert text in html(report)
    assert "http-equiv" not in html(report)


def test_a_job_that_was_running_when_the_run_ended_is_not_run(report):
    report.set_status("seed-0/01_look", {"status": RUNNING})
    assert report.count("running") == 1
    report.finish(execution.INTERRUPTED)
    assert (report.count("not run"), report.state) == (2, "interrupted")


def test_the_page_says_which_data_auto_turned_out_to_be(report):
    for job, note in zip(report.jobs, ("", "offline digits, not MNIST")):
        meta = {"dataset": "MNIST", "note": note}
        files.write_json(f"{job.folder}/meta.json", meta)
    report.save()
    assert "auto: MNIST, offline digits, not MNIST" in html(report)


def test_a_page_of_a_run_that_goes_on_reloads_itself(report):
    report.save()
    assert 'http-equiv="refresh"' in html(report)


def test_hostile_text_is_escaped_in_the_index(executed):
    common = COMMON | {"dataset": HOSTILE}
    jobs = made_jobs(executed, "01_look")
    report = Report(executed, jobs, common=common, command=HOSTILE)
    report.set_status("seed-0/01_look", status("failed", error=HOSTILE))
    assert "<img src=x" not in html(report)
    assert html(report).count("&lt;img src=x onerror=alert(1)&gt;") == 4


def test_the_index_needs_no_network_and_links_what_is_there(executed):
    jobs = made_jobs(executed, "01_look")
    report = Report(executed, jobs, common=COMMON, command="x")
    report.set_status("seed-0/01_look", status())
    assert "http://" not in html(report) and "https://" not in html(report)
    assert 'src="data:image/png;base64,' in html(report)
    for kind in ("html", "ipynb", "log"):
        assert f'href="seed-0/01_look/01_look.{kind}"' in html(report)


def with_metrics(folder, values):
    """A report of 02 and 03 for several seeds, with made-up numbers."""
    seeds = range(len(values))
    names = ("02_vanilla_gan", "03_dcgan")
    jobs = made_jobs(folder, *names, seeds=seeds)
    report = Report(folder, jobs, common=COMMON | {"seeds": [*seeds]}, command="x")
    for job in jobs:
        pixels = values[job.seed][names.index(job.name)]
        found = {"classes": 10, "lonely pixels": pixels}
        files.write_json(f"{job.folder}/metrics.json", {"metrics": found})
        report.set_status(job.key, status())
    return report


def test_numbers_are_shown_as_mean_and_spread_over_seeds(tmp_path):
    report = with_metrics(tmp_path, [(4.0, 1.0), (6.0, 1.5), (5.0, 2.0)])
    report.finish("")
    assert "5 ± 1" in html(report) and "1.5 ± 0.5" in html(report)
    assert "holds</b> for all 3 seeds" in html(report)


def test_a_conclusion_that_fails_for_a_seed_names_the_seed(tmp_path):
    report = with_metrics(tmp_path, [(4.0, 1.0), (1.0, 1.5)])
    report.finish("")
    assert "holds for 1 of 2 seeds</b>" in html(report) and "(not for 1)" in html(
        report
    )


def test_a_change_of_one_job_reads_only_what_that_job_left(tmp_path, monkeypatch):
    report = with_metrics(tmp_path, [(4.0, 1.0), (6.0, 1.5)])
    seen, read = [], files.read_json
    monkeypatch.setattr(files, "read_json", lambda p: seen.append(p) or read(p))
    report.set_status("seed-1/03_dcgan", status())
    own = [path for path in seen if "seed-" in str(path)]
    assert {path.parent for path in own} == {tmp_path / "seed-1/03_dcgan"}
    assert len(own) == len(set(own))


def test_numbers_of_a_run_that_was_cut_short_do_not_count(tmp_path):
    report = with_metrics(tmp_path, [(4.0, 1.0), (1.0, 1.5)])
    for name in ("02_vanilla_gan", "03_dcgan"):
        report.set_status(f"seed-1/{name}", status(cut_by_budget=True))
    report.finish("")
    assert "training cut short by the budget" in html(report)
    assert "holds for 1 of 2" not in html(report) and "4</td>" in html(report)


def test_the_csv_has_a_line_for_each_run_and_a_column_for_each_number(tmp_path):
    report = with_metrics(tmp_path, [(4.0, 1.0), (6.0, 1.5)])
    with open(tmp_path / "summary.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == len(report.jobs) == 4
    last = lines[-1]
    assert (last["notebook"], last["seed"], last["status"]) == (
        "03_dcgan",
        "1",
        "passed",
    )
    assert float(last["lonely pixels"]) == 1.5
