"""Let the three judges look at trained generators, and write weights/scores.json.

    python tools/score_recipes.py modern dcgan            # as they ship in weights/
    python tools/score_recipes.py runs/mlp_plain-0 ...    # any folder with a result
    python tools/score_recipes.py mlp dcgan --seeds 0-4   # several trainings of each

Each training is one row, named by recipe and seed; rows of other ones stay. With
--seeds, what lies neither in weights/ nor in runs/NAME-SEED is trained first. A judge
looks at 10 000 pictures from each of several sets of latents, always the same ones. Its
"sets" hold what each set gave, its "metrics" their means, so that a single number is no
draw. The kernel distance and memorisation, which take longer, are those of the first
set. The generators that benchmarks/kept.py kept are judged by the first judge, from one
set. Collapsed runs are rows like others.

The file is written after each set, and a set that is there for the same weights and the
same judge is not judged again: stop it at any time, and start it again.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from statistics import fmean

from safetensors.torch import load_file

from gan_utils.data import load
from gan_utils.judge.classifier import JUDGES
from gan_utils.judge.reference import open_reference
from gan_utils.judge.verdict import (
    N_SAMPLES,
    SAMPLE_SEED,
    judge_generator,
    judge_images,
)
from gan_utils.recipes import RECIPES
from gan_utils.results import generate, load_result
from gan_utils.support import paths
from gan_utils.support.files import sha256_bytes, write_json

FILE = paths.weights_dir() / "scores.json"
ABOUT = ("recipe", "seed", "steps", "device", "precision", "threads", "torch", "date")
SETS = 5  # of latents


@cache
def reference(name):
    """What a judge sees in MNIST."""
    return open_reference(load("mnist"), name)


def rounded(values):
    """Four significant digits: more is noise."""
    return {key: float(f"{value:.4g}") for key, value in values.items()}


def milestones(folder, result):
    """[{seconds, step, fd, coverage, precision}] of the generators kept on the way."""
    rows = []
    for file in (folder / "milestones").glob("*.safetensors"):
        seconds, step = file.stem.split("s_")
        weights = {k: v.float() for k, v in load_file(file).items()}
        result.generator.load_state_dict(weights)
        then = replace(result, generator=result.generator.eval())
        found = judge_generator(reference("first"), then, quick=True)["metrics"]
        kept = {key: found[key] for key in ("fd", "coverage", "precision")}
        rows.append({"seconds": int(seconds), "step": int(step), **rounded(kept)})
    return sorted(rows, key=lambda row: row["step"])


def about(folder, result):
    """What was trained, and by which weights it is known."""
    weights = (folder / "generator.safetensors").read_bytes()
    row = {key: result.meta[key] for key in ABOUT}
    row["seconds"] = round(float(result.history["seconds"][-1]), 1)
    return {**row, "generator_sha256": sha256_bytes(weights)}


def one_set(verdict, latents):
    """What the verdict on one set of latents adds to its judge's "sets"."""
    counts = verdict["class_counts"]
    found = {"class_counts": counts, "missing": verdict["missing"]}
    return {"latents": latents, "metrics": rounded(verdict["metrics"]), **found}


def together(verdict, sets):
    """A judge's entry: its verdict on the last set, with means over all sets."""
    names = sets[0]["metrics"]
    means = {
        name: fmean(s["metrics"][name] for s in sets if name in s["metrics"])
        for name in names
    }
    counts = [sum(column) for column in zip(*(s["class_counts"] for s in sets))]
    missing = sorted({digit for s in sets for digit in s["missing"]})
    found = {"metrics": rounded(means), "class_counts": counts, "missing": missing}
    return {**verdict, **found, "sets": sets}


def known_sets(row, name):
    """The sets of latents that a row has by the judge as it is now."""
    entry = row.get(name, {})
    same = entry.get("judge_sha256") == reference(name).judge.sha256
    return entry.get("sets", []) if same else []


def score(folder, old, count, keep):
    """One row: what was trained, and all verdicts. keep: takes the row as it grows.

    old: the row of this training so far, or {}.
    """
    result = load_result(folder)
    row = about(folder, result)
    if old.get("generator_sha256") == row["generator_sha256"]:
        row = {**old, **row}
    for latents in range(SAMPLE_SEED, SAMPLE_SEED + count):
        sets = {name: known_sets(row, name) for name in JUDGES}
        todo = [n for n in JUDGES if latents not in (s["latents"] for s in sets[n])]
        if todo:
            size = {"latent_dim": result.latent_dim, "seed": latents}
            fakes = generate(result.generator, N_SAMPLES, **size)
        for name in todo:
            quick = latents != SAMPLE_SEED
            verdict = judge_images(reference(name), fakes, quick=quick)
            row[name] = together(verdict, [*sets[name], one_set(verdict, latents)])
            keep(row)
    found = milestones(folder, result)  # last: it changes the generator
    same = all(old.get(key) == row[key] for key in ABOUT)  # shipped since then
    row["milestones"] = found or (old.get("milestones", []) if same else [])
    keep(row)


def folders(names, seeds):
    """Where the results are; a recipe is trained where it has none of a seed."""
    for name in names:
        if name not in RECIPES:
            yield Path(name)
        elif not seeds:
            yield paths.weights_dir() / name
        else:
            yield from (training(name, seed) for seed in seeds)


def training(name, seed):
    """The folder of a recipe's training: shipped, in runs/, or made now."""
    meta = paths.weights_dir() / name / "meta.json"
    if meta.is_file() and json.loads(meta.read_text())["seed"] == seed:
        return meta.parent
    own = paths.runs_dir() / f"{name}-{seed}"
    if not (own / "meta.json").is_file():
        words = ["train", name, "--seed", str(seed), "--out", str(own)]
        subprocess.run([sys.executable, "-m", "gan_utils", *words], check=True)
    return own


def update(folder, count):
    """Bring the row of one training up to date, in the file."""
    scores = json.loads(FILE.read_text()) if FILE.is_file() else {"runs": []}
    meta = load_result(folder).meta
    same = [r for r in scores["runs"] if all(r[k] == meta[k] for k in ABOUT[:2])]
    others = [row for row in scores["runs"] if row not in same]

    def keep(row):
        rows = sorted([*others, row], key=lambda r: (r["recipe"], r["seed"]))
        write_json(FILE, {**scores, "runs": rows})
        found = {name: row[name]["metrics"]["fd"] for name in JUDGES if name in row}
        print(f"{row['recipe']}, seed {row['seed']}: FD {found}", flush=True)

    score(folder, same[0] if same else {}, count, keep)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="+", help="recipes, or folders with results")
    parser.add_argument("--seeds", default="", help="of recipes: 0-4; default: shipped")
    parser.add_argument("--sets", type=int, default=SETS, help="of latents")
    args = parser.parse_args()
    first, _, last = args.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1) if first else ()
    for folder in folders(args.names, seeds):
        update(folder, args.sets)


if __name__ == "__main__":
    main()
