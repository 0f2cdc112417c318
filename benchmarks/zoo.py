"""The zoo behind notebook 08: one small GAN, a fault planted at a time, every seed.

    python benchmarks/zoo.py                   # what is missing; an hour, one thread
    python benchmarks/zoo.py --only "same z" healthy --seeds 0-1

The GAN, its faults, the instruments and the rules are those that the notebook defines.
Seeds 0 to 4 (`SEEN`) were there when the thresholds of its `RULES` were chosen; the
seeds after them were not. Each training has one thread and is stored when it ends, also
one that diverged. Writes benchmarks/zoo.json and goes on with what is there.
"""

import argparse
import base64
import io
import json
import math
import multiprocessing
import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import psutil
import torch
from _common import definitions, machine, seeds
from _pairs import ratios
from PIL import Image
from torch.nn.utils import parameters_to_vector

from gan_utils import data
from gan_utils.judge.judge import load_judge
from gan_utils.losses import minus_logit_g, saturating_g, wasserstein_d
from gan_utils.pictures import tile
from gan_utils.support.files import sha256_bytes, write_json
from gan_utils.tricks import GradientPenalty

lesson = definitions("08", "LAST", "RULES")
lesson.EVERY = 100  # steps between two looks at pictures
FILE = Path(__file__).with_suffix(".json")
STEPS = 562  # of a training
FAKES, REAL = 2000, 4000  # pictures that the judge compares
SEEN = range(5)  # seeds that thresholds may look at
HIDDEN = [fault for fault, *_ in lesson.RULES]  # what a mystery run may have
MYSTERY, RUNS, THIN = FILE.with_name("mystery.json"), 5, 6  # every sixth step is kept


# --- what the notebook only tells of


def eps_of_keras(norm):
    """BatchNorm1d(n, 0.8): the second place is eps."""
    norm.eps = 0.8


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


HEALTHY = lesson.Setup()
plant = partial(replace, HEALTHY)
critic = partial(plant, d_turn=wgan_gp, g_loss=minus_logit_g)
no_detach, both, norm_D = lesson.no_detach, lesson.both, lesson.norm_D
near_zero = lesson.with_norms(lesson.scale_near_zero)
woken = plant(d_turn=lesson.zero_on_top, g_turn=lesson.g_no_zero_grad)
SETUPS = {
    "healthy": HEALTHY,
    "pixels in [0, 1]": plant(normalise=(0.0, 1.0)),
    "mean 0.1307, std 0.3081": plant(normalise=(0.1307, 0.3081)),
    "sigmoid twice": plant(D=lesson.sigmoid_D),
    "targets swapped": plant(g_loss=lesson.swapped_g),
    "no zero_grad": plant(d_turn=lesson.no_zero_grad),
    "opt_G holds D": plant(in_opt_G=lesson.only_D),
    "G moves in D's turn": plant(d_turn=no_detach, in_opt_D=both),
    "one batch, norm in D": plant(D=norm_D, d_turn=lesson.one_batch),
    "dropout never ends": plant(G=lesson.dropping_G),
    "eval forgotten": plant(sample=lesson.no_eval),
    "train forgotten": plant(sample=lesson.no_train),
    "norm scales near 0": plant(G=near_zero),
    "D far ahead": plant(lr_G=5e-5),
    "z of 2 numbers": plant(latent_dim=2),
    "same z": plant(latents=lesson.same_z),
    "saturating loss": plant(g_loss=saturating_g),
    "rates x 10": plant(lr_G=1e-2, lr_D=1e-2),
    "rates x 30": plant(lr_G=3e-2, lr_D=3e-2),
    "rates x 100": plant(lr_G=1e-1, lr_D=1e-1),
    # those that sleep
    "no detach": plant(d_turn=no_detach),
    "G in D's optimiser": plant(in_opt_D=both),
    "no detach, zero_grad on top": woken,
    "BatchNorm1d(n, 0.8)": plant(G=lesson.with_norms(eps_of_keras)),
    "norm in D": plant(D=norm_D),
    "WGAN-GP": critic(),
    "WGAN-GP, norm in D": critic(D=norm_D),
}


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
    some = lesson.normalised(setup, data.to_float(real[:500]))
    fakes = lesson.drawn(setup, gan, FAKES, 99)
    found = lesson.of_curves(log) | lesson.of_probes(
        setup, gan, *lesson.batch(setup, batches, STEPS)
    )
    found |= lesson.of_pictures(setup, fakes, some, network, features)
    return {k: rounded(v) for k, v in found.items()}


def rounded(value):
    """Four digits of a number."""
    return float(f"{value:.4g}") if isinstance(value, float) else value


