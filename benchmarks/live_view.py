"""What does the live view cost? Training with and without it, in turn.

    python benchmarks/live_view.py       # about six minutes; alone

Blocks of the same training on the clock of the wall, with the view and without. Prints
what the drawings took of the time, and the median over the pairs of what the view adds
to it: on a busy machine pairs differ by more than that. Writes
benchmarks/live_view.json.
"""

import argparse
import statistics
import time
from pathlib import Path

import torch
from _common import machine

from gan_utils.callbacks.live import LiveView
from gan_utils.config import choose_precision
from gan_utils.data import Batches, load
from gan_utils.gan import build
from gan_utils.judge.judge import Labels
from gan_utils.losses import bce
from gan_utils.recipes import RECIPES
from gan_utils.support.files import write_json
from gan_utils.training import fit

FILE = Path(__file__).with_suffix(".json")


def train_step(gan, real, z):
    """The step of notebooks 02 and 03."""
    fake = gan.G(z)
    real_logits, fake_logits = gan.D(real), gan.D(fake.detach())
    d_loss = bce.d(real_logits, fake_logits)
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()
    after_logits = gan.D(fake)
    g_loss = bce.g(after_logits)
    gan.opt_G.zero_grad()
    g_loss.backward()
    gan.opt_G.step()
    return {
        "d_loss": d_loss,
        "g_loss": g_loss,
        "D(x)": real_logits.sigmoid().mean(),
        "D(G(z)) before": fake_logits.sigmoid().mean(),
        "D(G(z)) after": after_logits.sigmoid().mean(),
    }


class Timed(LiveView):
    """A live view that knows what its drawings have cost."""

    def start(self, run):
        """Nothing spent so far."""
        self.costs = []
        super().start(run)

    def plan(self, cost):
        """Remember, and go on."""
        self.costs.append(cost)
        super().plan(cost)


def block(name, images, steps, view):
    """Seconds of a training from its first step, and of each drawing in it."""
    recipe = RECIPES[name]
    gan = build(recipe, seed=0)
    batches = Batches.of(recipe, images.train, seed=0)
    z = torch.randn(256, recipe.latent_dim)
    watch = Timed(z, Labels.of(images), show=lambda png, sentence: None)
    how = {"precision": choose_precision("cpu")[0]}
    how["callbacks"] = [watch] if view else []
    start = time.perf_counter()
    fit(train_step, gan, batches, steps=steps, **how)
    return time.perf_counter() - start, watch.costs if view else []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30, help="of a block, about")
    parser.add_argument("--pairs", type=int, default=3)
    args = parser.parse_args()
    images, rows = load("mnist"), {}
    for name in ("mlp", "dcgan"):
        steps = round(100 * args.seconds / block(name, images, 100, False)[0])
        pairs = []
        for _ in range(args.pairs):
            without, _ = block(name, images, steps, False)
            seconds, costs = block(name, images, steps, True)
            row = {"without_s": without, "with_s": seconds, "drawings_s": costs}
            shares = {"added": seconds / without - 1, "drawing": sum(costs) / seconds}
            pairs.append(row | shares)
        found = {
            key: statistics.median(pair[key] for pair in pairs)
            for key in ("added", "drawing")
        }
        rows[name] = {"steps": steps, **found, "pairs": pairs}
        print(
            f"{name:6s} {steps} steps: drawing takes {found['drawing']:.1%}, the view "
            f"adds {found['added']:.1%}",
            flush=True,
        )
    write_json(FILE, {**machine(), "rows": rows})


if __name__ == "__main__":
    main()
