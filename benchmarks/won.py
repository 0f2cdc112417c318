"""What G can still learn when D has won, and what brings the MLP's game there.

    python benchmarks/won.py              # about 12 minutes on one thread
    python benchmarks/won.py --seeds 0-9

*won* is section 8 of notebook 02 with each seed: D alone for 200 steps, then 100 steps
of the game with either loss of G, 100 with a D that stands still, and 300 of a fair
start with the saturating loss. *epoch* is the first epoch of notebook 02 as it is, and
with one change each that its questions ask for. Writes benchmarks/won.json after each
training and goes on with what is there.
"""

import argparse
import copy
import json
from functools import partial
from pathlib import Path

import torch
from _common import machine, seeds

from gan_utils import results
from gan_utils.data import Batches, load
from gan_utils.gan import Recipe, build, train_step
from gan_utils.judge.judge import load_judge
from gan_utils.losses import bce, saturating
from gan_utils.metrics import frechet_distance
from gan_utils.support.files import write_json
from gan_utils.support.randomness import fixed_latents

FILE = Path(__file__).with_suffix(".json")
ALONE, MORE, EPOCH, FAKES = 200, 100, 938, 2000
CHANGES = {
    "notebook 02": {},
    "saturating loss": {"loss": saturating},
    "both rates x 10": {"lr_G": 5e-3, "lr_D": 5e-3},
    "beta1 = 0.9": {"betas": (0.9, 0.999)},
}


def d_turn(gan, real, z):
    """D's half of a step; its loss."""
    d_loss = bce.d(gan.D(real), gan.D(gan.G(z).detach()))
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()
    return d_loss.item()


def g_turn(gan, loss, z):
    """G's half of a step."""
    g_loss = loss.g(gan.D(gan.G(z)))
    gan.opt_G.zero_grad()
    g_loss.backward()
    gan.opt_G.step()


def state(gan, z):
    """D's median logit for the fakes of z, and the mean |grad_x D| on them."""
    fakes = gan.G(z).detach().requires_grad_()
    logits = gan.D(fakes)
    (slopes,) = torch.autograd.grad(logits.sum(), fakes)
    length = slopes.flatten(1).norm(dim=1).mean().item()
    return {"logit": round(logits.median().item(), 3), "slope": round(length, 3)}


def played_on(gan, loss, batches, steps, *, d_learns=True):
    """A copy of the players after these steps."""
    gan = copy.deepcopy(gan)
    for step in steps:
        real, z = batches(step)
        if d_learns:
            d_turn(gan, real, z)
        g_turn(gan, loss, z)
    return gan


def won(images, seed):
    """Section 8 of notebook 02 with this seed."""
    batches = Batches.of(Recipe(), images.train, seed=seed)
    gan, z = build(Recipe(), seed=seed), fixed_latents(64, 64, seed)
    fair = played_on(gan, saturating, batches, range(ALONE, ALONE + 3 * MORE))
    for step in range(ALONE):
        d_loss = d_turn(gan, *batches(step))
    on = partial(played_on, gan, batches=batches, steps=range(ALONE, ALONE + MORE))
    ends = {
        "D has won": gan,
        "saturating": on(saturating),
        "non-saturating": on(bce),
        "D stands still": on(bce, d_learns=False),
        "fair start, saturating": fair,
    }
    found = {name: state(players, z) for name, players in ends.items()}
    return {"d_loss": d_loss, **found}


def epoch(images, judge, name, seed):
    """The first epoch of notebook 02 with one change."""
    recipe = Recipe(**CHANGES[name])
    batches, gan = Batches.of(recipe, images.train, seed=seed), build(recipe, seed=seed)
    rows = []
    for step in range(EPOCH):
        logs = train_step(recipe, gan, *batches(step))
        rows.append([logs["d_loss"].item(), logs["g_loss"].item()])
    d_loss, g_loss = torch.tensor(rows[EPOCH // 2 :]).T
    features, chances = judge.look(results.generate(gan.G, FAKES, latent_dim=64))
    shown = torch.randperm(len(images.test), generator=torch.Generator().manual_seed(0))
    real = judge.look(images.test[shown[:FAKES]])[0]
    counts = torch.bincount(chances.argmax(1), minlength=10)
    return {
        "fd": round(frechet_distance(real, features), 1),
        "classes": int((counts >= FAKES // 40).sum()),
        "d_loss": round(d_loss.mean().item(), 3),
        "g_loss": round(g_loss.mean().item(), 2),
        "d_loss below 0.05": round((d_loss < 0.05).float().mean().item(), 3),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=seeds, default=seeds("0-4"))
    args = parser.parse_args()
    torch.set_flush_denormal(True)
    images, found = load("mnist"), {"won": {}, "epoch": {}}
    judge = load_judge(images)
    if FILE.is_file():
        found = {k: v for k, v in json.loads(FILE.read_text()).items() if k in found}
    jobs = [("won", str(seed), partial(won, images, seed)) for seed in args.seeds]
    jobs += [
        ("epoch", f"{name}, seed {seed}", partial(epoch, images, judge, name, seed))
        for name in CHANGES
        for seed in args.seeds
    ]
    for part, key, job in jobs:
        if key not in found[part]:
            found[part][key] = job()
            print(part, key, found[part][key], flush=True)
            write_json(FILE, {**machine(), **found})


if __name__ == "__main__":
    main()
