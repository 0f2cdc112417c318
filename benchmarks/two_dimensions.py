"""Ten seeds of every game in two dimensions: the tables of notebook 07.

    python benchmarks/two_dimensions.py                # what is missing; on one thread
    python benchmarks/two_dimensions.py --only "ring, hinge" --seeds 0-4

Points on a ring of 8 and on a grid of 25 narrow Gaussians, five games on each, and on
the grid also latents cut into squares. All rows of a target differ from the last one,
RpGAN + R1 + R2, in what their name says, and in nothing else. The seeds of a row are
trained side by side, one more axis of every tensor: a test shows that each is the
training that notebook 07 makes of it alone. Every seed is kept.

modes: of those of the target, how many have at least 20 of 2500 points within three
standard deviations; hq: the share of points that lie so near to any of them, in
percent; width: root mean square distance of those from their centre, in standard
deviations (of the target itself: 1.38); kl: of the shares of the modes from equal ones,
in nats. All for the average of G; raw: the same for G itself. modes_seen: along the
way, of G and of its average. cpu_s: of the whole row, divided by its seeds. Writes
benchmarks/two_dimensions.json after each row and goes on with what is there.
"""

import argparse
import copy
import json
import math
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from _common import definitions, machine, seeds
from torch import nn

from gan_utils import losses
from gan_utils.gan import Gan
from gan_utils.support.files import write_json

lesson = definitions("07")
FILE = Path(__file__).with_suffix(".json")
POINTS, LOOKS = 2500, 12  # points that are judged, and how often along the way

# --- many seeds at once


class Linears(nn.Module):
    """The same layer of many networks: (S, B, inputs) -> (S, B, outputs)."""

    def __init__(self, layers):
        super().__init__()
        weights = torch.stack([layer.weight.detach().T for layer in layers])
        self.weight = nn.Parameter(weights.contiguous())
        biases = torch.stack([layer.bias.detach() for layer in layers])
        self.bias = nn.Parameter(biases[:, None])

    def forward(self, x):
        return torch.baddbmm(self.bias, x, self.weight)


class Pack(nn.Module):
    """D sees m points at once: (..., B, 2) -> (..., B / m, 2 m).

    PacGAN, Lin et al. 2018, arXiv 1712.04086. All real, or all fake.
    """

    def __init__(self, m):
        super().__init__()
        self.m = m

    def forward(self, x):
        return x.reshape(*x.shape[:-2], -1, 2 * self.m)


def side_by_side(networks):
    """One network of many with equal layers; x has an axis more in front."""
    together = [
        Linears(layers) if isinstance(layers[0], nn.Linear) else layers[0]
        for layers in zip(*networks)
    ]
    return nn.Sequential(*together)


def many_players(game, found, pack=1):
    """The players of each seed in `found`, side by side."""
    each = [lesson.players(game, seed) for seed in found]
    if pack > 1:
        for gan, seed in zip(each, found):
            torch.manual_seed(seed)
            gan.D = lesson.network(2 * pack, 1, game.scale_D, game.activation_D)
            gan.D = nn.Sequential(Pack(pack), *gan.D, nn.Flatten(-2))
    G, D = (side_by_side([getattr(gan, name) for gan in each]) for name in "GD")
    how = dict(lr=1e-2, betas=(0.5, 0.9), fused=True)
    opt_G, opt_D = (torch.optim.Adam(net.parameters(), **how) for net in (G, D))
    return Gan(G=G, D=D, opt_G=opt_G, opt_D=opt_D)


def added(loss, count):
    """A loss of `count` seeds: the sum of theirs, so that none feels the others."""
    return losses.GanLoss(
        d=lambda *logits: count * loss.d(*logits),
        g=lambda *logits: count * loss.g(*logits),
    )


def train(game, found, *, pack=1, look=lambda step, gan, average: None):
    """Play a game with many seeds; returns the players and the average of G.

    look: called after each step.
    """
    gan, loss = many_players(game, found, pack), added(game.loss, len(found))
    average = copy.deepcopy(gan.G)
    rngs = [torch.Generator().manual_seed(seed) for seed in found]
    for step in range(game.steps):
        gamma = lesson.settle(game, gan, step / game.steps)
        drawn = [
            (lesson.sample(game.target, 128, r), game.latent(128, r)) for r in rngs
        ]
        real, z = (torch.stack(parts) for parts in zip(*drawn))
        fake = gan.G(z)
        lesson.update_D(gan, loss, real, fake, len(found) * gamma)
        lesson.update_G(gan, loss, real, fake)
        lesson.follow(average, gan.G, game.forget)
        look(step + 1, gan, average)
    return gan, average


