"""The ladder of notebook 10: up to the networks of `modern`, one change at a rung.

    python benchmarks/ladder.py               # what is missing; hours on one core
    python benchmarks/ladder.py --seeds 0-1 --rows "average of G" "hinge loss"
    python benchmarks/ladder.py --device cuda --jobs 8      # minutes
    python benchmarks/ladder.py --seconds 300 --out longer.json

It starts at the networks of notebook 03 with all else as in notebook 02. Each rung
changes one field of the recipe. The last of these, here `TOP`, is `modern` but for what
grows there with the training, its batch and its average. Two more rungs tell G and D
something of the picture: a cluster of its pixels, then its label. Beside the ladder
stand changes of `TOP`: one of its parts taken away, or the loss of R3GAN.

Every training makes as many steps as 60 seconds of one thread of a processor buy. Their
cost is measured first, in turn, by a clock that stops while others have the processor.
It is kept, so a busy machine does not change what a training may do, and neither does
a faster one: the trainings themselves may run on a GPU. Each is stored when it ends,
also one that diverged. Three judges look at three sets of latents. Writes
benchmarks/ladder.json and goes on with what is there.
"""

import argparse
import base64
import math
import statistics
import time
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import torch
from _common import definitions, earlier, finished, in_turn, machine, seeds
from _pairs import paired, ratios, rounded
from lab import without_norm

from gan_utils import losses, tricks
from gan_utils.data import Batches, load
from gan_utils.engine.cuda_graph import recorded
from gan_utils.gan import build, train_step
from gan_utils.judge.reference import open_reference
from gan_utils.judge.verdict import N_SAMPLES, SAMPLE_SEED, SURE
from gan_utils.metrics import frechet_distance, neighbourhoods
from gan_utils.models import (
    DCGANDiscriminator,
    DCGANGenerator,
    ShuffleDiscriminator,
    ShuffleGenerator,
)
from gan_utils.pictures import encode_png, tile
from gan_utils.recipes import RECIPES, knowing
from gan_utils.recipes.labels import given_labels, pixel_clusters, with_labels
from gan_utils.recipes.steps import lean
from gan_utils.results import generate
from gan_utils.support.files import write_json
from gan_utils.training import TrainingDiverged, constant, fit, linear_decay

lesson = definitions("10")
FILE = Path(__file__).with_suffix(".json")
ROUNDS, STEPS = 6, 12  # to measure what a step costs; the first round warms up
JUDGES = ("first", "second", "third")
MEASURES = ("fd", "precision", "recall", "coverage", "legible")
SHOWN = 14  # pictures of each row that are kept, from seed 0
LATENT_SETS = tuple(range(SAMPLE_SEED, SAMPLE_SEED + 3))


of_02 = {"lr_G": 5e-4, "lr_D": 5e-4, "betas": (0.5, 0.999)}
START = replace(RECIPES["dcgan"], **of_02)  # how long it trains, the clock decides
CHANGES = {
    "networks of 03": {},
    "no momentum": {"betas": (0.0, 0.99)},
    "twice the rate": {"lr_G": 1e-3, "lr_D": 1e-3},  # notebook 03
    "average of G": {"ema_images": 10_000},
    "hinge loss": {"loss": losses.hinge},
    "constant rates": {"schedule": constant},
    "lean step": {"update": lean},
    "PixelShuffle": {"G": lesson.subpixel_generator},
    "G at 7 x 7": {"G": ShuffleGenerator},
    "D at 7 x 7": {"D": ShuffleDiscriminator},
}
TOP = "D at 7 x 7"
TOLD = {"clusters": (100, pixel_clusters), "labels": (10, given_labels)}


def climbed():
    """{rung: its recipe}, each with one change more than the one before."""
    recipes, recipe = {}, START
    for name, change in CHANGES.items():
        recipe = recipes[name] = replace(recipe, **change)
    return recipes | {name: knowing(recipe, *told) for name, told in TOLD.items()}


# R3GAN trains stacked MNIST, 32 x 32, with gamma from 1 to 0.1 (Huang et al. 2024,
# arXiv 2501.05441, table 9). The squared slope adds up over pixels: here a little less.
GAMMAS = tuple(round(gamma * (28 / 32) ** 2, 2) for gamma in (1, 0.1))


RUNGS = climbed()
modern = RUNGS[TOP]


def r3gan(gamma, **more):
    """`modern` with the loss and the two penalties of R3GAN."""
    of_it = {"loss": losses.relativistic, "penalty": tricks.R1R2(gamma)}
    return replace(modern, **of_it, **more)


