"""The parts of benchmarks/ that decide what their numbers mean. Nothing is timed."""

import json
import math
import sys
from dataclasses import replace
from types import SimpleNamespace

import five_minutes
import graph
import precision
import pytest
import speed_figures
import startup
import sweep
import throughput
import time_to_quality
import times
import torch
from _common import seeds
from _textbook import (
    OPPONENTS,
    Pictures,
    alternating,
    loop,
    plain_pipeline,
    resized_pipeline,
)

from gan_utils.data import Batches, ImageSet, to_float
from gan_utils.engine.history import History
from gan_utils.gan import build
from gan_utils.recipes import RECIPES
from gan_utils.results import load_result
from gan_utils.training import Run, fit


@pytest.fixture
def images():
    random = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (512, 28, 28), dtype=torch.uint8, generator=random)


def test_the_published_pipelines_give_the_pixels_of_ours(images):
    ours = to_float(images[:5])
    for pipeline in (plain_pipeline(), resized_pipeline()):
        pictures = Pictures(images, pipeline)
        theirs = torch.stack([pictures[i][0] for i in range(5)])
        torch.testing.assert_close(theirs, ours)


def with_sgd(model):
    """Adam turns the noise of a gradient near zero into a full step; this does not."""
    model.opt_G = torch.optim.SGD(model.G.parameters(), lr=0.1)
    model.opt_D = torch.optim.SGD(model.D.parameters(), lr=0.1)
    return model


