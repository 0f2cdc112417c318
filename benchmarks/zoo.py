"""The zoo behind notebook 08: one small GAN, a fault planted at a time, every seed.

    python benchmarks/zoo.py                   # what is missing; an hour, one thread
    python benchmarks/zoo.py --only "same z" healthy --seeds 0-1

Seeds 0 to 4 (`SEEN`) were there when the thresholds of `RULES` were chosen; the seeds
after them were not. Each training has one thread and is stored when it ends, also one
that diverged. Writes benchmarks/zoo.json and goes on with what is there.
"""

import argparse
import base64
import copy
import hashlib
import io
import json
import math
import multiprocessing
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import psutil
import torch
import torch.nn.functional as F
from _common import machine, seeds
from lab import interval
from PIL import Image
from torch import nn
from torch.nn.utils import parameters_to_vector

from gan_utils import data, metrics
from gan_utils.gan import Gan
from gan_utils.judge.judge import load_judge
from gan_utils.losses import bce_d, bce_g, minus_logit_g, saturating_g, wasserstein_d
from gan_utils.pictures import tile
from gan_utils.support.files import sha256_bytes, write_json
from gan_utils.tricks import GradientPenalty

FILE = Path(__file__).with_suffix(".json")
STEPS, LAST, EVERY = 562, 200, 100  # of a training; averaged; between two pictures
FAKES, REAL = 2000, 4000  # pictures that the judge compares
SEEN = range(5)  # seeds that thresholds may look at
HIDDEN = ()
MYSTERY, RUNS, THIN = FILE.with_name("mystery.json"), 5, 6  # every sixth step is kept


# --- the healthy GAN, as in notebook 08


def small_G(latent_dim=64):
    """z (B, latent_dim) -> images (B, 1, 28, 28) in [-1, 1]."""
    return nn.Sequential(
        nn.Linear(latent_dim, 128),
        nn.BatchNorm1d(128),
        nn.ReLU(),
        nn.Linear(128, 24 * 7 * 7),
        nn.BatchNorm1d(24 * 7 * 7),
        nn.ReLU(),
        nn.Unflatten(1, (24, 7, 7)),
        nn.Conv2d(24, 32, kernel_size=1),
        nn.PixelShuffle(2),  # 8 channels at 14 x 14
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Conv2d(8, 4, kernel_size=3, padding=1),
        nn.PixelShuffle(2),  # 28 x 28
        nn.Tanh(),
    )


