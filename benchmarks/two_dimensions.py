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
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from _common import machine, seeds
from torch import nn

from gan_utils import losses
from gan_utils.gan import Gan
from gan_utils.support.files import write_json

FILE = Path(__file__).with_suffix(".json")
POINTS, LOOKS = 2500, 12  # points that are judged, and how often along the way

# --- as in notebook 07


def ring():
    """Centres (8, 2) of the modes, on a circle, and their standard deviation."""
    angle = torch.arange(8) * math.pi / 4
    centres = torch.stack([angle.cos(), angle.sin()], dim=1)
    return math.sqrt(2) * centres, 0.01 * math.sqrt(2)


def grid():
    """Centres (25, 2) of the modes, five by five, and their standard deviation."""
    line = torch.arange(-2, 3) / math.sqrt(2)
    return torch.cartesian_prod(line, line), 0.05 / math.sqrt(8)


def sample(target, n, rng):
    """n points (n, 2) of a target: a mode by lot, and a little Gaussian noise."""
    centres, std = target
    which = torch.randint(len(centres), (n,), generator=rng)
    return centres[which] + std * torch.randn(n, 2, generator=rng)


def square(n, rng):
    """Latents (n, 2), uniform in the square [-1, 1] x [-1, 1]."""
    return 2 * torch.rand(n, 2, generator=rng) - 1


def cut(n, rng, k=10):
    """Latents (n, 2), uniform in k x k little squares with gaps between them."""
    u = k * torch.rand(n, 2, generator=rng)
    middle = u.floor() + 0.5
    return 2 * (middle + 0.4 * (u - middle)) / k - 1


class Sine(nn.Module):
    """x -> sin x, for layers."""

    def forward(self, x):
        return x.sin()


def network(inputs, outputs, scale, activation):
    """(B, inputs) -> (B, outputs), 64 wide; the first layer starts `scale` times up."""
    layers = [nn.Linear(*size) for size in ((inputs, 64), (64, 64), (64, outputs))]
    for layer, gain in zip(layers, (2, 2, 1)):
        nn.init.normal_(layer.weight, std=math.sqrt(gain / layer.in_features))
    for parameter in layers[0].parameters():
        parameter.data.mul_(scale)
    return nn.Sequential(layers[0], activation(), layers[1], activation(), layers[2])


@dataclass(frozen=True)
class Game:
    """The choices behind a training. Rows of a table differ in one or two of them."""

    target: tuple  # centres and standard deviation
    loss: losses.GanLoss
    gammas: tuple = (0.0, 0.0)  # weight of the penalty, at the start and at the end
    latent: Callable = square
    scale_G: float = 6.0
    scale_D: float = 1.0
    activation_D: Callable = nn.Tanh
    forget: float = 0.01  # of the average of G, at each step
    steps: int = 3000


def players(game, seed):
    """G, D and their optimisers; the same seed gives the same weights."""
    torch.manual_seed(seed)
    G = network(2, 2, game.scale_G, nn.Tanh)
    D = network(2, 1, game.scale_D, game.activation_D).append(nn.Flatten(-2))
    how = dict(lr=1e-2, betas=(0.5, 0.9), fused=True)
    opt_G, opt_D = (torch.optim.Adam(net.parameters(), **how) for net in (G, D))
    return Gan(G=G, D=D, opt_G=opt_G, opt_D=opt_D)


def update_D(gan, loss, real, fake, gamma=0.0):
    """D learns from real and fake (B, 2); returns d_loss."""
    x = torch.cat([real, fake.detach()], dim=-2).requires_grad_()
    logits = gan.D(x)
    d_loss = loss.d(*logits.chunk(2, dim=-1))
    if gamma:
        (slope,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
        d_loss = d_loss + gamma * slope.square().sum(-1).mean()
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()
    return d_loss


def update_G(gan, loss, real, fake):
    """G learns from what D says of its fakes (B, 2); returns g_loss."""
    with torch.no_grad():
        real_logits = gan.D(real)
    g_loss = loss.g(gan.D(fake), real_logits)
    gan.opt_G.zero_grad()
    g_loss.backward()
    gan.opt_G.step()
    return g_loss


@torch.no_grad()
def follow(average, G, forget):
    """One step of the running average of G's weights."""
    for slow, fast in zip(average.parameters(), G.parameters()):
        slow.lerp_(fast, forget)


def settle(game, gan, progress):
    """Set both rates for this moment of the game, 0 to 1; returns gamma."""
    rate = 1e-2 * (0.6 + 0.4 * math.cos(math.pi * progress))  # falls to a fifth
    for optimiser in (gan.opt_G, gan.opt_D):
        optimiser.param_groups[0]["lr"] = rate
    first, last = game.gammas
    return first * (last / first) ** progress if first else 0.0


def near(points, target):
    """The nearest centre of each point (n,), its distance in std, and whether <= 3."""
    centres, std = target
    distance, which = torch.cdist(points, centres).min(dim=1)
    return which, distance / std, distance <= 3 * std


def score(points, target):
    """Modes, share of high quality in percent, and width of points (n, 2)."""
    which, distance, good = near(points, target)
    counts = torch.bincount(which[good], minlength=len(target[0]))
    width = distance[good].square().mean().sqrt()
    return int((counts >= 20).sum()), 100 * good.float().mean().item(), width.item()


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
    each = [players(game, seed) for seed in found]
    if pack > 1:
        for gan, seed in zip(each, found):
            torch.manual_seed(seed)
            gan.D = network(2 * pack, 1, game.scale_D, game.activation_D)
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
        gamma = settle(game, gan, step / game.steps)
        drawn = [(sample(game.target, 128, r), game.latent(128, r)) for r in rngs]
        real, z = (torch.stack(parts) for parts in zip(*drawn))
        fake = gan.G(z)
        update_D(gan, loss, real, fake, len(found) * gamma)
        update_G(gan, loss, real, fake)
        follow(average, gan.G, game.forget)
        look(step + 1, gan, average)
    return gan, average


# --- what is measured


def judged_latents(game, seed):
    """The latents (POINTS, 2) whose points are judged; others than in training."""
    return game.latent(POINTS, torch.Generator().manual_seed(10**6 + seed))


def measured(points, target):
    """Modes, high quality, width and KL of points (n, 2): see the top of this file."""
    modes, quality, width = score(points, target)
    shares = torch.bincount(near(points, target)[0], minlength=len(target[0]))
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
                counts = (score(points, game.target)[0] for points in (raw, mean))
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


RING = Game(ring(), losses.relativistic, gammas=(0.2, 0.0005))
GRID = replace(
    RING,
    target=grid(),
    gammas=(1.0, 0.001),
    scale_G=10.0,
    scale_D=3.0,
    activation_D=Sine,
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
    ROWS[f"grid, cut into {k} x {k}"] = replace(GRID, latent=partial(cut, k=k)), 1


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
