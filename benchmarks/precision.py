"""Does bf16 cost quality? The same trainings in both number formats, several seeds.

    python benchmarks/precision.py             # about 25 minutes
    python benchmarks/precision.py --seeds 0-9
    python benchmarks/precision.py --conclude  # only the table

The networks start from the same weights and see the same batches for the same number
of steps, so speed plays no part. Both judges look at the end. A seed is a pair: its
ratio is the distance in bf16 over that in fp32, and the interval is that of the mean
ratio. An interval that holds 1 does not say that the formats are equal: it says by how
much they may differ. Writes benchmarks/precision.json after each training and goes on
with those there.
"""

import argparse
import json
import math
import multiprocessing
import statistics
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
from _common import machine, seeds
from scipy.stats import t
from sweep import one

from gan_utils.support.files import write_json

FILE = Path(__file__).with_suffix(".json")
NAMES = ("base", "notebook 03")  # as `sweep.py` calls them
FORMATS = ("fp32", "bf16")


def compare(rows, name, judge):
    """Frechet distances in both formats, by seed, and their ratio with intervals.

    ratio: geometric mean of bf16 over fp32. interval: 95 %, of Student's t on the
    logarithms. bootstrap: 95 %, by resampling the pairs; with so few it is too narrow.
    """
    values = {
        which: {
            row["seed"]: row[judge]["fd"]
            for row in rows
            if (row["name"], row["precision"]) == (name, which)
        }
        for which in FORMATS
    }
    slow, fast = (values[which] for which in FORMATS)
    pairs = sorted(slow.keys() & fast.keys())
    logs = [math.log(fast[seed] / slow[seed]) for seed in pairs]
    mean, half = statistics.mean(logs), half_width(logs)
    again = np.random.default_rng(0).choice(logs, (10_000, len(logs))).mean(axis=1)
    return {
        "seeds": pairs,
        "fd": {which: [values[which][seed] for seed in pairs] for which in FORMATS},
        "ratio": math.exp(mean),
        "interval": [math.exp(mean - half), math.exp(mean + half)],
        "bootstrap": np.exp(np.quantile(again, [0.025, 0.975])).tolist(),
    }


def half_width(values, level=0.95):
    """Of the interval for their mean: t * s / sqrt(n)."""
    quantile = t.ppf((1 + level) / 2, len(values) - 1)
    return quantile * statistics.stdev(values) / len(values) ** 0.5


def conclude(rows):
    """{variant: {judge: comparison}} where two seeds or more have both formats."""
    formats = {
        name: [
            {r["seed"] for r in rows if (r["name"], r["precision"]) == (name, which)}
            for which in FORMATS
        ]
        for name in NAMES
    }
    ready = [name for name, (slow, fast) in formats.items() if len(slow & fast) > 1]
    return {
        name: {judge: compare(rows, name, judge) for judge in ("first", "second")}
        for name in ready
    }


def show(conclusion):
    """One line for each variant and judge."""
    for name, by_judge in conclusion.items():
        for judge, found in by_judge.items():
            means = [statistics.mean(found["fd"][which]) for which in FORMATS]
            low, high = (end - 1 for end in found["interval"])
            print(
                f"{name:14s} {judge:6s} judge, {len(found['seeds'])} pairs: FD fp32 "
                f"{means[0]:.2f}, bf16 {means[1]:.2f}; bf16 / fp32 "
                f"{found['ratio'] - 1:+.1%}, 95 % interval {low:+.1%} to {high:+.1%}"
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="0-4", help="e.g. 0-4")
    parser.add_argument("--steps", type=int, default=1000, help="for each training")
    parser.add_argument("--jobs", type=int, default=2, help="trainings at a time")
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument("--conclude", action="store_true", help="train nothing")
    args = parser.parse_args()
    found = {"steps": args.steps, "rows": []}
    if args.out.is_file():
        found = json.loads(args.out.read_text())
    if found["steps"] != args.steps:
        raise SystemExit(f"{args.out} is of {found['steps']} steps: give another --out")
    if not args.conclude:
        train(args, found)
        found["machine"] = machine()
    found["conclusion"] = conclude(found["rows"])
    show(found["conclusion"])
    write_json(args.out, found)


def train(args, found):
    """Train what is not there yet, on one thread each."""
    done = {(row["name"], row["precision"], row["seed"]) for row in found["rows"]}
    # A forked process would wait for threads that it does not have.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(args.jobs, mp_context=fresh) as pool:
        waiting = {
            pool.submit(one, name, seed, args.steps, which): which
            for seed in seeds(args.seeds)
            for name in NAMES
            for which in FORMATS
            if (name, which, seed) not in done
        }
        for work in as_completed(waiting):
            row = {"precision": waiting[work], **work.result()}
            found["rows"].append(row)
            print(f"{row['name']:24s} {row['precision']} seed {row['seed']}", end="  ")
            print(f"FD {row['first']['fd']:.2f}, {row['second']['fd']:.2f}", flush=True)
            write_json(args.out, found)


if __name__ == "__main__":
    main()
