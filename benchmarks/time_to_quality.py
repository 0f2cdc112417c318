"""How long until the digits are good? Both judges along the training of each loop.

    python benchmarks/time_to_quality.py modern --seeds 0-4    # alone: a real clock
    python benchmarks/time_to_quality.py "pytorch-gan gan" --threads 1
    python benchmarks/time_to_quality.py --conclude            # only the table

and for a processor without bf16, with torch told so (see BENCHMARKS.md):

    python benchmarks/time_to_quality.py modern --seeds 0-4 \
        --out benchmarks/time_to_quality_avx2.json --keep runs/avx2

Our recipes train for --seconds on the clock, evaluation excluded. The textbook loops
make the same updates of the same networks with our engine, which saves hours, and every
step is charged with what the published loop takes for it, as measured by
`throughput.py` (benchmarks/throughput.json; --conclude charges them anew when that has
been measured again). So they may run beside other work. Two of them are classics that
were trained anyway, once: their rows come from weights/scores.json, whatever --seeds
says. Each row goes to benchmarks/time_to_quality.json at once; what is there is not
trained again.

The published loops are stopped before the end that their authors chose, most of their
seeds earlier than the first. What they would have reached later is not known: the
conclusion says at which epoch they were stopped, and of how many.
"""

import argparse
import json
import statistics
from collections import Counter
from pathlib import Path

import torch
from _common import machine, seeds, verdicts
from _textbook import OPPONENTS
from kept import Milestones

from gan_utils.cli.trainer import Training
from gan_utils.config import choose_precision
from gan_utils.data import Batches, load
from gan_utils.gan import build
from gan_utils.judge.reference import open_reference
from gan_utils.judge.verdict import N_SAMPLES, SAMPLE_SEED
from gan_utils.recipes import RECIPES
from gan_utils.results import generate
from gan_utils.support import paths
from gan_utils.support.files import write_json
from gan_utils.training import Callback, fit

FILE = Path(__file__).with_suffix(".json")
THROUGHPUT = Path(__file__).with_name("throughput.json")
MOMENTS = [30, 60, 120, 300, 600, 1200, 2400, 4800]  # seconds
TRAINED = {"pytorch dcgan": "dcgan_28", "tensorflow dcgan": "dcgan_tf"}  # seed 0
GOAL = ("modern", 120)  # whose quality, after how many seconds, the others shall reach
JUDGES = ("first", "second")
N_TRAIN = 60_000  # images in an epoch


class Verdicts(Callback):
    """Both judges look at the generator when a moment has come.

    references: {judge: Reference}; charge: seconds for each step, or None for the
    run's own clock, which stands still meanwhile; found: called with each row.
    """

    def __init__(self, references, latent_dim, found, charge=None):
        self.references, self.latent_dim = references, latent_dim
        self.found, self.charge, self.ahead = found, charge, list(MOMENTS)

    def step(self, run):
        """Judge if the next moment is here."""
        seconds = run.model.step * self.charge if self.charge else run.seconds
        if self.ahead and seconds >= self.ahead[0]:
            row = {"moment": self.ahead.pop(0), "seconds": round(seconds, 2)}
            row |= {
                "step": run.model.step,
                "epoch": run.batches.place(run.model.step)[0],
            }
            self.found({**row, **self.verdict(run.model)})

    def verdict(self, model):
        """{judge: {metric: value}}"""
        size = {"latent_dim": self.latent_dim, "seed": SAMPLE_SEED}
        pictures = generate(model.sampler(), N_SAMPLES, **size)
        return verdicts(self.references, pictures)


def ours(name, seed, seconds, images, watch, folder):
    """Train one of our recipes on the clock, and leave the result in a folder."""
    how = {"device": "cpu", "precision": choose_precision("cpu")[0], "seed": seed}
    out = folder / f"{name}-{seed}"
    how |= {"length": {"seconds": seconds}, "watch": [Milestones(out), watch]}
    Training(name, images, out, **how).run()


def textbook(name, seed, steps, images, watch):
    """Make the updates of a published loop, with our engine."""
    recipe = OPPONENTS[name].recipe
    batches = Batches.of(recipe, images.train, seed=seed)
    model = build(recipe, seed=seed)
    how = {"precision": choose_precision("cpu")[0], "schedule": recipe.schedule}
    fit(recipe.step, model, batches, steps=steps, callbacks=[watch], **how)


def stored(file):
    """What a file holds: {"rows": [...], "machines": {...}}."""
    empty = {"rows": [], "machines": {}}
    return empty | json.loads(file.read_text()) if file.is_file() else empty


def merged(found, others):
    """Our rows and those that another process has written meanwhile."""
    ours = {(row["name"], row["seed"], row["moment"]) for row in found["rows"]}
    rest = [
        row
        for row in others["rows"]
        if (row["name"], row["seed"], row["moment"]) not in ours
    ]
    machines = others["machines"] | found["machines"]
    return {"rows": rest + found["rows"], "machines": machines}


def step_seconds(name):
    """What the published loop takes for a step. Raises SystemExit if not measured."""
    rows = json.loads(THROUGHPUT.read_text())["rows"] if THROUGHPUT.is_file() else []
    for row in rows:
        if row["name"] == name:
            return row["s_per_step"]["textbook"]
    raise SystemExit(f"{name!r} is not in {THROUGHPUT.name}: run throughput.py first")


def charged(row):
    """A row of a published loop with the seconds that its steps take, as now known."""
    if row["name"] not in OPPONENTS:
        return row
    seconds = round(row["step"] * step_seconds(row["name"]), 2)
    return row | {"moment": round(seconds), "seconds": seconds}


