"""On a GPU: what does recording the step as a CUDA graph buy, and does it change it?

    python benchmarks/graph.py                 # a minute; needs a GPU
    python benchmarks/graph.py mlp dcgan modern

The same training twice, with the graph and kernel by kernel, blocks of steps in turn.
Compares the weights of G after the first 20 steps, then the steps per second. Writes
benchmarks/graph.json.
"""

import argparse
import statistics
import time
from functools import partial
from pathlib import Path

import torch
from _common import machine

from gan_utils.config import choose_precision
from gan_utils.data import Batches, load
from gan_utils.gan import build
from gan_utils.recipes import RECIPES
from gan_utils.support.files import write_json
from gan_utils.training import fit

FILE = Path(__file__).with_suffix(".json")
KINDS = ("eager", "graph")


def trainings(name, images):
    """{kind: a function that trains so many steps more, and its model}"""
    recipe, found = RECIPES[name], {}
    sizes = {"batch_size": recipe.batch_size, "latent_dim": recipe.latent_dim}
    precision, _ = choose_precision("cuda")
    for kind in KINDS:
        model = build(recipe, seed=0, device="cuda")
        batches = Batches(images, seed=0, device="cuda", **sizes)
        step = partial(eager if kind == "eager" else recipe.step, recipe)
        found[kind] = (partial(train, step, model, batches, precision), model)
    return found


def eager(recipe, gan, real, z):
    """The recipe's step, never recorded."""
    return recipe.step(recipe, gan, real, z)


eager.counts_in_python = True


def train(step, model, batches, precision, steps):
    """Train so many steps more, and wait until the GPU has done them."""
    fit(step, model, batches, steps=model.step + steps, precision=precision)
    torch.cuda.synchronize()


def compare(name, images, rounds=7, steps=500):
    """One row: the weights' difference after 20 steps, then steps per second."""
    pair = trainings(name, images)
    for run, _ in pair.values():
        run(20)
    a, b = (
        torch.cat([p.flatten() for p in m.G.parameters()]) for _, m in pair.values()
    )
    rates = {kind: [] for kind in KINDS}
    for _ in range(rounds):
        for kind, (run, _) in pair.items():
            start = time.perf_counter()
            run(steps)
            rates[kind].append(steps / (time.perf_counter() - start))
    median = {kind: statistics.median(values) for kind, values in rates.items()}
    return {
        "name": name,
        "largest_difference": (a - b).abs().max().item(),
        "steps_per_s": median,
        "ratio": median["graph"] / median["eager"],
        "blocks": rates,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=["mlp", "dcgan", "modern"])
    args = parser.parse_args()
    if not torch.cuda.is_available():
        print("nothing measured: this needs a GPU, and none is here")
        return
    images, rows = load("mnist").train, []
    for name in args.names:
        rows.append(compare(name, images))
        print(rows[-1])
        gpu = torch.cuda.get_device_name()
        write_json(FILE, {**machine(), "gpu": gpu, "rows": rows})


if __name__ == "__main__":
    main()
