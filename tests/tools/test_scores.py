"""Stored scores: several sets of latents, each kept, none judged twice."""

import json
from types import SimpleNamespace

import fill_readme
import pytest
import score_recipes

from gan_utils.judge.classifier import JUDGES
from gan_utils.support import paths

ALL = list(JUDGES)


@pytest.fixture
def judged(monkeypatch, tmp_path):
    """The calls of judges that look at nothing: [(judge, latents, quick)]."""
    calls, shas = [], {name: f"sha of {name}" for name in ALL}

    def judge_images(known, latents, quick):
        calls.append((known.name, latents, quick))
        found = {"fd": 2.0 + latents % 10, **({} if quick else {"kid": 7.0})}
        counts = [latents % 10, 5]
        more = {"class_counts": counts, "missing": [latents % 10], "n": 10_000}
        return {"judge_sha256": known.judge.sha256, "metrics": found, **more}

    def reference(name):
        return SimpleNamespace(name=name, judge=SimpleNamespace(sha256=shas[name]))

    monkeypatch.setattr(score_recipes, "FILE", tmp_path / "scores.json")
    monkeypatch.setattr(score_recipes, "reference", reference)
    monkeypatch.setattr(score_recipes, "judge_images", judge_images)
    monkeypatch.setattr(score_recipes, "generate", lambda G, n, latent_dim, seed: seed)
    return SimpleNamespace(calls=calls, shas=shas, file=tmp_path / "scores.json")


def rows(judged):
    return json.loads(judged.file.read_text())["runs"]


def test_a_row_holds_each_set_and_the_means_over_them(judged):
    score_recipes.update(paths.weights_dir() / "modern", 2)
    (row,) = rows(judged)
    assert (row["recipe"], row["seed"]) == ("modern", 0)
    for name in ALL:
        assert [s["latents"] for s in row[name]["sets"]] == [10_000, 10_001]
        assert [s["metrics"]["fd"] for s in row[name]["sets"]] == [2.0, 3.0]
        assert row[name]["metrics"] == {"fd": 2.5, "kid": 7.0}
        assert row[name]["class_counts"] == [1, 10] and row[name]["missing"] == [0, 1]
    assert judged.calls[:3] == [(name, 10_000, False) for name in ALL]
    assert judged.calls[3:] == [(name, 10_001, True) for name in ALL]


def test_it_goes_on_where_it_was_stopped(judged):
    folder = paths.weights_dir() / "modern"
    score_recipes.update(folder, 1)
    score_recipes.update(folder, 2)
    assert len(judged.calls) == 6
    score_recipes.update(folder, 2)
    assert len(judged.calls) == 6, "nothing was left to judge"


def test_another_judge_and_other_weights_are_judged_anew(judged):
    folder = paths.weights_dir() / "modern"
    score_recipes.update(folder, 1)
    judged.shas["second"] = "retrained"
    score_recipes.update(folder, 1)
    assert [name for name, *_ in judged.calls[3:]] == ["second"]
    (row,) = rows(judged)
    judged.file.write_text(json.dumps({"runs": [row | {"generator_sha256": "old"}]}))
    score_recipes.update(folder, 1)
    assert [name for name, *_ in judged.calls[4:]] == ALL


def test_rows_of_other_trainings_and_claims_stay(judged):
    other = {"recipe": "modern", "seed": 1, "first": {"metrics": {"fd": 1.0}}}
    judged.file.write_text(json.dumps({"runs": [other], "claims": ["x"]}))
    score_recipes.update(paths.weights_dir() / "modern", 1)
    assert [row["seed"] for row in rows(judged)] == [0, 1]
    assert rows(judged)[1] == other
    assert json.loads(judged.file.read_text())["claims"] == ["x"]


@pytest.mark.parametrize("steps_before, stay", [(0, True), (1, False)])
def test_milestones_stay_with_the_training_that_made_them(judged, steps_before, stay):
    folder = paths.weights_dir() / "modern"
    score_recipes.update(folder, 1)
    (row,) = rows(judged)
    row |= {"milestones": [{"step": 5, "fd": 90.0}], "generator_sha256": "unrounded"}
    row["steps"] -= steps_before  # another training under the same name
    judged.file.write_text(json.dumps({"runs": [row]}))
    score_recipes.update(folder, 1)
    assert rows(judged)[0]["milestones"] == (row["milestones"] if stay else [])


def test_a_seed_is_shipped_or_there_or_trained(monkeypatch, tmp_path):
    trained = []
    monkeypatch.setattr(score_recipes.paths, "runs_dir", lambda: tmp_path)
    monkeypatch.setattr(
        score_recipes.subprocess, "run", lambda words, check: trained.append(words[2:])
    )
    (tmp_path / "mlp-1").mkdir()
    (tmp_path / "mlp-1" / "meta.json").write_text("{}")
    found = list(score_recipes.folders(["mlp", tmp_path / "mine"], range(3)))
    shipped = paths.weights_dir() / "mlp"
    own = [tmp_path / name for name in ("mlp-1", "mlp-2", "mine")]
    assert found == [shipped, *own]
    words = ["gan_utils", "train", "mlp", "--seed", "2", "--out", str(own[1])]
    assert trained == [words]
    assert list(score_recipes.folders(["mlp"], ())) == [shipped]


# --- their table

SETS = [{"metrics": {"fd": fd}} for fd in (1.0, 3.0)]
TWO = [
    {"first": {"metrics": {"fd": 2.0}, "sets": SETS, "floors": {"fd": [0.5, 0.1]}}},
    {"first": {"metrics": {"fd": 3.0}, "floors": {"fd": [0.5, 0.1]}}},
]


def test_the_table_tells_both_spreads_apart():
    assert fill_readme.score(TWO, "first", "fd", "{:.2f}") == "2.50"
    assert fill_readme.over_latents(TWO) == "1.41"
    assert fill_readme.over_trainings(TWO) == "0.71"
    assert fill_readme.floor(TWO, "first", "fd", "{:.1f}") == "0.5"
    assert fill_readme.floor(TWO, "first", "fd", "{:.1f}", 1) == "0.1"


def test_what_nobody_has_measured_is_left_empty():
    assert fill_readme.score(TWO, "third", "fd", "{:.2f}") == ""
    assert fill_readme.over_latents(TWO[1:]) == ""
    assert fill_readme.over_trainings(TWO[1:]) == ""
    assert fill_readme.floor(TWO, "third", "fd", "{:.2f}") == ""


@pytest.mark.parametrize("recipe", ["mlp", "dcgan", "modern", "modern_labels"])
def test_what_ships_was_judged_on_several_sets_by_all_judges(recipe, project):
    runs = json.loads((project / "weights/scores.json").read_text())["runs"]
    (run,) = (r for r in runs if (r["recipe"], r["seed"]) == (recipe, 0))
    for name in ALL:
        sets = run[name]["sets"]
        assert len(sets) >= 4 and run[name]["n"] == 10_000
        assert len({one["latents"] for one in sets}) == len(sets)
        mean = sum(one["metrics"]["fd"] for one in sets) / len(sets)
        assert run[name]["metrics"]["fd"] == pytest.approx(mean, rel=1e-3)
        assert 0 <= run[name]["metrics"]["legibility"] <= 1
