"""Does bf16 cost quality? The same trainings in both number formats, several seeds.

    python benchmarks/precision.py             # about 25 minutes
    python benchmarks/precision.py --seeds 0-9

The networks start from the same weights and see the same batches for the same number
of steps, so speed plays no part. Both judges look at the end. Welch's t-test asks
whether the two means differ by more than the seeds explain. Writes
benchmarks/precision.json after each training and goes on with those there.
"""

import argparse
import json
import multiprocessing
import statistics
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from _common import machine, seeds
from scipy.stats import ttest_ind
from sweep import one

from gan_utils.support.files import write_json

FILE = Path(__file__).with_suffix(".json")
NAMES = ("base", "notebook 03")  # as `sweep.py` calls them
FORMATS = ("fp32", "bf16")


def compare(rows, name, judge):
    """Frechet distances in both formats: mean, spread, and whether they differ.

    p is the two-sided p-value of Welch's t-test; spread is the pooled standard
    deviation over seeds.
    """
    values = {
        which: [
            row[judge]["fd"]
            for row in rows
            if (row["name"], row["precision"]) == (name, which)
        ]
        for which in FORMATS
    }
    slow, fast = (values[which] for which in FORMATS)
    spread = ((statistics.variance(slow) + statistics.variance(fast)) / 2) ** 0.5
    difference = statistics.mean(fast) - statistics.mean(slow)
    return {
        "fd": values,
        "difference": difference,
        "spread": spread,
        "within_spread": abs(difference) <= spread,
        "p": float(ttest_ind(slow, fast, equal_var=False).pvalue),
    }


def conclude(rows):
    """{variant: {judge: comparison}} where both formats have two seeds or more."""
    counts = {
        (name, which): sum((r["name"], r["precision"]) == (name, which) for r in rows)
        for name in NAMES
        for which in FORMATS
    }
    ready = [n for n in NAMES if min(counts[n, which] for which in FORMATS) > 1]
    return {
        name: {judge: compare(rows, name, judge) for judge in ("first", "second")}
        for name in ready
    }


def show(conclusion):
    """One line for each variant and judge."""
    for name, by_judge in conclusion.items():
        for judge, found in by_judge.items():
            means = [statistics.mean(found["fd"][which]) for which in FORMATS]
            print(
                f"{name:24s} {judge:6s} judge: FD fp32 {means[0]:.2f}, bf16 "
                f"{means[1]:.2f}; difference {found['difference']:+.2f}, spread "
                f"{found['spread']:.2f}, p = {found['p']:.2f}"
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="0-4", help="e.g. 0-4")
    parser.add_argument("--steps", type=int, default=1000, help="for each training")
    parser.add_argument("--jobs", type=int, default=2, help="trainings at a time")
    parser.add_argument("--out", type=Path, default=FILE)
    args = parser.parse_args()
    found = {"steps": args.steps, "rows": []}
    if args.out.is_file():
        found = json.loads(args.out.read_text())
    if found["steps"] != args.steps:
        raise SystemExit(f"{args.out} is of {found['steps']} steps: give another --out")
    train(args, found)
    found |= {"machine": machine(), "conclusion": conclude(found["rows"])}
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
