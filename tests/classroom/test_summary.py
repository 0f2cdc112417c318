import click
import pytest

from classroom.notebook import record
from classroom.notebook.job import Job
from classroom.report import summary
from classroom.report.conclusions import CONCLUSIONS
from classroom.runner import run_folder
from gan_utils.support.files import write_json


def test_a_spread_is_worked_out_by_hand():
    assert summary.spread([1.0, 3.0]) == {
        "mean": 2.0,
        "sd": pytest.approx(2**0.5),
        "n": 2,
    }
    assert summary.spread([4.0]) == {"mean": 4.0, "sd": None, "n": 1}
    assert summary.as_text({"mean": 2.0, "sd": 0.5}) == "2 ± 0.5"


def test_numbers_are_gathered_over_seeds():
    found = {"seed-0/02_a": {"x": 1.0}, "seed-3/02_a": {"x": 3.0}, "seed-0/03_b": {}}
    assert summary.over_seeds(found)["02_a"]["x"]["mean"] == 2.0
    assert summary.by_seed(found)[3] == {"02_a": {"x": 3.0}}


@pytest.mark.parametrize(
    ("mean", "sd", "text"),
    [
        (10.0, 1.0, "as published"),
        (14.0, 1.0, "4.0 sd apart"),
        (12.0, None, "+20%"),
        (8.0, None, "-20%"),
    ],
)
def test_the_remark_compares_with_the_published_seeds(mean, sd, text):
    ours, theirs = {"mean": mean, "sd": 0.1}, {"mean": 10.0, "sd": sd}
    assert summary.remark(ours, theirs) == text


def test_another_profile_is_shown_and_not_compared(monkeypatch):
    known = {"02_a": {"x": {"mean": 1.0, "sd": 0.1, "n": 3}}}
    published = {"profile": "quick", "metrics": known}
    monkeypatch.setattr(summary, "published_run", lambda: published)
    found = {"seed-0/02_a": {"x": 1.1}}
    (same,) = summary.compare_with_published(found, "quick")
    (other,) = summary.compare_with_published(found, "smoke")
    assert (same["published"], same["remark"]) == ("1 ± 0.1", "as published")
    assert (other["published"], other["remark"]) == ("1 ± 0.1", "")


def test_metrics_come_from_what_a_lesson_leaves(tmp_path):
    counts = [100] * 9 + [10]
    write_json(tmp_path / "meta.json", {"speckles": 0.5, "class_counts": counts})
    curves = {"d_loss": [9.0] * 90 + [1.0] * 10, "g_loss": [2.0], "seconds": [1.0]}
    write_json(tmp_path / "history.json", curves)
    rows = {"hinge": [{"distance": 1.0, "classes": 9}, {"distance": 3.0, "classes": 9}]}
    rows["lost"] = [{"distance": "diverged"}]
    write_json(tmp_path / "results.json", {"rows": rows})
    assert record.metrics(tmp_path) == {
        "lonely pixels": 0.5,
        "rarest class": pytest.approx(10 / 910, abs=1e-6),
        "classes": 9,
        "d_loss": 1.0,
        "g_loss": 2.0,
        "distance, hinge": 2.0,
        "classes, hinge": 9,
    }


def test_a_folder_without_results_has_no_metrics(tmp_path):
    (tmp_path / "meta.json").write_text("{half")
    assert record.metrics(tmp_path) == {}


def test_the_published_numbers_are_of_several_trainings_of_each_lesson_that_trains():
    published = summary.published_run()
    assert published["profile"] == "quick" and len(published["seeds"]) >= 5
    trained = {name for name, *_ in CONCLUSIONS}  # the lessons with numbers
    assert set(published["metrics"]) >= trained
    assert set(published["commands"]) == set(published["metrics"])
    for numbers in published["metrics"].values():
        assert all(entry["n"] >= 5 for entry in numbers.values())


def test_a_whole_run_becomes_numbers_to_compare_with(tmp_path):
    import make_reference

    jobs = [
        Job("02_a.ipynb", {"seed": seed}, str(tmp_path / f"seed-{seed}/02_a"))
        for seed in (0, 1)
    ]
    common = {"profile": "quick", "seeds": [0, 1]}
    run_folder.write_plan(tmp_path, jobs, common, "python -m x")
    whole = {"status": "passed", "cut_by_budget": False}
    for value, job in enumerate(jobs, start=2):
        write_json(f"{job.folder}/metrics.json", {"metrics": {"FD": value}})
        write_json(f"{job.folder}/status.json", whole)
    found = make_reference.from_run(tmp_path)
    assert found["metrics"]["02_a"]["FD"] == summary.spread([2, 3])
    assert (found["commands"], found["seeds"]) == ({"02_a": "python -m x"}, [0, 1])
    old = found | {"commands": {"03_b": "python -m y"}, "metrics": {"03_b": {}}}
    both = make_reference.joined(old, found)
    assert both["commands"] == {"03_b": "python -m y", "02_a": "python -m x"}
    assert both["metrics"] == {"03_b": {}} | found["metrics"]
    with pytest.raises(click.ClickException, match=r"seeds \[0, 1\], the published"):
        make_reference.joined(old | {"seeds": [0]}, found)
    write_json(f"{jobs[1].folder}/status.json", whole | {"cut_by_budget": True})
    with pytest.raises(click.ClickException, match="1 of its runs are not whole"):
        make_reference.from_run(tmp_path)