@pytest.mark.parametrize("name", ["pytorch-gan gan", "plain mlp", "pytorch dcgan"])
def test_a_textbook_step_is_a_step_of_ours(name, images):
    """Same weights before, same batch: same weights after. So a step of our engine may
    stand for one of the textbook's."""
    recipe = OPPONENTS[name].recipe
    a, b = (with_sgd(build(recipe, seed=0)) for _ in range(2))
    batches = Batches.of(replace(recipe, batch_size=16), images, seed=0)
    for step in range(2):
        alternating(a.G, a.D, a.opt_G, a.opt_D, *batches(step))
    fit(recipe.step, b, batches, steps=2)
    for theirs, ours in zip(a.G.parameters(), b.G.parameters()):
        torch.testing.assert_close(theirs, ours, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", OPPONENTS)
def test_every_opponent_trains(name, images):
    losses = loop(OPPONENTS[name], images)
    first, second = next(losses), next(losses)
    assert all(0 < loss < 10 for loss in first + second)
    assert first != second


def test_the_networks_of_pytorch_gan_have_their_sizes():
    recipe = OPPONENTS["pytorch-gan gan"].recipe
    assert sum(p.numel() for p in recipe.D().parameters()) == 533_505
    recipe = OPPONENTS["pytorch-gan dcgan"].recipe
    assert recipe.G()(torch.randn(2, 100)).shape == (2, 1, 28, 28)


def test_both_loops_of_throughput_go_on_where_they_were(images):
    ours = throughput.Ours(OPPONENTS["plain mlp"], images, "fp32")
    ours(2)
    ours(3)
    assert ours.model.step == 5
    flop = throughput.flops(ours)
    weights = sum(p.numel() for p in ours.model.G.parameters() if p.dim() > 1)
    assert flop > 3 * 2 * 128 * weights  # G forward and backward, and D comes on top


@pytest.mark.parametrize("name", sweep.VARIANTS)
def test_every_variant_of_the_sweep_trains(name, images):
    recipe = sweep.VARIANTS[name]
    model = build(recipe, seed=0)
    batches = Batches.of(recipe, images, seed=0)
    history = fit(recipe.step, model, batches, steps=2)
    assert len(history) == 2


def test_variants_of_the_sweep_differ_from_its_base():
    different = [recipe for recipe in sweep.VARIANTS.values() if recipe != sweep.base]
    assert len(different) == len(sweep.VARIANTS) - 1


def test_a_sweep_of_other_seconds_is_not_overwritten(tmp_path):
    file = tmp_path / "sweep.json"
    assert sweep.earlier(file, 120)["rows"] == []
    file.write_text('{"seconds": 120.0, "rows": [1]}')
    assert sweep.earlier(file, 120)["rows"] == [1]
    with pytest.raises(SystemExit, match="holds trainings of 120 s, not of 300: give"):
        sweep.earlier(file, 300)


def test_a_charged_clock_decides_the_moments_of_a_textbook_loop():
    rows = []
    watch = time_to_quality.Verdicts({}, 8, rows.append, charge=0.5)
    watch.verdict = lambda model: {}
    model = type("Model", (), {"step": 0})()
    batches = SimpleNamespace(place=lambda step: (step // 10, step % 10, 64))
    for model.step in range(1, 250):
        watch.step(Run(model, batches, History(), None, seconds=1e6))
    found = [(row["moment"], row["step"], row["epoch"]) for row in rows]
    assert found == [(30, 60, 6), (60, 120, 12), (120, 240, 24)]


def fd(name, moment, value, seed=0, step=0):
    looked = {"first": {"fd": value}, "second": {"fd": value}}
    return {"name": name, "seed": seed, "moment": moment, "step": step, **looked}


def test_the_conclusion_says_when_the_goal_was_reached_or_where_we_stopped(capsys):
    rows = [fd("modern", 60, 5), fd("modern", 120, 2), fd("modern", 120, 4, seed=1)]
    rows += [fd("dcgan", 60, 9), fd("dcgan", 1200, 3), fd("dcgan", 2400, 1)]
    rows += [fd("tensorflow dcgan", 2400, 7, step=2344)]
    found = time_to_quality.conclude(rows)
    modern, slow, never = found.values()
    assert modern["judges"]["first"]["goal_fd"] == 3 and modern["seeds"] == 2
    assert (slow["judges"]["first"]["reached_after"], slow["of"]) == (1200, 0)
    assert never["judges"]["second"] == {
        "goal_fd": 3,
        "best_fd": 7,
        "reached_after": None,
    }
    assert (never["of"], round(never["epochs"])) == (50, 10)
    time_to_quality.show_conclusion(found)
    said = "1 seed(s), first judge: FD 3.00 not by then: stopped after 2400 s, epoch 10"
    assert f"{said} of 50; best 7.00" in capsys.readouterr().out


def test_an_unmeasured_textbook_loop_names_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(time_to_quality, "THROUGHPUT", tmp_path / "none.json")
    with pytest.raises(SystemExit, match="run throughput.py first"):
        time_to_quality.step_seconds("plain mlp")


def test_seeds():
    assert seeds("0-2") == [0, 1, 2] and seeds("4") == [4]


@pytest.mark.parametrize("name", ["import gan_utils", "first picture"])
def test_startup_times_a_program_and_names_one_that_fails(name):
    command = [sys.executable, "-c", startup.PROGRAMS[name]]
    assert startup.seconds(command) > 0
    with pytest.raises(SystemExit, match="failed: ModuleNotFoundError: No module"):
        startup.seconds([sys.executable, "-c", "import no_such_module"])


def test_the_curves_show_the_mean_over_seeds_of_each_loop(monkeypatch):
    rows = [fd("modern", 60, 2), fd("modern", 60, 4, seed=1), fd("modern", 120, 1)]
    rows += [fd("tensorflow dcgan", 2400, 9, step=2344)]
    rows += [fd("pytorch-gan gan", 600, 8, seed, step=9375) for seed in (0, 1)]
    rows += [fd("pytorch-gan gan", 2400, 7, step=37500)]
    found = {"rows": rows, "conclusion": time_to_quality.conclude(rows)}
    monkeypatch.setattr(speed_figures, "stored", lambda name: found)
    line, *others = speed_figures.curves().get_lines()
    assert list(line.get_xdata()) == [60, 120] and list(line.get_ydata()) == [3, 1]
    assert [line.get_label() for line in (line, *others)] == [
        "modern (2 seeds to 60 s, one)",
        "tensorflow dcgan (1 seed to epoch 10 of 50)",
        "pytorch-gan gan (2 seeds to 600 s, one to epoch 40 of 200)",
    ]


def test_the_clock_of_a_published_loop_is_that_of_the_table_of_throughput():
    rows = time_to_quality.stored(time_to_quality.FILE)["rows"]
    published = [row for row in rows if row["name"] in time_to_quality.OPPONENTS]
    assert published and published == [time_to_quality.charged(r) for r in published]


def test_a_classic_that_is_trained_once_is_once_in_the_table(monkeypatch, tmp_path):
    monkeypatch.setattr(time_to_quality, "load", lambda name: None)
    monkeypatch.setattr(time_to_quality, "open_reference", lambda *which: None)
    asked = []
    monkeypatch.setattr(
        time_to_quality, "measure", lambda name, seed, *rest: asked.append((name, seed))
    )
    names = ["pytorch dcgan", "pytorch-gan gan"]
    args = SimpleNamespace(conclude=False, seeds="0-1", names=names)
    time_to_quality.run(args, {"rows": [], "machines": {}})
    assert asked == [(names[0], 0), (names[1], 0), (names[1], 1)]


def test_the_sweep_is_drawn_with_the_best_variant_on_top(monkeypatch):
    rows = [fd("base", 0, 2), fd("worse", 0, 5), fd("better", 0, 1)]
    found = {"seconds": 120, "rows": rows}
    monkeypatch.setattr(speed_figures, "stored", lambda name: found)
    ax = speed_figures.sweep()
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["worse", "base", "better"]
    assert "120 s" in ax.get_title(loc="left") + ax.get_title()


def test_the_cluster_is_drawn_with_its_speed_up_and_its_lost_worker(monkeypatch):
    story = {"ends": [5, 9, 30], "killed_after": 7.5}
    parts = {"1 workers": {"seconds": 60}, "2 jobs": {"seconds": 40}, "story": story}
    found = {"parts": parts, "conclusion": {"speed_up": {"1": 1.0, "2": 1.4}}}
    monkeypatch.setattr(speed_figures, "stored", lambda name: found)
    left, right = speed_figures.cluster().figure.axes
    _, workers, jobs = left.get_lines()
    assert list(workers.get_ydata()) == [1.0, 1.4] and list(jobs.get_ydata()) == [1.5]
    passed, killed = right.get_lines()
    assert list(passed.get_ydata()) == [1, 2, 3] and killed.get_xdata()[0] == 7.5


def made_up_rows(fp32, bf16):
    return [
        {"name": "base", "precision": which, "seed": seed}
        | {"first": {"fd": fd}, "second": {"fd": 2 * fd}}
        for which, values in (("fp32", fp32), ("bf16", bf16))
        for seed, fd in enumerate(values)
    ]


def test_formats_are_compared_in_pairs_by_seed():
    """A spread over seeds that both formats share does not widen the interval."""
    twice = precision.conclude(made_up_rows([1.0, 10.0, 100.0], [2.0, 20.0, 200.0]))
    found = twice["base"]["second"]
    assert found["ratio"] == pytest.approx(2) and found["seeds"] == [0, 1, 2]
    assert found["interval"] == pytest.approx([2, 2])
    assert found["fd"]["bf16"] == [4.0, 40.0, 400.0]


def test_the_interval_of_a_ratio_is_that_of_students_t():
    rows = made_up_rows([1.0, 1.0, 1.0], [1.0, math.e, math.e**2])
    found = precision.conclude(rows)["base"]["first"]
    half = 4.303 / 3**0.5  # t for two degrees of freedom; the logs spread by 1
    low, high = map(math.log, found["interval"])
    assert (low, high) == pytest.approx((1 - half, 1 + half), rel=1e-3)
    assert math.log(found["ratio"]) == pytest.approx(1)
    assert found["interval"][0] < found["bootstrap"][0] < found["bootstrap"][1]
    assert found["bootstrap"][1] < found["interval"][1]


def test_a_seed_without_its_pair_is_left_out_and_one_pair_says_nothing():
    assert precision.conclude(made_up_rows([1.0], [1.1])) == {}
    assert precision.conclude(made_up_rows([1.0, 2.0, 3.0], [1.1])) == {}
    found = precision.conclude(made_up_rows([1.0, 2.0, 3.0], [1.1, 2.1]))["base"]
    assert found["first"]["seeds"] == [0, 1]


def test_rows_of_two_processes_are_both_kept():
    mine = {"name": "a", "seed": 0, "moment": 30}
    theirs = {"name": "b", "seed": 0, "moment": 30}
    ours = {"rows": [{**mine, "fd": 1}], "machines": {"a 0": "x"}}
    others = {"rows": [{**mine, "fd": 9}, theirs], "machines": {"b 0": "y"}}
    both = time_to_quality.merged(ours, others)
    assert both["rows"] == [theirs, {**mine, "fd": 1}]
    assert both["machines"] == {"a 0": "x", "b 0": "y"}


def test_a_classic_that_was_trained_to_its_end_is_charged_step_by_step(
    tmp_path, monkeypatch
):
    marks = [
        {"step": 10, "seconds": 1, "fd": 50.0, "coverage": 0.1, "precision": 0.5},
        {"step": 40, "seconds": 4, "fd": 9.0, "coverage": 0.4, "precision": 0.6},
    ]
    ends = {
        judge: {"metrics": {"fd": fd}} for judge, fd in (("first", 9), ("second", 8))
    }
    run = {"recipe": "dcgan_28", "seed": 0, "steps": 40, "milestones": marks, **ends}
    other = {**run, "seed": 1}
    (tmp_path / "scores.json").write_text(json.dumps({"runs": [other, run]}))
    monkeypatch.setattr(time_to_quality.paths, "weights_dir", lambda: tmp_path)
    monkeypatch.setattr(time_to_quality, "step_seconds", {"pytorch dcgan": 2.0}.get)
    early, end = time_to_quality.trained("pytorch dcgan")
    assert early == {
        "name": "pytorch dcgan",
        "moment": 20,
        "seconds": 20.0,
        "step": 10,
        "first": {"fd": 50.0, "coverage": 0.1},
    }
    assert (end["moment"], end["first"], end["second"]) == (80, {"fd": 9}, {"fd": 8})
    rows = [{"seed": 0, **row} for row in (early, end)]
    goal = fd("modern", 120, 10) | {"second": {"fd": 5}}
    found = time_to_quality.conclude([*rows, goal])["pytorch dcgan"]
    first, second = found["judges"]["first"], found["judges"]["second"]
    assert first["reached_after"] == found["seconds"] == 80
    assert (second["best_fd"], second["reached_after"]) == (8, None)


def test_what_was_said_stands_beside_what_it_took(tmp_path):
    row = {"notebook": "02_x", "key": "seed-0/02_x", "seconds": 200.0}
    (tmp_path / "status.json").write_text(json.dumps({"notebooks": [row]}))
    (tmp_path / "seed-0/02_x").mkdir(parents=True)
    text = json.dumps(
        "time       about 4 minutes on this machine (2 minutes where ...)\n"
    )
    (tmp_path / "seed-0/02_x/02_x.ipynb").write_text(text)
    (found,) = times.measured(tmp_path, {"02_x": 250})
    assert found["ratio"] == 1.25 and found["first_line"] == "about 4 minutes"
    plan = "  seed-0/02_vanilla_gan              4:10  profile=quick seed=0"
    assert times.PLAN.findall(plan) == [("02_vanilla_gan", "4", "10")]


def test_graph_compares_weights_and_times_blocks_in_turn(images, monkeypatch, capsys):
    """With a stand-in for the GPU, whose graph moves a weight."""

    def moved(step, gan, *, say):
        next(gan.G.parameters()).data.view(-1)[0] += 0.5
        return step

    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    monkeypatch.setattr(graph, "recorded", moved)
    monkeypatch.setattr(graph, "SAME", 1)
    args = SimpleNamespace(device="cpu", rounds=1, seconds=0.01)
    row = graph.compare("mlp", "fp32", images, args)
    graph.show(row)
    assert row["eager_against_eager"] == 0 < row["graph_against_eager"]
    assert set(row["blocks"]) == {"eager", "graph"} and row["ratio"] > 0
    assert "other bits" in capsys.readouterr().out


def test_what_a_step_costs_is_told_on_the_clock_of_modern(monkeypatch):
    assert five_minutes.sizes("modern", 8000) == {32: 1875, 64: 2811, 128: 3314}
    assert ("modern_clusters", 128) in five_minutes.parts()
    costs = {f"{name}, {size}": 0.02 for name, size in five_minutes.parts()}
    costs["modern, 128"] = 0.04  # so 8000 steps took 226.28 s where it was measured
    assert five_minutes.seconds_of("modern", 8000, costs) == pytest.approx(226.28)
    rows = [{"steps": 7900}, {"steps": 8100}]
    found = five_minutes.on_its_clock(costs, rows)
    assert five_minutes.seconds_of("modern", 8000, found) == pytest.approx(300)
    assert found["dcgan_tf, 256"] == pytest.approx(0.02 * 300 / 226.28)


@pytest.mark.parametrize("seed, own, end", [(1, 6, 6), (0, 6, 4), (1, 3, 4)])
def test_a_classic_is_judged_on_its_way_and_trains_to_its_end(
    monkeypatch, tmp_path, images, seed, own, end
):
    recipe = replace(RECIPES["mlp_plain"], epochs=None, steps=own)
    monkeypatch.setitem(RECIPES, "mlp_plain", recipe)
    labels = torch.zeros(512, dtype=torch.int64)
    few = ImageSet("few", images, labels, images, labels, ("0",), "0" * 64)
    monkeypatch.setattr(five_minutes, "images", lambda: few)
    monkeypatch.setattr(five_minutes.paths, "runs_dir", lambda: tmp_path)
    judged = []
    monkeypatch.setattr(five_minutes, "open_reference", lambda few, judge: judge)
    monkeypatch.setattr(five_minutes, "N_SAMPLES", 8)

    def verdicts(references, pictures):
        judged.append((*references, len(pictures)))
        return {"fd": 1}

    monkeypatch.setattr(five_minutes, "verdicts", verdicts)
    row = five_minutes.one("mlp_plain", seed, 4, "fp32")
    assert row == {"recipe": "mlp_plain", "seed": seed, "steps": 4, "fd": 1}
    result = load_result(tmp_path / "five_minutes" / f"mlp_plain-{seed}")
    assert result.meta["steps"] == end and judged == [("first", "second", 8)]


def test_the_minutes_of_the_readme_are_those_of_the_trainings_in_scores():
    found = json.loads(five_minutes.FILE.read_text())
    assert found["minutes"] == five_minutes.minutes(found["step_seconds"])
    assert found["minutes"]["modern"] == pytest.approx(5, abs=0.01)


def test_the_rows_of_modern_are_those_of_its_clock():
    rows = [*five_minutes.on_the_clock()]
    assert sorted(row["seed"] for row in rows) == [0, 1, 2, 3, 4]
    found = five_minutes.conclude([*rows, {**rows[0], "recipe": "dcgan_28"}])
    assert sorted(found["first"]["order"]) == ["dcgan_28", "modern"]
