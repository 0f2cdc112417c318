"""What has each recipe reached with the steps that five minutes of two cores buy?

    python benchmarks/five_minutes.py               # what is missing; six hours
    python benchmarks/five_minutes.py dcgan_28 --seeds 0-1

`modern` was trained on the clock, five times (`time_to_quality.py`), and its rows come
from there. What a step of each recipe costs is measured first, in turn with those of
`modern`, with all threads and nothing else running, and told on the scale of its clock.
The classics make the steps that the same seconds buy, on one thread each, so their
trainings may run beside other work. Both judges look at 10 000 pictures of each. Other
seeds than 0, which ships, then train on to their own end, in runs/five_minutes/:
`python tools/score_recipes.py runs/five_minutes/dcgan_28-1` gives one a place in
weights/scores.json. The costs also make the minutes of README.md. Writes each row to
benchmarks/five_minutes.json; what is there is not trained again.
"""

import argparse
import json
import statistics
import time
from collections import Counter
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import torch
from _common import earlier, finished, in_turn, machine, seeds, verdicts

from gan_utils.cli.trainer import Training
from gan_utils.config import choose_precision
from gan_utils.data import Batches, load
from gan_utils.gan import build
from gan_utils.judge.reference import open_reference
from gan_utils.judge.verdict import N_SAMPLES, SAMPLE_SEED
from gan_utils.recipes import CLASSICS, RECIPES
from gan_utils.recipes.labels import with_labels
from gan_utils.results import generate
from gan_utils.support import paths
from gan_utils.support.files import write_json
from gan_utils.training import Callback, fit

FILE = Path(__file__).with_suffix(".json")
TIMED = Path(__file__).with_name("time_to_quality.json")
SECONDS, JUDGES = 300, ("first", "second")
N_TRAIN, LONGEST = 60_000, 10_000  # images; steps after which no batch grows
ROUNDS, STEPS = 6, 10  # to measure what a step costs; the first round warms up

images = cache(lambda: load("mnist"))


def on_the_clock():
    """Rows of `modern` after SECONDS of its own clock."""
    for row in json.loads(TIMED.read_text())["rows"]:
        if (row["name"], row["moment"]) == ("modern", SECONDS):
            known = {"recipe": "modern", "seed": row["seed"], "steps": row["step"]}
            yield known | {judge: row[judge] for judge in JUDGES}


# --- what a step costs


def sizes(name, steps):
    """{batch size: how many of the first steps of a recipe have it}."""
    blank = torch.zeros(1, 28, 28, dtype=torch.uint8).expand(N_TRAIN, 28, 28)
    batches = Batches.of(RECIPES[name], blank, seed=0)
    return Counter(batches.place(step)[2] for step in range(steps))


def parts():
    """(recipe, batch size) of all that can be trained."""
    return [(name, size) for name in RECIPES for size in sizes(name, LONGEST)]


def measured():
    """{"recipe, batch size": seconds of a step with all threads}, all in turn."""
    costs, precision = {}, choose_precision("cpu")[0]
    for name, size in parts():
        recipe, labels = with_labels(RECIPES[name], images())
        recipe = replace(recipe, batch_size=size, grow=())
        batches = Batches.of(recipe, images().train, seed=0, labels=labels)
        begun = recipe.step, build(recipe, seed=0), batches, precision
        costs[f"{name}, {size}"] = partial(cost, *begun)
    return in_turn(costs, ROUNDS)


def cost(step, gan, batches, precision):
    """Seconds that each of the next steps takes, if nothing else runs.

    Raises SystemExit if something does.
    """
    start, how = time.perf_counter(), {"precision": precision}
    if fit(step, gan, batches, steps=gan.step + STEPS, **how).on_one:
        raise SystemExit("something else runs here; measure when nothing does")
    return (time.perf_counter() - start) / STEPS


def seconds_of(name, steps, costs):
    """What the first steps of a recipe take."""
    return sum(n * costs[f"{name}, {size}"] for size, n in sizes(name, steps).items())


def minutes(costs):
    """{recipe: minutes of its whole training, the mean over those in scores.json}."""
    runs = json.loads((paths.weights_dir() / "scores.json").read_text())["runs"]
    seconds = {name: [] for name in RECIPES}
    for run in runs:
        taken = seconds_of(run["recipe"], run["steps"], costs)
        seconds[run["recipe"]].append(taken)
    return {k: round(statistics.mean(v) / 60, 2) for k, v in seconds.items() if v}


def on_its_clock(costs, rows):
    """Costs as they were while `modern` was on the clock, by the mean of its rows."""
    steps = round(statistics.mean(row["steps"] for row in rows))
    scale = SECONDS / seconds_of("modern", steps, costs)
    return {part: scale * cost for part, cost in costs.items()}


# --- one training, and what both judges say


