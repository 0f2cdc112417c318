import json
import time

import pytest
import torch

from classroom.runner import estimate
from classroom.runner.estimate import Estimate, Limits
from classroom.runner.plan import Job
from gan_utils import config
from gan_utils.support import paths, speed

NAMES = ("02_vanilla_gan", "03_dcgan")


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """Published times, as fast as here, and none measured here."""
    entry = {"seconds": 130, "training": 100, "step_ms": 5.0, "machine": "2 cores"}
    entry["threads"] = torch.get_num_threads()
    published = {"quick": dict.fromkeys(NAMES, entry)}
    (tmp_path / "times.json").write_text(json.dumps(published))
    monkeypatch.setattr(paths, "notebooks_dir", lambda: tmp_path)
    monkeypatch.setattr(paths, "runs_dir", lambda: tmp_path / "runs")
    monkeypatch.setattr(speed, "step_ms", lambda device, precision: 5.0)
    monkeypatch.setattr(estimate, "_machine", lambda wanted: ("cpu", "fp32"))
    return tmp_path


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on when it is told to: clock(seconds)."""
    now = [time.time()]
    monkeypatch.setattr(time, "time", lambda: now[0])

    def go_on(seconds):
        now[0] += seconds

    return go_on


def job(name=NAMES[0], profile="quick", folder="", **more):
    known = {"profile": profile, "seed": 0, "dataset": "auto", "device": "auto"}
    return Job(f"{name}.ipynb", known | more, str(folder))


def total(*jobs, **limits):
    return Estimate(jobs, Limits(**limits)).total()


def test_the_published_time_is_that_of_this_machine(monkeypatch):
    assert total(job()) == 130
    monkeypatch.setattr(speed, "step_ms", lambda device, precision: 10.0)
    assert total(job()) == 230
    two, one = (total(job(), threads=n) for n in (2, 1))
    assert two - 30 == pytest.approx(0.6 * (one - 30))
    assert total(job(), job(NAMES[1]), jobs=2, threads=1) == one


def test_the_parameters_count():
    assert total(job(epochs=750)) == pytest.approx(30 + 100 * 750 / 8)
    assert total(job(batch_size=128)) == 30 + 75
    assert total(job(dataset="offline")) == pytest.approx(30 + 100 / 3)


def test_what_nobody_knows_is_not_guessed():
    for unknown in (job("07_own"), job(profile="full"), job(dataset="/my/pictures")):
        assert total(job(), unknown) is None
        assert "not measured yet" in Estimate([unknown], Limits()).words()


def test_own_measurements_win_whatever_the_seed():
    for seconds in (300, 60):
        estimate.note(job(seed=7), seconds, Limits())
    assert total(job()) == 60
    assert total(job(epochs=8)) == 130 and total(job(), jobs=2) == 130


@pytest.mark.parametrize("rest", ["", "[]", '{"02_b/qu'])
def test_a_damaged_file_is_no_failure_and_is_written_anew(rest):
    paths.runs_dir().mkdir()
    estimate.times_file().write_text(rest)
    assert total(job()) == 130
    estimate.note(job(), 50, Limits())
    assert total(job()) == 50


def test_a_notebook_that_ended_corrects_the_others(clock):
    jobs = [job(seed=n) for n in range(3)]
    found = Estimate(jobs, Limits())
    found.started(jobs[0])
    assert found.left() == 390
    clock(100)
    assert found.left() == 290
    clock(160)  # twice as long
    found.ended(jobs[0], passed=False)
    assert found.left() == pytest.approx(2 * 130 * (260 + 20) / (130 + 20))
    assert not estimate.times_file().exists()
    found.started(jobs[1])
    clock(260)
    found.ended(jobs[1], passed=True)
    kept = json.loads(estimate.times_file().read_text())
    assert kept == {estimate.work_of(jobs[1], Limits()): 260}
    assert 230 < found.left() < 260


def test_the_progress_of_a_training_is_believed(clock, tmp_path):
    """It was to take two minutes. Others came, and an epoch takes a minute."""
    first, second = job(folder=tmp_path / "a"), job(seed=1, folder=tmp_path / "b")
    found = Estimate([first, second], Limits())
    found.started(first)
    (tmp_path / "a").mkdir()
    clock(90)
    line = {"time": time.time(), "text": "epoch 1/8", "left": 420.0}
    (tmp_path / "a/progress.jsonl").write_text(json.dumps(line))
    own, other = 420 + 0.05 * 130, 130 * (90 + 426.5 + 20) / (130 + 20)
    assert found.left() == pytest.approx(own + other)
    clock(30)
    assert found.left() == pytest.approx(own + other - 30, rel=0.05)


def test_a_notebook_over_its_time_is_not_about_to_end_for_ever(clock):
    found = Estimate([job()], Limits())
    found.started(job())
    clock(400)
    assert found.left() == 40


def test_a_budget_bounds_what_is_left(clock):
    found = Estimate([job()], Limits(budget=60))
    found.started(job())
    assert found.total() == found.left() == 60
    clock(20)
    assert found.left() == 40


def test_processors_are_divided_among_the_jobs(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert [estimate.threads_for(n) for n in (1, 2, 3, 20)] == [None, 4, 2, 1]


def test_the_words_of_the_data_sets_have_a_number_of_images():
    assert estimate.IMAGES.keys() == set(config.FOLDERS["dataset"])
