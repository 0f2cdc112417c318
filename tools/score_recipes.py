"""Let both judges look at finished trainings, and write weights/scores.json.

    python tools/score_recipes.py runs/mlp_plain-0 runs/dcgan_28-0 ...

Each folder is one row, named by recipe and seed; rows of other runs stay. Judged are
10 000 pictures of each generator, always from the same latents; the generators kept by
`train --milestones` are judged by the first judge. Collapsed runs are rows like others.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from safetensors.torch import load_file

from gan_utils.data import load
from gan_utils.judge.reference import open_reference
from gan_utils.judge.verdict import judge_generator
from gan_utils.results import load_result
from gan_utils.support import paths
from gan_utils.support.files import write_json

FILE = paths.weights_dir() / "scores.json"
ABOUT = ("recipe", "seed", "steps", "device", "precision", "threads", "torch", "date")


def references():
    """{"first": Reference, "second": Reference} for MNIST."""
    images = load("mnist")
    return {name: open_reference(images, name) for name in ("first", "second")}


def rounded(verdict):
    """A verdict with four significant digits: more is noise."""
    short = {key: float(f"{value:.4g}") for key, value in verdict["metrics"].items()}
    return {**verdict, "metrics": short}


def milestones(folder, result, reference):
    """[{seconds, step, fd, coverage, precision}] of the generators kept on the way."""
    rows = []
    for file in (folder / "milestones").glob("*.safetensors"):
        seconds, step = file.stem.split("s_")
        weights = {k: v.float() for k, v in load_file(file).items()}
        result.generator.load_state_dict(weights)
        then = replace(result, generator=result.generator.eval())
        found = rounded(judge_generator(reference, then, quick=True))["metrics"]
        kept = {key: found[key] for key in ("fd", "coverage", "precision")}
        rows.append({"seconds": int(seconds), "step": int(step), **kept})
    return sorted(rows, key=lambda row: row["step"])


def score(folder, found):
    """One row: what was trained, and both verdicts."""
    result = load_result(folder)
    row = {key: result.meta[key] for key in ABOUT}
    row["seconds"] = round(float(result.history["seconds"][-1]), 1)
    for name, reference in found.items():
        row[name] = rounded(judge_generator(reference, result))
    row["milestones"] = milestones(folder, result, found["first"])
    fd, coverage = (row["first"]["metrics"][key] for key in ("fd", "coverage"))
    print(
        f"{row['recipe']}, seed {row['seed']}: FD {fd}, coverage {coverage}", flush=True
    )
    return row


def main(folders):
    before = json.loads(FILE.read_text()) if FILE.is_file() else {"runs": []}
    rows = before["runs"]
    found = references()
    for folder in folders:
        new = score(folder, found)
        same = (new["recipe"], new["seed"])
        rows = [row for row in rows if (row["recipe"], row["seed"]) != same] + [new]
        rows.sort(key=lambda row: (row["recipe"], row["seed"]))
        write_json(FILE, {**before, "runs": rows})


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
