"""What does the live view cost? Training with and without it, in turn.

    python benchmarks/live_view.py       # about four minutes; alone

Blocks of the same training, on the clock of the wall: with notebook 02's callbacks, and
without the view. Prints the median over the pairs of the time that the view adds.
Writes benchmarks/live_view.json.
"""

import argparse
import statistics
import time
from pathlib import Path

import torch
from _common import machine

from gan_utils.config import choose_precision
from gan_utils.data import Batches, load
from gan_utils.files import write_json
from gan_utils.live import Labels, LiveView
from gan_utils.losses import bce
from gan_utils.recipes import RECIPES, build
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


class Count:
    """Takes the drawings and keeps their number."""

    drawings = 0

    def __call__(self, png, sentence):
        self.drawings += 1


def block(name, images, steps, view):
    """Seconds of a training from its first step, and the number of drawings."""
    recipe, shown = RECIPES[name], Count()
    gan = build(recipe, seed=0)
    sizes = {"batch_size": recipe.batch_size, "latent_dim": recipe.latent_dim}
    z = torch.randn(256, recipe.latent_dim)
    callbacks = [LiveView(z, Labels.of(images), show=shown)] if view else []
    how = {"precision": choose_precision("cpu")[0], "callbacks": callbacks}
    start = time.perf_counter()
    fit(train_step, gan, Batches(images.train, seed=0, **sizes), steps=steps, **how)
    return time.perf_counter() - start, shown.drawings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30, help="of a block, about")
    parser.add_argument("--pairs", type=int, default=2)
    args = parser.parse_args()
    images, rows = load("mnist"), {}
    for name in ("mlp", "dcgan"):
        steps = round(100 * args.seconds / block(name, images, 100, False)[0])
        pairs = []
        for _ in range(args.pairs):
            without, _ = block(name, images, steps, False)
            seconds, drawings = block(name, images, steps, True)
            row = {"without_s": without, "with_s": seconds, "drawings": drawings}
            pairs.append({**row, "added": seconds / without - 1})
        added = statistics.median(pair["added"] for pair in pairs)
        rows[name] = {"steps": steps, "added": added, "pairs": pairs}
        print(f"{name:6s} {steps} steps: the view adds {added:.1%}; {pairs}")
    write_json(FILE, {**machine(), "rows": rows})


if __name__ == "__main__":
    main()