def measure(name, seed, args, images, references, found):
    """One training and its rows."""

    def keep(row):
        found["rows"].append({"name": name, "seed": seed, **row})
        show(found["rows"][-1])
        write_json(args.out, merged(found, stored(args.out)))

    if name in RECIPES:
        watch = Verdicts(references, RECIPES[name].latent_dim, keep)
        return ours(name, seed, args.seconds, images, watch, args.keep)
    if name in TRAINED:
        return [keep(row) for row in trained(name)]
    charge, recipe = step_seconds(name), OPPONENTS[name].recipe
    watch = Verdicts(references, recipe.latent_dim, keep, charge)
    textbook(name, seed, 1 + int(args.textbook_seconds / charge), images, watch)


def trained(name):
    """Rows of a classic's milestones and of its end, each step charged.

    Of milestones only the first judge's view is kept.
    """
    runs = json.loads((paths.weights_dir() / "scores.json").read_text())["runs"]
    (run,) = [row for row in runs if (row["recipe"], row["seed"]) == (TRAINED[name], 0)]
    rows = [
        {"step": mark["step"], "first": {k: mark[k] for k in ("fd", "coverage")}}
        for mark in run["milestones"]
        if mark["step"] < run["steps"]
    ]
    end = {judge: run[judge]["metrics"] for judge in JUDGES}
    rows.append({"step": run["steps"], **end})
    return [charged({"name": name, **row}) for row in rows]


def show(row):
    """One verdict."""
    first, second = row["first"], row.get("second", {"fd": float("nan")})
    print(
        f"{row['name']:18s} seed {row['seed']}  {row['moment']:5d} s  "
        f"{row['step']:6d} steps  FD {first['fd']:7.2f}  "
        f"coverage {first['coverage']:.3f}  second judge {second['fd']:7.2f}",
        flush=True,
    )


def at(rows, name, moment, judge):
    """Frechet distances of all seeds at a moment."""
    return [
        row[judge]["fd"]
        for row in rows
        if (row["name"], row["moment"]) == (name, moment) and judge in row
    ]


def conclude(rows):
    """{loop: how far it was trained, and what it had reached by then}

    Seconds and epochs are those where its longest training was stopped, `every` the
    last moment that all its seeds have, `of` the epochs of those who published it (0
    for our recipes, which have a clock).
    """
    found = {}
    for name in dict.fromkeys(row["name"] for row in rows):
        own = [row for row in rows if row["name"] == name]
        recipe = RECIPES[name] if name in RECIPES else OPPONENTS[name].recipe
        count = Counter(row["moment"] for row in own)
        found[name] = {
            "seeds": len({row["seed"] for row in own}),
            "every": max(
                moment for moment, n in count.items() if n == count[min(count)]
            ),
            "seconds": max(row["moment"] for row in own),
            "epochs": max(
                row.get("epoch", row["step"] * recipe.batch_size / N_TRAIN)
                for row in own
            ),
            "of": OPPONENTS[name].epochs if name in OPPONENTS else 0,
            "judges": {judge: reached(rows, name, judge) for judge in JUDGES},
        }
    return found


def reached(rows, name, judge):
    """When a loop's mean over seeds reaches the goal, None: not by its last moment."""
    goal = statistics.mean(at(rows, *GOAL, judge))
    moments = {r["moment"] for r in rows if r["name"] == name and judge in r}
    means = {m: statistics.mean(at(rows, name, m, judge)) for m in moments}
    when = min((m for m, fd in means.items() if fd <= goal), default=None)
    return {"goal_fd": goal, "best_fd": min(means.values()), "reached_after": when}


def show_conclusion(conclusion):
    """Two lines for each loop."""
    for name, row in conclusion.items():
        end = f"stopped after {row['seconds']} s, epoch {row['epochs']:.0f}"
        end += f" of {row['of']}" * bool(row["of"])
        for judge, seen in row["judges"].items():
            when = seen["reached_after"]
            said = f"not by then: {end}" if when is None else f"reached after {when} s"
            print(
                f"{name:18s} {row['seeds']} seed(s), {judge} judge: FD "
                f"{seen['goal_fd']:.2f} {said}; best {seen['best_fd']:.2f}"
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="recipes, or " + ", ".join(OPPONENTS))
    parser.add_argument("--seeds", default="0", help="e.g. 0 or 0-4")
    parser.add_argument("--seconds", type=float, default=300, help="for our recipes")
    parser.add_argument("--textbook-seconds", type=float, default=2400)
    parser.add_argument("--threads", type=int, help="of the CPU; default: all")
    parser.add_argument("--keep", type=Path, default=paths.runs_dir())
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument("--conclude", action="store_true", help="train nothing")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    run(args, stored(args.out))
    found = stored(args.out)
    found["rows"] = [charged(row) for row in found["rows"]]
    if at(found["rows"], *GOAL, "first"):
        found["conclusion"] = conclude(found["rows"])
        show_conclusion(found["conclusion"])
        write_json(args.out, found)


def run(args, found):
    """Train what is named and not there yet."""
    if args.conclude:
        return
    images = load("mnist")
    references = {name: open_reference(images, name) for name in JUDGES}
    done = {(row["name"], row["seed"]) for row in found["rows"]}
    for seed in seeds(args.seeds):
        for name in args.names or ["modern", "mlp", "dcgan", *OPPONENTS]:
            if (name, seed) not in done and not (name in TRAINED and seed):
                found["machines"][f"{name} {seed}"] = machine()
                measure(name, seed, args, images, references, found)


if __name__ == "__main__":
    main()
