"""What has each recipe reached after the same time on this machine?

    python benchmarks/five_minutes.py            # the classics and `modern`, 300 s each
    python benchmarks/five_minutes.py modern --seeds 0-4 --keep runs  # trained already

Every recipe is trained alone for the same seconds (evaluation excluded), then both
judges look at 10 000 pictures of it. Prints a table and writes each row to
benchmarks/five_minutes.json; what is there is not trained again.
"""

import argparse
import tempfile
from pathlib import Path

from _common import earlier, machine, seeds
from kept import Milestones

from gan_utils.cli.trainer import Training
from gan_utils.config import choose_precision
from gan_utils.data import load
from gan_utils.judge.reference import open_reference
from gan_utils.judge.verdict import judge_generator
from gan_utils.recipes import CLASSICS
from gan_utils.results import load_result
from gan_utils.support.files import write_json

FILE = Path(__file__).with_suffix(".json")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipes", nargs="*", default=[*CLASSICS, "modern"])
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seeds", default="0", help="e.g. 0 or 0-2")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="leave the trainings in FOLDER/RECIPE-SEED, and go on with those there",
    )
    return parser.parse_args()


def measure(name, seed, seconds, images, references, folder, how):
    """One row: train, then ask both judges."""
    out = folder / f"{name}-{seed}"
    how = how | {"length": {"seconds": seconds}, "seed": seed}
    how["watch"] = [Milestones(out)]
    Training(name, images, out, **how).run()
    result = load_result(out)
    row = {"recipe": name, "seed": seed, "steps": result.meta["steps"]}
    for judge, reference in references.items():
        verdict = judge_generator(reference, result, quick=True)
        row[judge] = {key: round(v, 4) for key, v in verdict["metrics"].items()}
        row[judge]["fd_floor"] = round(verdict["floors"]["fd"][0], 4)
    print_row(row)
    return row


def print_row(row):
    first, second = row["first"], row["second"]
    print(
        f"{row['recipe']:18s} seed {row['seed']}  {row['steps']:6d} steps  "
        f"FD {first['fd']:8.3f} (floor {first['fd_floor']:.3f})  "
        f"coverage {first['coverage']:.3f}  class KL {first['class_kl']:.4f}  "
        f"second judge: FD {second['fd']:8.3f} (floor {second['fd_floor']:.3f})",
        flush=True,
    )


def mean_fd(rows, name, judge):
    """Mean over seeds."""
    values = [row[judge]["fd"] for row in rows if row["recipe"] == name]
    return sum(values) / len(values)


def conclude(rows):
    """Order and ratio of `modern` to the best classic, by each judge.

    {} without `modern` or without a classic.
    """
    names = {row["recipe"] for row in rows}
    classics = names & set(CLASSICS)
    if "modern" not in names or not classics:
        return {}
    found = {}
    for judge in ("first", "second"):
        order = sorted(names, key=lambda name: mean_fd(rows, name, judge))
        best = next(name for name in order if name in classics)
        ratio = mean_fd(rows, "modern", judge) / mean_fd(rows, best, judge)
        found[judge] = {"order": order, "modern_over_best_classic": round(ratio, 4)}
        print(f"{judge} judge: modern has {ratio:.2f} of the FD of {best}")
        print(f"   from best to worst: {', '.join(order)}")
    return found


def main():
    args = arguments()
    with tempfile.TemporaryDirectory() as folder:
        compare(args, args.keep or Path(folder))


def compare(args, folder):
    """All rows that are missing; the file is written after each."""
    images = load("mnist")
    references = {name: open_reference(images, name) for name in ("first", "second")}
    found = {"machines": {}} | earlier(FILE, args.seconds)
    how = {"device": "cpu", "precision": choose_precision("cpu")[0]}
    done = {(row["recipe"], row["seed"]) for row in found["rows"]}
    for seed in seeds(args.seeds):
        for name in args.recipes:
            if (name, seed) not in done:
                how_long = args.seconds, images, references, folder, how
                found["rows"].append(measure(name, seed, *how_long))
                found["machines"][f"{name} {seed}"] = machine()
                write_json(FILE, found)
    write_json(FILE, found | {"conclusion": conclude(found["rows"])})


if __name__ == "__main__":
    main()