def healed(gan, seed):
    """The distance after as many steps of the mended script, from the weights as left.

    None where the mended script cannot load them.
    """
    G, D = gan.G.train(), gan.D[: len(lesson.small_D())]  # without a second sigmoid
    fits = [list(net.state_dict()) for net in (G, D)]
    if fits != [list(net.state_dict()) for net in (lesson.small_G(), lesson.small_D())]:
        return None
    if G[0].in_features != HEALTHY.latent_dim:
        return None
    batches = batches_of(HEALTHY, seed + 1000)
    gan, log, _ = lesson.play(
        HEALTHY, batches, seed, STEPS, lesson.equipped(HEALTHY, G, D)
    )
    return measure(HEALTHY, gan, log, batches)["distance"]


def digest(gan):
    """Ten letters that differ if one bit of the weights differs."""
    weights = [parameters_to_vector(net.parameters()) for net in (gan.G, gan.D)]
    return sha256_bytes(torch.cat(weights).detach().numpy().tobytes())[:10]


def one(name, seed):
    """A row of zoo.json: train with a fault on one thread, and measure all there is."""
    judge()  # before the clock runs
    setup, start = SETUPS[name], time.thread_time()
    batches = batches_of(setup, seed)
    gan, log, _ = lesson.play(setup, batches, seed, STEPS)
    row = {"fault": name, "seed": seed, "cpu": round(time.thread_time() - start, 1)}
    if not all(values.isfinite().all() for values in log.values()):
        return row | {"diverged": True}
    row |= measure(setup, gan, log, batches) | {"bits": digest(gan)}
    return row | {"healed": healed(gan, seed) if seed in SEEN else None}


# --- what the trainings say

PAIRS = {  # (a mistake, what it is compared with)
    "saturating loss": "healthy",
    "BatchNorm1d(n, 0.8)": "healthy",
    "no detach, zero_grad on top": "healthy",
    "rates x 10": "healthy",
    "norm in D": "healthy",
    "WGAN-GP, norm in D": "WGAN-GP",
}


def conclude(rows):
    """What zoo.json says of its trainings: faults, confusion, sleepers."""
    known = [row for row in rows if "diverged" not in row]
    by_seed = {}
    for row in rows:
        by_seed.setdefault(row["fault"], {})[row["seed"]] = row
    faults = {
        fault: concluded(by_seed, fault, words, test)
        for fault, words, test in lesson.RULES
    }
    unseen = [row for row in known if row["seed"] not in SEEN]
    verdicts = [(row["fault"], lesson.diagnose(row)) for row in unseen]
    verdicts = [pair for pair in verdicts if pair[0] in ("healthy", *faults)]
    confusion = {
        fault: Counter(s for f, s in verdicts if f == fault) for fault, _ in verdicts
    }
    return {
        "faults": faults,
        "confusion": confusion,
        "right": sum(fault == said for fault, said in verdicts),
        "of": len(verdicts),
        "sleepers": sleepers(by_seed),
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


def sleepers(by_seed):
    """Distances with a mistake and without, paired by seed, as in the lab."""
    differences = {
        name: [
            math.log(row["distance"] / by_seed[base][seed]["distance"])
            for seed, row in by_seed[name].items()
            if "distance" in row and "distance" in by_seed[base].get(seed, {})
        ]
        for name, base in PAIRS.items()
    }
    return {k: v | {"base": PAIRS[k]} for k, v in ratios(differences).items()}


# --- five runs whose fault nobody tells


def mystery(number, fault):
    """A run as a reader gets it: curves, pictures, instruments, and the seal."""
    setup, seed = SETUPS[fault], 100 + number
    batches = batches_of(setup, seed)
    gan, log, _ = lesson.play(setup, batches, seed, STEPS)
    sheet = tile(lesson.as_pictures(setup, lesson.drawn(setup, gan, 24, 1)).numpy(), 8)
    png = io.BytesIO()
    Image.fromarray(sheet).save(png, "PNG", optimize=True)
    shown = {"step": list(range(1, STEPS + 1, THIN))}
    for name in ("d_loss", "g_loss", "D(x)", "D(G(z))"):
        shown[name] = [rounded(value) for value in log[name][::THIN].tolist()]
    return {
        "log": shown,
        "pictures": base64.b64encode(png.getvalue()).decode(),
        "numbers": measure(setup, gan, log, batches),
        "seal": lesson.sealed(number, fault),
    }


# --- what stays in memory


def kept_growth(way, steps=200):
    """Bytes by which this process grows in a step that keeps something for a log."""
    torch.set_num_threads(1)  # in a process of its own
    gan, batches, kept = lesson.players(HEALTHY, 0), batches_of(HEALTHY, 0), []
    turn = lesson.no_detach if "retain" in way else lesson.d_turn
    for step in range(2 * steps):
        if step == steps:
            before = psutil.Process().memory_info().rss
        real, z = lesson.batch(HEALTHY, batches, step)
        fake = gan.G(z)
        d_loss, *_ = turn(HEALTHY, gan, real, fake)
        lesson.g_turn(HEALTHY, gan, real, fake)
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
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    if args.mystery:
        names = random.Random(8).sample(HIDDEN, RUNS)
        runs = [mystery(number, name) for number, name in enumerate(names, start=1)]
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