class Look(Callback):
    """Both judges look at the generator once it has made so many steps.

    What they say goes to a file, where a training that was stopped later finds it.
    """

    def __init__(self, steps, latent_dim, file):
        self.steps, self.latent_dim, self.file = steps, latent_dim, file

    def step(self, run):
        """Judge if the step is here."""
        if run.model.step == self.steps:
            references = {judge: open_reference(images(), judge) for judge in JUDGES}
            size = {"latent_dim": self.latent_dim, "seed": SAMPLE_SEED}
            pictures = generate(run.model.sampler(), N_SAMPLES, **size)
            write_json(self.file, verdicts(references, pictures))


def length(name, seed, steps):
    """How long a classic trains: to its own end, if that is later and does not ship."""
    recipe = RECIPES[name]
    own = recipe.steps or recipe.epochs * (N_TRAIN // recipe.batch_size)
    return {"steps": steps} if seed == 0 or own < steps else recipe.length


def one(name, seed, steps, precision):
    """A row: train a classic on one thread; both judges look after so many steps."""
    torch.set_num_threads(1)
    out = paths.runs_dir() / "five_minutes" / f"{name}-{seed}"
    file = out / "five_minutes.json"
    how = {"device": "cpu", "precision": precision, "seed": seed}
    how |= {"length": length(name, seed, steps)}
    how |= {"watch": [Look(steps, RECIPES[name].latent_dim, file)]}
    Training(name, images(), out, **how).run()
    row = {"recipe": name, "seed": seed, "steps": steps}
    return row | json.loads(file.read_text())


def show(row):
    """One line of text."""
    first, second = row["first"], row["second"]
    print(
        f"{row['recipe']:18s} seed {row['seed']}  {row['steps']:6d} steps  "
        f"FD {first['fd']:8.3f}  coverage {first['coverage']:.3f}  "
        f"class KL {first['class_kl']:.4f}  second judge: FD {second['fd']:8.3f}",
        flush=True,
    )


# --- what the trainings say


def mean_fd(rows, name, judge):
    """Mean over seeds."""
    return statistics.mean(row[judge]["fd"] for row in rows if row["recipe"] == name)


def conclude(rows):
    """Order and ratio of `modern` to the best classic, by each judge.

    {} without `modern` or without a classic.
    """
    names = {row["recipe"] for row in rows}
    classics = names & set(CLASSICS)
    if "modern" not in names or not classics:
        return {}
    found = {}
    for judge in JUDGES:
        order = sorted(names, key=lambda name: mean_fd(rows, name, judge))
        best = next(name for name in order if name in classics)
        ratio = mean_fd(rows, "modern", judge) / mean_fd(rows, best, judge)
        found[judge] = {"order": order, "modern_over_best_classic": round(ratio, 4)}
    return found


def show_conclusion(conclusion):
    """One line for each judge."""
    for judge, seen in conclusion.items():
        ratio, order = seen["modern_over_best_classic"], ", ".join(seen["order"])
        print(
            f"{judge} judge: {order}; modern has {ratio:.2f} of the best classic's FD"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipes", nargs="*", default=[*CLASSICS])
    parser.add_argument("--seeds", type=seeds, default=seeds("0-4"), help="e.g. 0-2")
    parser.add_argument("--jobs", type=int, default=2, help="trainings at a time")
    args = parser.parse_args()
    if unknown := set(args.recipes) - set(CLASSICS):
        parser.error(f"no classic {sorted(unknown)}; there are {', '.join(CLASSICS)}")
    compare(args, earlier(FILE, SECONDS), [*on_the_clock()])


def compare(args, found, modern):
    """All rows that are missing; the file is written after each."""
    rows = [row for row in found["rows"] if row["recipe"] != "modern"]
    if not found["step_seconds"]:
        costs = on_its_clock(measured(), modern)
        found |= {"step_seconds": costs, "machine": machine()}
    found["minutes"] = minutes(found["step_seconds"])
    done = {(row["recipe"], row["seed"]) for row in rows}
    todo = [(name, seed) for seed in args.seeds for name in args.recipes]
    precision = found["machine"]["precision"].split(":")[0]
    for judge in JUDGES:  # once, and not in each process
        open_reference(images(), judge)
    write_json(FILE, found)
    jobs = {}
    for name, seed in todo:
        if (name, seed) not in done:
            part = f"{name}, {RECIPES[name].batch_size}"
            steps = round(SECONDS / found["step_seconds"][part])
            jobs[name, seed] = (name, seed, steps, precision)
    for _, row in finished(one, jobs, args.jobs):
        rows.append(row)
        show(row)
        found |= {"rows": [*modern, *rows], "conclusion": conclude([*modern, *rows])}
        write_json(FILE, found)
    show_conclusion(found.get("conclusion", {}))


if __name__ == "__main__":
    main()
