import json

import pytest

from classroom.runner import timing
from classroom.runner.plan import Job
from classroom.runner.timing import Clock
from gan_utils.support import paths


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """Published times, and none measured here."""
    published = {"quick": {"01_a": 20, "02_b": 100}}
    (tmp_path / "times.json").write_text(json.dumps(published))
    monkeypatch.setattr(paths, "notebooks_dir", lambda: tmp_path)
    monkeypatch.setattr(paths, "runs_dir", lambda: tmp_path / "runs")
    return tmp_path


def job(name="02_b", profile="quick", **more):
    known = {"profile": profile, "seed": 0, "dataset": "auto", "device": "auto"}
    return Job(f"{name}.ipynb", known | more)


def test_without_measurements_the_published_time_counts():
    assert Clock().seconds(job()) == (100, "published")
    assert Clock(jobs=2).seconds(job()) == (100 * timing.SHARED, "published")


def test_what_was_never_measured_has_no_estimate():
    assert Clock().seconds(job(profile="full")) == (None, "not measured")


def test_own_measurements_win_whatever_the_seed():
    for seconds in (50, 60, 300):
        timing.note(job(seed=7), seconds, jobs=1, threads=None)
    assert Clock().seconds(job()) == (60, "measured here")


def test_other_parameters_are_other_work():
    timing.note(job(epochs=1), 5, jobs=1, threads=None)
    assert Clock().seconds(job(epochs=1)) == (5, "measured here")
    assert Clock().seconds(job(epochs=2))[1] == "published"


def test_a_slow_machine_is_seen_in_the_notebooks_that_it_has_run():
    timing.note(job("01_a"), 60, jobs=1, threads=None)
    assert Clock().seconds(job("02_b")) == (300, "published")


def test_what_sharing_costs_is_learnt_from_what_was_run_both_ways():
    timing.note(job("01_a"), 10, jobs=1, threads=None)
    timing.note(job("01_a"), 14, jobs=2, threads=1)
    timing.note(job("02_b"), 50, jobs=1, threads=None)
    found = Clock(jobs=2, threads=1).seconds(job("02_b"))
    assert found == (pytest.approx(70), "measured here, otherwise")
    assert Clock(jobs=2, threads=1).seconds(job("01_a")) == (14, "measured here")


def test_a_damaged_line_is_passed_over(places):
    timing.note(job(), 50, jobs=1, threads=None)
    with open(timing.times_file(), "a") as file:
        file.write('{"work": "02_b/qu')
    assert Clock().seconds(job()) == (50, "measured here")


def test_processors_are_divided_among_the_jobs(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert [timing.threads_for(n) for n in (1, 2, 3, 20)] == [None, 4, 2, 1]