LOSSES = {f"R3GAN's loss, gamma {gamma}": r3gan(gamma) for gamma in GAMMAS} | {
    f"R3GAN's loss, gamma {gamma}, no norm": r3gan(gamma, change_G=without_norm)
    for gamma in GAMMAS
}
TAKEN = {
    "with momentum": replace(modern, betas=of_02["betas"]),
    "half the rate": replace(modern, lr_G=5e-4, lr_D=5e-4),
    "no average of G": replace(modern, ema_images=0),
    "cross-entropy": replace(modern, loss=losses.bce),
    "falling rates": replace(modern, schedule=linear_decay),
    "plain step": replace(modern, update=train_step),
    "both networks of 03": replace(modern, G=DCGANGenerator, D=DCGANDiscriminator),
}
ROWS = RUNGS | LOSSES | TAKEN


@cache
def images():
    """MNIST, once in each process."""
    return load("mnist")


def beginning(recipe, seed, device="cpu"):
    """(recipe that fits MNIST, a fresh GAN, its batches)."""
    recipe, labels = with_labels(recipe, images())
    gan = build(recipe, seed=seed, device=device)
    how = {"seed": seed, "device": device, "labels": labels}
    return recipe, gan, Batches.of(recipe, images().train, **how)


def trained(recipe, seed, steps, device):
    """(recipe, GAN, seconds it took) after so many steps in float32.

    On a GPU the steps are replayed as a CUDA graph, which computes the same.
    """
    torch.set_num_threads(1)
    recipe, gan, batches = beginning(recipe, seed, device)
    step, start = recipe.step, time.monotonic()
    if device != "cpu":
        torch.backends.cudnn.allow_tf32 = False  # float32 means float32
        step = recorded(step, gan)
    fit(step, gan, batches, steps=steps, schedule=recipe.schedule)
    return recipe, gan, round(time.monotonic() - start, 1)


# --- what a step costs


def thread_seconds(recipe, gan, batches, steps=STEPS):
    """Seconds of this thread that each of the next steps takes."""
    start = time.thread_time()
    fit(recipe.step, gan, batches, steps=gan.step + steps)
    return (time.thread_time() - start) / steps


def step_seconds(names, known):
    """{name: seconds of a step on one thread}, all rows in turn.

    known: what was measured earlier. It stays, and the new ones are told on its scale:
    `modern` is measured again with them.
    """
    new = [name for name in names if name not in known]
    if not new:
        return known
    torch.set_num_threads(1)
    begun = {name: beginning(ROWS[name], 0) for name in dict.fromkeys([*new, TOP])}
    costs = {name: partial(thread_seconds, *gan) for name, gan in begun.items()}
    found = in_turn(costs, ROUNDS)
    scale = known.get(TOP, found[TOP]) / found[TOP]
    return known | {name: scale * found[name] for name in new}


# --- one training, and what three judges say


def verdicts(recipe, gan, device):
    """{judge: {measure: [its value for each set of latents]}}."""
    found = {which: {name: [] for name in MEASURES} for which in JUDGES}
    for seed in LATENT_SETS:
        size = {"latent_dim": recipe.latent_dim, "seed": seed}
        pictures = generate(gan.sampler(), N_SAMPLES, **size)
        for which in JUDGES:
            for name, value in looked(which, pictures, device).items():
                found[which][name].append(round(value, 4))
    return found


def looked(which, pictures, device):
    """All MEASURES of pictures uint8 (N, 28, 28) by one judge."""
    reference = open_reference(images(), which)
    reference.judge.net.to(device)
    features, p = (t.cpu() for t in reference.judge.look(pictures.to(device)))
    near = neighbourhoods(reference.balls, features)
    legible = (p.amax(1) > SURE).float().mean().item()
    values = {"fd": frechet_distance(features, reference.test), "legible": legible}
    return {name: (values | near)[name] for name in MEASURES}


def one(name, seed, steps, device):
    """A row of ladder.json: train a recipe, and ask the judges."""
    found = {"row": name, "seed": seed, "steps": steps, "device": device}
    try:
        recipe, gan, found["took"] = trained(ROWS[name], seed, steps, device)
    except TrainingDiverged as error:
        return found | {"diverged": str(error)}
    if seed == 0:
        found["png"] = strip(recipe, gan)
    return found | verdicts(recipe, gan, device)


def strip(recipe, gan):
    """The first pictures of the first set of latents, as a PNG in base64."""
    size = {"latent_dim": recipe.latent_dim, "seed": LATENT_SETS[0]}
    pictures = generate(gan.sampler(), SHOWN, **size)
    row = tile(pictures.numpy(), SHOWN, gap=0)
    return base64.b64encode(encode_png(row, small=True)).decode()


# --- what the trainings say


def value(run, judge, measure):
    """A measure of a stored training: the mean over its sets of latents.

    Of the Fréchet distance its logarithm, so that a difference tells a ratio.
    """
    values = run[judge][measure]
    return statistics.fmean(map(math.log, values) if measure == "fd" else values)


