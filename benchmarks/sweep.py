"""How `modern` was found: change one choice at a time, and judge.

    python benchmarks/sweep.py                 # all variants, about an hour
    python benchmarks/sweep.py "R1 0.05" "batch 32" --seconds 60 --seeds 0-2

Every variant gets what `--seconds` buy on an undisturbed machine: its step is timed
first, all variants in turn, and then it trains that many steps. So the trainings may
run beside each other, with one thread each. The first judge chooses; the second is only
written down. Writes benchmarks/sweep.json after each training and goes on with those
there.
"""

import argparse
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from _common import earlier, in_turn, machine, seeds, verdicts
from _textbook import pytorch_gan_discriminator, pytorch_gan_generator
from ladder import RUNGS, TOP

from gan_utils import losses, tricks
from gan_utils.config import choose_precision
from gan_utils.data import Batches, load
from gan_utils.gan import Recipe, build, train_step
from gan_utils.judge.reference import open_reference
from gan_utils.judge.verdict import N_SAMPLES, SAMPLE_SEED
from gan_utils.metrics import speckles
from gan_utils.models import (
    DCGANDiscriminator,
    DCGANGenerator,
    MLPDiscriminator,
    ShuffleDiscriminator,
    ShuffleGenerator,
)
from gan_utils.recipes import RECIPES
from gan_utils.recipes.steps import lean
from gan_utils.results import generate
from gan_utils.support.files import write_json
from gan_utils.training import constant, fit, linear_decay

FILE = Path(__file__).with_suffix(".json")
base = RUNGS[TOP]  # where the sweep stands: `modern` before it grew
change = partial(replace, base)
late_decay = partial(linear_decay, start=0.8)

VARIANTS = {
    "base": base,
    # the learning rates, and Adam's memory
    "rates 5e-4": change(lr_G=5e-4, lr_D=5e-4),
    "rates 2e-3": change(lr_G=2e-3, lr_D=2e-3),
    "D 2e-3": change(lr_D=2e-3),
    "Adam (0.5, 0.999)": change(betas=(0.5, 0.999)),
    # how the rates fall, and what the average of G remembers
    "decay over the last half": change(schedule=linear_decay),
    "decay over the last fifth": change(schedule=late_decay),
    "no average": change(ema_images=0),
    "average of 3000": change(ema_images=3_000),
    "average of 30000": change(ema_images=30_000),
    # the loss
    "non-saturating loss": change(loss=losses.bce),
    "R1 0.05": change(penalty=tricks.R1(0.05)),
    # the batch
    "batch 32": change(batch_size=32),
    "batch 128": change(batch_size=128),
    # the networks
    "96 channels": change(
        G=partial(ShuffleGenerator, ngf=96), D=partial(ShuffleDiscriminator, ndf=96)
    ),
    "D of notebook 02": change(D=MLPDiscriminator),
    "networks of notebook 03": change(
        G=DCGANGenerator, D=DCGANDiscriminator, update=train_step
    ),
    # where we came from: the textbook's MLP with our engine and schedule
    "prototype: textbook MLP": Recipe(
        G=pytorch_gan_generator,
        D=pytorch_gan_discriminator,
        update=lean,
        ema_images=10_000,
        latent_dim=100,
    ),
}

LESSON = {  # no part of the sweep; `--out benchmarks/one_factor.json`
    "notebook 02": RECIPES["mlp"],
    "notebook 03": RECIPES["dcgan"],
    "notebook 03, Adam of 02": replace(
        RECIPES["dcgan"], lr_G=5e-4, lr_D=5e-4, betas=(0.5, 0.999)
    ),
}
KNOWN = VARIANTS | LESSON


def step_seconds(names, images, precision, rounds=5, steps=15):
    """{name: median seconds of a step}, all variants in turn, all threads."""
    models = {name: build(KNOWN[name], seed=0) for name in names}

    def cost(name, model):
        start, end = time.perf_counter(), model.step + steps
        train(KNOWN[name], model, images, 0, end, precision, constant)
        return (time.perf_counter() - start) / steps

    costs = {name: partial(cost, name, model) for name, model in models.items()}
    return in_turn(costs, rounds)


def train(recipe, model, images, seed, steps, precision, schedule):
    """Train a model up to so many steps."""
    how = {"steps": steps, "precision": precision, "schedule": schedule}
    fit(recipe.step, model, Batches.of(recipe, images.train, seed=seed), **how)


def one(name, seed, steps, precision):
    """A row: train a variant on one thread, and ask both judges."""
    torch.set_num_threads(1)
    recipe, images = KNOWN[name], load("mnist")
    model = build(recipe, seed=seed)
    train(recipe, model, images, seed, steps, precision, recipe.schedule)
    sizes = {"latent_dim": recipe.latent_dim, "seed": SAMPLE_SEED}
    pictures = generate(model.sampler(), N_SAMPLES, **sizes)
    row = {"name": name, "seed": seed, "steps": steps, "speckles": speckles(pictures)}
    references = {judge: open_reference(images, judge) for judge in ("first", "second")}
    return row | verdicts(references, pictures)


def show(row):
    """One line for each training."""
    print(
        f"{row['name']:26s} seed {row['seed']}  {row['steps']:6d} steps  "
        f"FD {row['first']['fd']:7.3f}  coverage {row['first']['coverage']:.3f}  "
        f"second judge {row['second']['fd']:7.3f}  speckles {row['speckles']:.2f}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=[*VARIANTS])
    parser.add_argument("--seconds", type=float, default=120, help="for each training")
    parser.add_argument("--seeds", default="0-1", help="e.g. 0 or 0-2")
    parser.add_argument("--jobs", type=int, default=2, help="trainings at a time")
    parser.add_argument("--out", type=Path, default=FILE)
    args = parser.parse_args()
    if unknown := set(args.names) - set(KNOWN):
        parser.error(f"no variant {sorted(unknown)}; there are {', '.join(KNOWN)}")
    found, precision = earlier(args.out, args.seconds), choose_precision("cpu")[0]
    untimed = [name for name in args.names if name not in found["step_seconds"]]
    found["step_seconds"] |= step_seconds(untimed, load("mnist"), precision)
    found |= {"machine": machine()}
    done = {(row["name"], row["seed"]) for row in found["rows"]}
    # A forked process would wait for threads that it does not have.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(args.jobs, mp_context=fresh) as pool:
        waiting = [
            pool.submit(one, name, seed, steps_of(found, name), precision)
            for seed in seeds(args.seeds)
            for name in args.names
            if (name, seed) not in done
        ]
        for future in as_completed(waiting):
            found["rows"].append(future.result())
            show(found["rows"][-1])
            write_json(args.out, found)


def steps_of(found, name):
    """How many steps of a variant the seconds buy."""
    return round(found["seconds"] / found["step_seconds"][name])


if __name__ == "__main__":
    main()