def small_D():
    """images (B, 1, 28, 28) -> logits (B,)."""
    return nn.Sequential(
        nn.PixelUnshuffle(4),  # 16 channels at 7 x 7
        nn.Conv2d(16, 16, kernel_size=3, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(16, 16, kernel_size=3, padding=1),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(16 * 7 * 7, 64),
        nn.LeakyReLU(0.2),
        nn.Linear(64, 1),
        nn.Flatten(0),
    )


def d_turn(setup, gan, real, fake):
    """D learns from real and fake (B, 1, 28, 28); its loss, and its logits of both."""
    real_logits, fake_logits = gan.D(real), gan.D(fake.detach())
    d_loss = setup.d_loss(real_logits, fake_logits)
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()
    return d_loss, real_logits, fake_logits


def g_turn(setup, gan, real, fake):
    """G learns from what D says of its fakes (B, 1, 28, 28); returns its loss."""
    g_loss = setup.g_loss(gan.D(fake))
    gan.opt_G.zero_grad()
    g_loss.backward()
    gan.opt_G.step()
    return g_loss


def new_z(z, batches):
    """The latents z (B, latent_dim) of a step, drawn anew for each."""
    return z


def only_D(G, D):
    """The parameters that D's optimiser changes."""
    return D.parameters()


def only_G(G, D):
    """The parameters that G's optimiser changes."""
    return G.parameters()


@torch.no_grad()
def sample(G, z):
    """Images (B, 1, 28, 28) of latents z: eval mode, draw, train mode again."""
    G.eval()
    images = G(z)
    G.train()
    return images


@dataclass(frozen=True)
class Setup:
    """All that one may get wrong, a field each. The defaults are healthy."""

    G: Callable = small_G
    D: Callable = small_D
    latent_dim: int = 64
    normalise: tuple = (0.5, 0.5)  # pixels in [0, 1] become (pixel - mean) / std
    latents: Callable = new_z
    d_loss: Callable = bce_d
    g_loss: Callable = bce_g
    d_turn: Callable = d_turn
    g_turn: Callable = g_turn
    in_opt_D: Callable = only_D
    in_opt_G: Callable = only_G
    lr_G: float = 1e-3
    lr_D: float = 1e-3
    sample: Callable = sample


def equipped(setup, G, D):
    """Two networks with fresh optimisers."""
    how = dict(betas=(0.5, 0.99), fused=True)
    opt_G = torch.optim.Adam(setup.in_opt_G(G, D), lr=setup.lr_G, **how)
    opt_D = torch.optim.Adam(setup.in_opt_D(G, D), lr=setup.lr_D, **how)
    return Gan(G=G, D=D, opt_G=opt_G, opt_D=opt_D)


def players(setup, seed, device="cpu"):
    """Two fresh players; the same seed gives the same weights."""
    torch.manual_seed(seed)
    G, D = setup.G(latent_dim=setup.latent_dim), setup.D()
    return equipped(setup, G.to(device), D.to(device))


def fixed_z(setup, n, seed):
    """The n latents (n, latent_dim) of a seed."""
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(n, setup.latent_dim, generator=rng)


def normalised(setup, images):
    """Images (B, 1, 28, 28) in [-1, 1], scaled as D sees them."""
    mean, std = setup.normalise
    return ((images + 1) / 2 - mean) / std


def batch(setup, batches, step):
    """(real as D sees it, z) of a step."""
    real, z = batches(step)
    return normalised(setup, real), setup.latents(z, batches)


def one_step(setup, gan, real, z):
    """Both turns, and what one can log of them, as numbers."""
    fake = gan.G(z)
    d_loss, real_logits, fake_logits = setup.d_turn(setup, gan, real, fake)
    g_loss = setup.g_turn(setup, gan, real, fake)
    right = (real_logits > 0).float().mean() + (fake_logits < 0).float().mean()
    pulls = [p.grad.norm() for p in gan.G.parameters() if p.grad is not None]
    logs = {"d_loss": d_loss, "g_loss": g_loss, "accuracy": right / 2}
    logs |= {"D(x)": real_logits.sigmoid().mean()}
    logs |= {"D(G(z))": fake_logits.sigmoid().mean()}
    logs |= {"lowest": torch.minimum(real_logits, fake_logits).min()}
    logs |= {"pull": torch.stack(pulls).norm() if pulls else torch.zeros(())}
    return {name: value.item() for name, value in logs.items()}


def play(setup, batches, seed, steps, gan=None):
    """Train a GAN, or a fresh one: the players, {name: values (steps,)}, a film."""
    gan, rows, film = gan or players(setup, seed, batches.device), [], []
    z_film = fixed_z(setup, 64, 1).to(batches.device)
    for step in range(steps):
        real, z = batch(setup, batches, step)
        rows.append(one_step(setup, gan, real, z))
        if (step + 1) % EVERY == 0:
            film.append(setup.sample(gan.G, z_film))
    return gan, {name: torch.tensor([r[name] for r in rows]) for name in rows[0]}, film


# --- the faults, as in notebook 08


def sigmoid_D():
    """A D that returns probabilities; the loss takes its sigmoid once more."""
    return nn.Sequential(*small_D(), nn.Sigmoid())


def swapped_g(fake_logits):
    """G's loss with the label of a fake."""
    return F.softplus(fake_logits).mean()


def no_zero_grad(setup, gan, real, fake):
    """D's turn without zero_grad."""
    real_logits, fake_logits = gan.D(real), gan.D(fake.detach())
    d_loss = setup.d_loss(real_logits, fake_logits)
    d_loss.backward()
    gan.opt_D.step()
    return d_loss, real_logits, fake_logits


def g_no_zero_grad(setup, gan, real, fake):
    """G's turn without zero_grad."""
    g_loss = setup.g_loss(gan.D(fake))
    g_loss.backward()
    gan.opt_G.step()
    return g_loss


def no_detach(setup, gan, real, fake):
    """D's turn without detach."""
    real_logits, fake_logits = gan.D(real), gan.D(fake)
    d_loss = setup.d_loss(real_logits, fake_logits)
    gan.opt_D.zero_grad()
    d_loss.backward(retain_graph=True)
    gan.opt_D.step()
    return d_loss, real_logits, fake_logits


def no_detach_zero_on_top(setup, gan, real, fake):
    """D's turn without detach, after both gradients were cleared."""
    gan.opt_G.zero_grad()
    return no_detach(setup, gan, real, fake)


def both(G, D):
    """The parameters of both networks."""
    return [*D.parameters(), *G.parameters()]


class Dropout(nn.Module):
    """Dropout by the function, which is never told that training is over."""

    def forward(self, x):
        return F.dropout(x, 0.3)


def dropping_G(latent_dim):
    """`Dropout` after the first activation."""
    layers = list(small_G(latent_dim))
    return nn.Sequential(*layers[:3], Dropout(), *layers[3:])


def with_norms(change):
    """A G whose batch norms were changed."""

    def make(latent_dim):
        net = small_G(latent_dim)
        for layer in net:
            if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
                change(layer)
        return net

    return make


def scale_near_zero(norm):
    """One init for every weight."""
    nn.init.normal_(norm.weight, 0, 0.02)


def eps_of_keras(norm):
    """BatchNorm1d(n, 0.8): the second place is eps."""
    norm.eps = 0.8


def norm_D():
    """Batch norm after D's second convolution."""
    layers = list(small_D())
    return nn.Sequential(*layers[:4], nn.BatchNorm2d(16), *layers[4:])


def one_batch(setup, gan, real, fake):
    """D's turn with real and fake in one batch."""
    real_logits, fake_logits = gan.D(torch.cat([real, fake.detach()])).chunk(2)
    d_loss = setup.d_loss(real_logits, fake_logits)
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()
    return d_loss, real_logits, fake_logits


def same_z(z, batches):
    """Those of the first step, again."""
    return batches(0)[1]


@torch.no_grad()
def no_eval(G, z):
    """Drawn in train mode."""
    return G(z)


@torch.no_grad()
def no_train(G, z):
    """Drawn in eval mode, and left there."""
    G.eval()
    return G(z)


def wgan_gp(setup, gan, real, fake):
    """D's turn with the gradient penalty."""
    fake = fake.detach()
    real_logits, fake_logits = gan.D(real), gan.D(fake)
    d_loss = wasserstein_d(real_logits, fake_logits)
    d_loss = d_loss + GradientPenalty()(gan.D, real, fake)
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()
    return d_loss, real_logits, fake_logits


HEALTHY = Setup()
plant = partial(replace, HEALTHY)
critic = partial(plant, d_turn=wgan_gp, g_loss=minus_logit_g)
SETUPS = {
    "healthy": HEALTHY,
    "pixels in [0, 1]": plant(normalise=(0.0, 1.0)),
    "mean 0.1307, std 0.3081": plant(normalise=(0.1307, 0.3081)),
    "sigmoid twice": plant(D=sigmoid_D),
    "targets swapped": plant(g_loss=swapped_g),
    "no zero_grad": plant(d_turn=no_zero_grad),
    "opt_G holds D": plant(in_opt_G=only_D),
    "G moves in D's turn": plant(d_turn=no_detach, in_opt_D=both),
    "one batch, norm in D": plant(D=norm_D, d_turn=one_batch),
    "dropout never ends": plant(G=dropping_G),
    "eval forgotten": plant(sample=no_eval),
    "train forgotten": plant(sample=no_train),
    "norm scales near 0": plant(G=with_norms(scale_near_zero)),
    "D far ahead": plant(lr_G=5e-5),
    "z of 2 numbers": plant(latent_dim=2),
    "same z": plant(latents=same_z),
    "saturating loss": plant(g_loss=saturating_g),
    "rates x 10": plant(lr_G=1e-2, lr_D=1e-2),
    "rates x 30": plant(lr_G=3e-2, lr_D=3e-2),
    "rates x 100": plant(lr_G=1e-1, lr_D=1e-1),
    # those that sleep
    "no detach": plant(d_turn=no_detach),
    "G in D's optimiser": plant(in_opt_D=both),
    "no detach, zero_grad on top": plant(
        d_turn=no_detach_zero_on_top, g_turn=g_no_zero_grad
    ),
    "BatchNorm1d(n, 0.8)": plant(G=with_norms(eps_of_keras)),
    "norm in D": plant(D=norm_D),
    "WGAN-GP": critic(),
    "WGAN-GP, norm in D": critic(D=norm_D),
}


# --- instruments, as in notebook 08


def seen_by_D(setup, gan, real, z):
    """(lowest, highest) number of each batch that D is given in a step, in order."""
    gan, seen = copy.deepcopy(gan), []

    def look(D, inputs):
        seen.append((inputs[0].min().item(), inputs[0].max().item()))

    gan.D.register_forward_pre_hook(look)
    one_step(setup, gan, real, z)
    return seen


def who_moved(setup, gan, real, z):
    """{turn: networks that its optimiser changed} in one step of a copy."""
    gan, moved = copy.deepcopy(gan), {}

    def weights():
        return {n: parameters_to_vector(getattr(gan, n).parameters()) for n in "DG"}

    def watched(turn, step):
        def step_and_look():
            before = weights()
            step()
            after = weights()
            changed = [n for n in "DG" if not torch.equal(before[n], after[n])]
            moved[turn] = " and ".join(changed) or "nobody"

        return step_and_look

    gan.opt_D.step = watched("D", gan.opt_D.step)
    gan.opt_G.step = watched("G", gan.opt_G.step)
    one_step(setup, gan, real, z)
    return moved


def call_twice(setup, gan, z):
    """Mean difference of two pictures of the same latent, in units of a pixel."""
    G = copy.deepcopy(gan.G)
    first, second = setup.sample(G, z), setup.sample(G, z)
    return (first - second).abs().mean().item()


def change_company(setup, gan, z):
    """The same for the first half of z (B, d), with other latents beside it."""
    G, half = copy.deepcopy(gan.G), len(z) // 2
    first = setup.sample(G, z)[:half]
    second = setup.sample(G, torch.cat([z[:half], z[:half]]))[:half]
    return (first - second).abs().mean().item()


@torch.no_grad()
def company_of_D(D, images, others):
    """Mean |change| of D's logits of images (B, 1, 28, 28) in the company of others."""
    D = copy.deepcopy(D)
    together = D(torch.cat([images, others]))[: len(images)]
    return (together - D(images)).abs().mean().item()


def steepness(gan, fakes):
    """Median length of the gradient of D's logit by the pixels of a fake."""
    x = fakes.clone().requires_grad_()
    (slope,) = torch.autograd.grad(copy.deepcopy(gan.D)(x).sum(), x)
    return slope.flatten(1).norm(dim=1).median().item()


def drawn(setup, gan, n, seed):
    """n images (n, 1, 28, 28) as G makes them, 64 at a time, from a copy of G."""
    G, z = copy.deepcopy(gan.G), fixed_z(setup, n, seed)
    z = z.to(next(G.parameters()).device)
    return torch.cat([setup.sample(G, part).cpu() for part in z.split(64)])


def as_pictures(setup, fakes):
    """uint8 (N, 28, 28): the normalisation undone."""
    mean, std = setup.normalise
    return data.to_uint8(2 * (fakes * std + mean) - 1)


def of_curves(log):
    """Means over the last steps, the spread of g_loss, the lowest logit."""
    last = {name: values[-LAST:] for name, values in log.items()}
    found = {name: values.mean().item() for name, values in last.items()}
    spread = last["g_loss"].std().item()
    return found | {"spread": spread, "lowest": last["lowest"].min().item()}


def of_probes(setup, gan, real, z):
    """The five instruments, on a batch as D and G get it in a step."""
    low, high = seen_by_D(setup, gan, real, z)[0]
    found = {"low": low, "high": high, "twice": call_twice(setup, gan, z)}
    found |= {"company": change_company(setup, gan, z)}
    fakes = drawn(setup, gan, 256, 98).to(real.device)
    found |= {"company of D": company_of_D(gan.D, real, fakes[: len(real)])}
    turns = who_moved(setup, gan, real, z)
    found |= {f"{turn}'s turn": moved for turn, moved in turns.items()}
    return found | {"slope": steepness(gan, fakes)}


def of_pictures(setup, fakes, real, judge, real_features):
    """What fakes (N, 1, 28, 28) look like beside real ones, to us and to a judge."""
    shown = as_pictures(setup, fakes)
    spread = [torch.pdist(x[:500].flatten(1)).mean() for x in (fakes, real)]
    found = {"mean": fakes.mean().item(), "std": fakes.std().item()}
    found |= {"diversity": (spread[0] / spread[1]).item()}
    features, chances = judge.look(shown)
    counts = torch.bincount(chances.argmax(1), minlength=chances.shape[1])
    found |= {"classes": int((counts >= len(fakes) / len(counts) / 4).sum())}
    return found | {"distance": metrics.frechet_distance(features, real_features)}


# --- what is stored of a training


@cache
def images():
    """MNIST."""
    return data.load("mnist")


@cache
def judge():
    """The first judge, real test images drawn at random, and what it sees in them."""
    found, rng = load_judge(images()), torch.Generator().manual_seed(7)
    real = images().test[torch.randperm(len(images().test), generator=rng)[:REAL]]
    return found, real, found.look(real)[0]


def batches_of(setup, seed):
    """The batches of a training."""
    how = dict(batch_size=64, latent_dim=setup.latent_dim, seed=seed)
    return data.Batches(images().train, **how)


def measure(setup, gan, log, batches):
    """Every number of a training, rounded."""
    network, real, features = judge()
    some = normalised(setup, data.to_float(real[:500]))
    fakes = drawn(setup, gan, FAKES, 99)
    found = of_curves(log) | of_probes(setup, gan, *batch(setup, batches, STEPS))
    found |= of_pictures(setup, fakes, some, network, features)
    return {k: rounded(v) for k, v in found.items()}


def rounded(value):
    """Four digits of a number."""
    return float(f"{value:.4g}") if isinstance(value, float) else value


def healed(gan, seed):
    """The distance after as many steps of the mended script, from the weights as left.

    None where the mended script cannot load them.
    """
    G, D = gan.G.train(), gan.D[: len(small_D())]  # without a second sigmoid
    fits = [list(net.state_dict()) for net in (G, D)]
    if fits != [list(net.state_dict()) for net in (small_G(), small_D())]:
        return None
    if G[0].in_features != HEALTHY.latent_dim:
        return None
    batches = batches_of(HEALTHY, seed + 1000)
    gan, log, _ = play(HEALTHY, batches, seed, STEPS, equipped(HEALTHY, G, D))
    return measure(HEALTHY, gan, log, batches)["distance"]


def digest(gan):
    """Ten letters that differ if one bit of the weights differs."""
    weights = [parameters_to_vector(net.parameters()) for net in (gan.G, gan.D)]
    return sha256_bytes(torch.cat(weights).detach().numpy().tobytes())[:10]


def one(name, seed):
    """A row of zoo.json: train with a fault on one thread, and measure all there is."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    judge()  # before the clock runs
    setup, start = SETUPS[name], time.thread_time()
    batches = batches_of(setup, seed)
    gan, log, _ = play(setup, batches, seed, STEPS)
    row = {"fault": name, "seed": seed, "cpu": round(time.thread_time() - start, 1)}
    if not all(values.isfinite().all() for values in log.values()):
        return row | {"diverged": True}
    row |= measure(setup, gan, log, batches) | {"bits": digest(gan)}
    return row | {"healed": healed(gan, seed) if seed in SEEN else None}


# --- what the trainings say

RULES = [
    ("mean 0.1307, std 0.3081", "D sees numbers above 1.5", lambda r: r["high"] > 1.5),
    ("pixels in [0, 1]", "D sees none below -0.5", lambda r: r["low"] > -0.5),
    ("G moves in D's turn", "it does", lambda r: r["D's turn"] != "D"),
    ("opt_G holds D", "D moves in G's turn", lambda r: r["G's turn"] != "G"),
    ("dropout never ends", "two calls differ", lambda r: r["twice"] > 0.02),
    ("eval forgotten", "other company, other picture", lambda r: r["company"] > 0.01),
    (
        "one batch, norm in D",
        "other company, other logit",
        lambda r: r["company of D"] > 3,
    ),
    ("sigmoid twice", "no logit below 0", lambda r: r["lowest"] >= 0),
    (
        "targets swapped",
        "both losses are 0",
        lambda r: max(r["d_loss"], r["g_loss"]) < 0.01,
    ),
    ("no zero_grad", "d_loss above 4", lambda r: r["d_loss"] > 4),
    ("D far ahead", "G is pulled hard", lambda r: r["pull"] > 40),
    ("train forgotten", "hardly any diversity", lambda r: r["diversity"] < 0.3),
    ("norm scales near 0", "few classes", lambda r: r["classes"] < 5),
    ("same z", "D is flat", lambda r: r["slope"] < 0.2),
    ("z of 2 numbers", "a distance above 75", lambda r: r["distance"] > 75),
]
PAIRS = {  # (a mistake, what it is compared with)
    "saturating loss": "healthy",
    "BatchNorm1d(n, 0.8)": "healthy",
    "no detach, zero_grad on top": "healthy",
    "rates x 10": "healthy",
    "norm in D": "healthy",
    "WGAN-GP, norm in D": "WGAN-GP",
}


def diagnose(numbers):
    """The fault of a run by the first rule that holds, or "healthy"."""
    return next((fault for fault, _, holds in RULES if holds(numbers)), "healthy")


def conclude(rows):
    """What zoo.json says of its trainings: faults, confusion, sleepers."""
    known = [row for row in rows if "diverged" not in row]
    by_seed = {}
    for row in rows:
        by_seed.setdefault(row["fault"], {})[row["seed"]] = row
    faults = {
        fault: concluded(by_seed, fault, words, test) for fault, words, test in RULES
    }
    unseen = [row for row in known if row["seed"] not in SEEN]
    verdicts = [(row["fault"], diagnose(row)) for row in unseen]
    verdicts = [pair for pair in verdicts if pair[0] in ("healthy", *faults)]
    confusion = {
        fault: Counter(s for f, s in verdicts if f == fault) for fault, _ in verdicts
    }
    return {
        "faults": faults,
        "confusion": confusion,
        "right": sum(fault == said for fault, said in verdicts),
        "of": len(verdicts),
        "sleepers": {name: ratio(by_seed, name, base) for name, base in PAIRS.items()},
    }


def concluded(by_seed, fault, words, holds):
    """Of one fault: in how many seeds its signature shows, and what it costs."""
    runs = {s: row for s, row in by_seed[fault].items() if "diverged" not in row}
    seen = [holds(row) for s, row in runs.items() if s in SEEN]
    return {
        "signature": words,
        "shows": sum(seen),
        "of": len(seen),
        "distance": [row["distance"] for row in runs.values()],
        "healed": [row["healed"] for row in runs.values() if row["healed"]],
    }


def ratio(by_seed, name, base):
    """The ratio of distances, paired by seed, and its 95 % bootstrap interval."""
    pairs = [
        math.log(row["distance"] / by_seed[base][seed]["distance"])
        for seed, row in by_seed[name].items()
        if "distance" in row and "distance" in by_seed[base].get(seed, {})
    ]
    middle, ends = statistics.fmean(pairs), interval(pairs)
    found = dict(zip(("ratio", "low", "high"), map(math.exp, (middle, *ends))))
    return {k: rounded(v) for k, v in found.items()} | {
        "base": base,
        "seeds": len(pairs),
    }


# --- five runs whose fault nobody tells


def sealed(number, fault):
    """What checks an answer to a mystery run without giving it away."""
    return hashlib.sha256(f"run {number}: {fault}".encode()).hexdigest()[:16]


def mystery(number, fault):
    """A run as a reader gets it: curves, pictures, instruments, and the seal."""
    setup, seed = SETUPS[fault], 100 + number
    batches = batches_of(setup, seed)
    gan, log, _ = play(setup, batches, seed, STEPS)
    sheet = tile(as_pictures(setup, drawn(setup, gan, 24, 1)).numpy(), 8)
    png = io.BytesIO()
    Image.fromarray(sheet).save(png, "PNG", optimize=True)
    shown = {"step": list(range(1, STEPS + 1, THIN))}
    for name in ("d_loss", "g_loss", "D(x)", "D(G(z))"):
        shown[name] = [rounded(value) for value in log[name][::THIN].tolist()]
    return {
        "log": shown,
        "pictures": base64.b64encode(png.getvalue()).decode(),
        "numbers": measure(setup, gan, log, batches),
        "seal": sealed(number, fault),
    }


# --- what stays in memory


def kept_growth(way, steps=200):
    """Bytes by which this process grows in a step that keeps something for a log."""
    torch.set_num_threads(1)
    gan, batches, kept = players(HEALTHY, 0), batches_of(HEALTHY, 0), []
    turn = no_detach if "retain" in way else d_turn
    for step in range(2 * steps):
        if step == steps:
            before = psutil.Process().memory_info().rss
        real, z = batch(HEALTHY, batches, step)
        fake = gan.G(z)
        d_loss, *_ = turn(HEALTHY, gan, real, fake)
        g_turn(HEALTHY, gan, real, fake)
        kept.append(KEPT[way](gan, z, d_loss))
    return (psutil.Process().memory_info().rss - before) / steps


KEPT = {
    "d_loss.item()": lambda gan, z, d_loss: d_loss.item(),
    "d_loss": lambda gan, z, d_loss: d_loss,
    "d_loss, after retain_graph": lambda gan, z, d_loss: d_loss,
    "a score that nobody differentiates": lambda gan, z, d_loss: gan.D(gan.G(z)).mean(),
}


def train_all(args, found):
    """Train what is missing, a training after the other."""
    done = {(row["fault"], row["seed"]) for row in found["rows"]}
    todo = [(name, seed) for seed in args.seeds for name in args.only]
    for name, seed in [key for key in todo if key not in done][: args.limit]:
        found["rows"].append(one(name, seed))
        print(json.dumps(found["rows"][-1]), flush=True)
        write_json(args.out, found)
    if {row["fault"] for row in found["rows"]} >= set(SETUPS):
        found |= {"conclusions": conclude(found["rows"]), "machine": machine()}
        write_json(args.out, found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=list(SETUPS), help="these faults")
    parser.add_argument("--seeds", type=seeds, default=seeds("0-7"))
    parser.add_argument("--limit", type=int, help="at most so many trainings")
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument("--memory", action="store_true", help="what a kept loss costs")
    parser.add_argument("--mystery", action="store_true", help="the five hidden runs")
    args = parser.parse_args()
    found = json.loads(args.out.read_text()) if args.out.is_file() else {"rows": []}
    if args.mystery:
        drawn = random.Random(8).sample(HIDDEN, RUNS)
        runs = [mystery(number, name) for number, name in enumerate(drawn, start=1)]
        write_json(MYSTERY, {"machine": machine(), "runs": runs})
    elif args.memory:
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as pool:
            found["memory"] = dict(zip(KEPT, pool.map(kept_growth, KEPT)))
        write_json(args.out, found)
    else:
        train_all(args, found)


if __name__ == "__main__":
    main()