# --- what is measured


def judged_latents(game, seed):
    """The latents (POINTS, 2) whose points are judged; others than in training."""
    return game.latent(POINTS, torch.Generator().manual_seed(10**6 + seed))


def measured(points, target):
    """Modes, high quality, width and KL of points (n, 2): see the top of this file."""
    modes, quality, width = lesson.score(points, target)
    shares = torch.bincount(lesson.near(points, target)[0], minlength=len(target[0]))
    shares = shares / len(points)
    kl = torch.xlogy(shares, shares * len(shares)).sum().item()
    found = {"hq": quality, "width": width, "kl": kl}
    rounded = {k: None if math.isnan(v) else round(v, 3) for k, v in found.items()}
    return {"modes": modes} | rounded


def run(name, found):
    """The trainings of a row, a dictionary for each seed."""
    game, pack = ROWS[name]
    z = torch.stack([judged_latents(game, seed) for seed in found])
    seen = [{} for _ in found]

    @torch.no_grad()
    def look(step, gan, average):
        if step % (game.steps // LOOKS) == 0:
            for old, raw, mean in zip(seen, gan.G(z), average(z)):
                counts = (
                    lesson.score(points, game.target)[0] for points in (raw, mean)
                )
                old[step] = list(counts)

    start = time.thread_time()
    gan, average = train(game, found, pack=pack, look=look)
    seconds = (time.thread_time() - start) / len(found)
    with torch.no_grad():
        drawn = zip(found, seen, gan.G(z), average(z))
    rows = []
    for seed, modes_seen, raw, mean in drawn:
        row = {"row": name, "seed": seed} | measured(mean, game.target)
        row["raw"] = measured(raw, game.target)
        row |= {"modes_seen": modes_seen, "cpu_s": round(seconds, 2)}
        rows.append(row | {"side_by_side": len(found)})
    return rows


RING = lesson.Game(lesson.ring(), losses.relativistic, gammas=(0.2, 0.0005))
GRID = replace(
    RING,
    target=lesson.grid(),
    gammas=(1.0, 0.001),
    scale_G=10.0,
    scale_D=3.0,
    activation_D=lesson.Sine,
    forget=0.005,
    steps=7500,
)
OTHERS = {  # the loss, and how many points D sees at once
    "plain": (losses.bce, 1),
    "hinge": (losses.hinge, 1),
    "PacGAN(2)": (losses.bce, 2),
    "RpGAN": (losses.relativistic, 1),
}
ROWS = {}  # name: (game, pack)
for place, ours in (("ring", RING), ("grid", GRID)):
    for kind, (loss, pack) in OTHERS.items():
        ROWS[f"{place}, {kind}"] = replace(ours, loss=loss, gammas=(0.0, 0.0)), pack
    ROWS[f"{place}, RpGAN + R1 + R2"] = ours, 1
for kind, (loss, pack) in OTHERS.items():  # the D of the ring may suit them better
    calm = replace(GRID, loss=loss, gammas=(0.0, 0.0), scale_D=1.0)
    ROWS[f"grid, {kind}, calm D"] = replace(calm, activation_D=nn.Tanh), pack
for k in (10, 5, 7, 8):
    ROWS[f"grid, cut into {k} x {k}"] = (
        replace(GRID, latent=partial(lesson.cut, k=k)),
        1,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=list(ROWS), help="these rows")
    parser.add_argument("--seeds", default="0-9", help="e.g. 0 or 0-4")
    parser.add_argument("--out", type=Path, default=FILE)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    known = json.loads(args.out.read_text()) if args.out.is_file() else {"rows": []}
    done = {(row["row"], row["seed"]) for row in known["rows"]}
    for name in args.only:
        todo = [seed for seed in seeds(args.seeds) if (name, seed) not in done]
        if todo:
            known["rows"] += run(name, todo)
            write_json(args.out, known | {"machine": machine()})
            rows = known["rows"][-len(todo) :]
            text = "  ".join(f"{r['modes']:2d} {r['hq']:4.1f}" for r in rows)
            print(f"{name:28s} {rows[0]['cpu_s']:5.1f} s  {text}", flush=True)


if __name__ == "__main__":
    main()