def compared(pairs, runs, judge, measure):
    """{row: `paired` with its partner, by seed}.

    pairs: {row: the row it is compared with}. runs: {row: {seed: a stored training}}.
    A row without two pairs is left out.
    """
    differences, lost = {}, {}
    for row, other in pairs.items():
        ours, theirs = runs.get(row, {}), runs.get(other, {})
        shared = sorted(ours.keys() & theirs.keys())
        both = [k for k in shared if judge in ours[k] and judge in theirs[k]]
        lost[row] = len(shared) - len(both)
        differences[row] = [
            value(ours[k], judge, measure) - value(theirs[k], judge, measure)
            for k in both
        ]
    if measure == "fd":
        table = ratios(differences)
    else:
        found = paired(differences, less_is_better=False)
        table = {row: rounded(entry) for row, entry in found.items()}
    return {row: entry | {"diverged": lost[row]} for row, entry in table.items()}


def comparisons(found):
    """{group: {row: {"against": its partner, judge: {measure: what was found}}}}.

    p is corrected over the rows of a group. "rungs": each against the one before.
    "modern": what stands beside it, and the rungs above, against `modern`.
    """
    runs = {}
    for run in found["rows"]:
        runs.setdefault(run["row"], {})[run["seed"]] = run
    rungs = [*RUNGS]
    groups = {
        "rungs": dict(zip(rungs[1:], rungs)),
        "modern": dict.fromkeys([*TOLD, *LOSSES, *TAKEN], TOP),
    }
    whole = {}
    for group, pairs in groups.items():
        table = whole[group] = {}
        for judge in JUDGES:
            for measure in MEASURES:
                for row, entry in compared(pairs, runs, judge, measure).items():
                    known = table.setdefault(row, {"against": pairs[row]})
                    known.setdefault(judge, {})[measure] = entry
    return whole


def summary(found):
    """{row: {"steps", "seeds", judge: {measure: its mean over seeds}}}."""
    whole = {}
    for name in ROWS:
        runs = [row for row in found["rows"] if row["row"] == name]
        well = [row for row in runs if "diverged" not in row]
        if well:
            about = {"steps": runs[0]["steps"], "seeds": len(runs)}
            whole[name] = about | {which: means(well, which) for which in JUDGES}
    return whole


def means(runs, judge):
    """{measure: its mean over trainings, each a mean over its sets of latents}."""
    mean = statistics.fmean
    each = {name: mean(mean(run[judge][name]) for run in runs) for name in MEASURES}
    return {name: round(number, 4) for name, number in each.items()}


def show(row):
    """One line for each training."""
    start = f"{row['row']:38s} seed {row['seed']}  {row['steps']:5d} steps  "
    if "diverged" in row:
        return print(start + "diverged", flush=True)
    mean = {k: [statistics.fmean(row[j][k]) for j in JUDGES] for k in MEASURES}
    distances = " ".join(f"{fd:6.2f}" for fd in mean["fd"])
    print(
        f"{start}{row['took']:5.1f} s  FD {distances}  precision "
        f"{mean['precision'][0]:.3f}  recall {mean['recall'][0]:.3f}  coverage "
        f"{mean['coverage'][0]:.3f}  legible {mean['legible'][2]:.3f}",
        flush=True,
    )


def about(args):
    """What the trainings of this run depend on."""
    gpu = {} if args.device == "cpu" else {"gpu": torch.cuda.get_device_name()}
    return machine() | {"threads": 1, "precision": "fp32"} | gpu


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="*", default=[*ROWS], metavar="ROW")
    parser.add_argument("--seeds", default="0-4", help="e.g. 0 or 0-2")
    parser.add_argument("--seconds", type=float, default=60, help="for each training")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time")
    parser.add_argument("--device", default="cpu", help="of the trainings: cpu or cuda")
    parser.add_argument("--most", type=int, help="end after so many trainings")
    parser.add_argument("--out", type=Path, default=FILE)
    args = parser.parse_args()
    if unknown := set(args.rows) - set(ROWS):
        parser.error(f"no row {sorted(unknown)}; there are {', '.join(ROWS)}")
    found = earlier(args.out, args.seconds)
    done = {(row["row"], row["seed"]) for row in found["rows"]}
    todo = [(name, seed) for seed in seeds(args.seeds) for name in args.rows]
    todo = [job for job in todo if job not in done][: args.most]
    if todo:
        found["step_seconds"] = step_seconds(args.rows, found["step_seconds"])
        found.setdefault("clock", about(args))
    found["machines"] = found.get("machines", {}) | {args.device: about(args)}
    for which in JUDGES:  # once, and not in each process
        open_reference(images(), which)
    steps = {k: round(args.seconds / s) for k, s in found["step_seconds"].items()}
    jobs = {job: (*job, steps[job[0]], args.device) for job in todo}
    for _, row in finished(one, jobs, args.jobs):
        found["rows"].append(row)
        show(row)
        found |= {"summary": summary(found), "comparisons": comparisons(found)}
        write_json(args.out, found)


if __name__ == "__main__":
    main()
