"""Train a recipe, and keep the generator as it was on the way.

    python benchmarks/kept.py dcgan_28             # into runs/dcgan_28-0
    python benchmarks/kept.py modern --seed 1 --threads 1 --steps 13000

It makes the training of `python -m gan_utils train`, bit by bit: what is kept changes
nothing. It goes on from the checkpoint in the folder, if there is one.
tools/ship_weights.py ships the result, tools/score_recipes.py judges what was kept.
"""

import argparse

import torch

from gan_utils.cli.trainer import Training
from gan_utils.config import choose_device, choose_precision
from gan_utils.data import load
from gan_utils.recipes import RECIPES
from gan_utils.support import paths
from gan_utils.support.files import write_atomic
from gan_utils.support.weights import packed
from gan_utils.training import Callback


class Milestones(Callback):
    """G in half precision after 9.4, 18.8, 37.5, 75, 150, 300, 600, ... seconds.

    Into milestones/{seconds}s_{step}.safetensors, to be judged off the clock.
    """

    MOMENTS = [300 * 2.0**k for k in range(-5, 8)]

    def __init__(self, folder):
        self.folder = folder / "milestones"

    def start(self, run):
        self.before = run.history.seconds  # also where a resumed run goes on

    def step(self, run):
        if any(self.before < moment <= run.seconds for moment in self.MOMENTS):
            name = f"{run.seconds:.0f}s_{run.model.step}.safetensors"
            state = run.model.sampler().state_dict()
            write_atomic(self.folder / name, packed(state, half=True))
        self.before = run.seconds


def train(name, seed, images, out, steps=None):
    """The training that the recipe says, with its milestones. Returns the History.

    steps: as many, instead of the recipe's own length.
    """
    device, _ = choose_device("auto")
    how = {"device": device, "precision": choose_precision(device)[0], "seed": seed}
    length = {"steps": steps} if steps else RECIPES[name].length
    how |= {"length": length, "watch": [Milestones(out)]}
    return Training(name, images, out, **how).run()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="of the CPU; default: all")
    parser.add_argument("--steps", type=int, help="default: as long as the recipe says")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    out = paths.runs_dir() / f"{args.recipe}-{args.seed}"
    train(args.recipe, args.seed, load("mnist"), out, args.steps)
    print(f"result in {out}")


if __name__ == "__main__":
    main()
