"""The lab behind notebook 04: every trick on three GANs, with every seed.

    python benchmarks/lab.py                   # what is missing; hours on two cores
    python benchmarks/lab.py --only A --seeds 0-1 --jobs 2

Three GANs with the networks of `modern` at half width. A: minimax loss, five updates of
D for one of G, and half the rates. B: no batch norm in G. sane: none of these. Each row
is one of them with one trick, or with two that belong together, and sees a fixed number
of real images. `path` is the tamed GAN, trained for longer, and what is left of it
without each of its parts.

Every training has one process with one thread and is stored when it ends, also one that
diverged. Both judges look at two sets of latents. Writes benchmarks/lab.json and goes
on with what is there.
"""

import argparse
import json
import math
import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import torch
from _common import machine, seeds
from _pairs import ratios
from torch import nn

from gan_utils import losses, metrics, tricks
from gan_utils.data import Batches, load, to_float
from gan_utils.gan import Recipe, build, update_D, update_G
from gan_utils.judge.judge import load_judge
from gan_utils.judge.verdict import SAMPLE_SEED, SURE
from gan_utils.models import ShuffleDiscriminator, ShuffleGenerator
from gan_utils.results import generate
from gan_utils.support.files import write_json
from gan_utils.support.randomness import fixed_latents
from gan_utils.training import Callback, TrainingDiverged, constant, fit, linear_decay
from gan_utils.tricks import rebuilt

FILE = Path(__file__).with_suffix(".json")
LATENT_SETS = (SAMPLE_SEED, SAMPLE_SEED + 1)
LOOKS = 8  # how often in a training the classes are counted

G = partial(ShuffleGenerator, ngf=32, hidden=128)
D = partial(ShuffleDiscriminator, ndf=32, hidden=128)
SANE = Recipe(G=G, D=D, lr_G=1e-3, lr_D=1e-3, schedule=constant, steps=1000)


def without_norm(net):
    """Batch norm left out; the layer before each has its bias back, which starts at 0.

    Of a network built with `bias=False` in front of batch norm, as in notebook 03.
    """
    layers = [m for m in net.net if not isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d))]
    for layer in layers:
        if isinstance(layer, (nn.Linear, nn.Conv2d)) and layer.bias is None:
            layer.bias = nn.Parameter(torch.zeros(len(layer.weight)))
    return rebuilt(net, layers)


class MinibatchStd(nn.Module):
    """(B, d) -> (B, d + 1): one number more, the spread of the batch's features.

    Karras et al. 2018, arXiv 1710.10196, section 3. For batches of real or of fakes.
    """

    def forward(self, x):
        spread = (x.var(0, unbiased=False) + 1e-8).sqrt().mean()  # finite slope at 0
        return torch.cat([x, spread.expand(len(x), 1)], 1)


def minibatch_std(net):
    """`MinibatchStd` in front of the first Linear, which gets one input more."""
    layers = list(net.net)
    first = next(i for i, m in enumerate(layers) if isinstance(m, nn.Linear))
    wider = nn.Linear(layers[first].in_features + 1, layers[first].out_features)
    return rebuilt(net, [*layers[:first], MinibatchStd(), wider, *layers[first + 1 :]])


def change(**fields):
    """A trick: the recipe with these fields changed."""
    return lambda recipe: replace(recipe, **fields)


def of_D(new):
    """A trick that rebuilds D."""
    return change(change_D=new)


def smoothed(recipe):
    """D's side of the loss aims at 0.9; G's side stays."""
    return replace(recipe, loss=recipe.loss._replace(d=tricks.smoothed(0.9).d))


def slower(player):
    """A trick: a fifth of the learning rate for "G" or "D"."""
    field = f"lr_{player}"
    return lambda recipe: replace(recipe, **{field: getattr(recipe, field) / 5})


def no_momentum(recipe):
    """Adam without its average of the gradients."""
    return replace(recipe, betas=(0.0, 0.99))


def one_of_D(recipe):
    """One update of D for one of G, over as many real images."""
    one = Recipe()
    images = recipe.steps * recipe.batch_size
    steps = images // one.batch_size
    return replace(recipe, update=one.update, batch_size=one.batch_size, steps=steps)


def five_of_D(recipe, gan, real, z):
    """D learns from each fifth of the batch in turn, G from the last of them.

    The inner loop of Goodfellow et al. 2014, arXiv 1406.2661, algorithm 1, with k = 5.
    """
    for real_part, z_part in zip(real.chunk(5), z.chunk(5)):
        fake = gan.G(z_part)
        d_loss, real_logits = update_D(recipe, gan, real_part, fake)
    g_loss = update_G(recipe, gan, fake, real_logits)
    return {"d_loss": d_loss, "g_loss": g_loss}


class Shift:
    """What D sees is moved by up to two pixels, all pictures of a call alike.

    A simple form of Zhao et al. 2020 (DiffAugment), arXiv 2006.10738.
    """

    def __call__(self, images):
        dy, dx = torch.randint(-2, 3, (2,)).tolist()
        return torch.roll(images, (dy, dx), dims=(2, 3))


GANS = {
    "A": replace(  # at the rates of SANE, D does not keep its lead in every seed
        SANE,
        loss=losses.saturating,
        update=five_of_D,
        lr_G=5e-4,
        lr_D=5e-4,
        batch_size=320,
        steps=200,
    ),
    "B": replace(SANE, change_G=without_norm, steps=600),
    "sane": SANE,
}
penalty = {gamma: tricks.R1(gamma) for gamma in (1.0, 10.0)}
TRICKS = {
    "hinge": change(loss=losses.hinge),
    "least squares": change(loss=losses.least_squares),
    "Wasserstein": change(loss=losses.wasserstein),
    "WGAN-GP": change(loss=losses.wasserstein, penalty=tricks.GradientPenalty()),
    "RpGAN": change(loss=losses.relativistic),
    "RpGAN + R1 + R2": change(loss=losses.relativistic, penalty=tricks.R1R2(1.0)),
    "R1, gamma 1": change(penalty=penalty[1.0]),
    "R1, gamma 10": change(penalty=penalty[10.0]),
    "label smoothing": smoothed,
    "instance noise": change(before_D=tricks.InstanceNoise(0.3)),
    "augmentation": change(before_D=Shift()),
    "dropout in D": of_D(tricks.dropout),
    "spectral norm in D": of_D(tricks.spectral),
    "batch norm in D": of_D(tricks.batch_norm),
    "batch norm in all of D": of_D(partial(tricks.batch_norm, skip=0)),
    "minibatch spread in D": of_D(minibatch_std),
    "no momentum": no_momentum,
    "slower D": slower("D"),
    "slower G": slower("G"),
    "rates fall to 0": change(schedule=linear_decay),
    "EMA of G": change(ema_images=10_000),
    "hinge + spectral norm": change(loss=losses.hinge, change_D=tricks.spectral),
}
OWN = {  # what undoes a fault, or puts it in
    "A": {
        "one update of D": one_of_D,
        "non-saturating loss": change(loss=losses.bce),
        "twice the rates": change(lr_G=SANE.lr_G, lr_D=SANE.lr_D),
        "one update of D + non-saturating": lambda r: one_of_D(
            replace(r, loss=losses.bce)
        ),
    },
    "B": {
        "batch norm in G": change(change_G=losses.identity),
        "batch norm in G + no momentum": lambda r: no_momentum(
            replace(r, change_G=losses.identity)
        ),
    },
    "sane": {"minimax loss": change(loss=losses.saturating)},
}
TAMED = replace(
    no_momentum(SANE), loss=losses.hinge, ema_images=10_000, steps=2000
)  # `modern` at half width
PATH = {
    "tamed": TAMED,
    "non-saturating in place of hinge": replace(TAMED, loss=losses.bce),
    "minimax in place of hinge": replace(TAMED, loss=losses.saturating),
    "without EMA": replace(TAMED, ema_images=0),
    "with momentum": replace(TAMED, betas=SANE.betas),
    "without EMA, with momentum": replace(TAMED, ema_images=0, betas=SANE.betas),
    "without batch norm in G": replace(TAMED, change_G=without_norm),
    "five updates of D": replace(
        TAMED, update=five_of_D, batch_size=320, steps=TAMED.steps // 5
    ),
    "RpGAN + R1 + R2, without batch norm": replace(
        TAMED,
        loss=losses.relativistic,
        penalty=tricks.R1R2(1.0),
        change_G=without_norm,
    ),
    "RpGAN + R1 + R2 in place of hinge": replace(
        TAMED, loss=losses.relativistic, penalty=tricks.R1R2(1.0)
    ),
    "none of the three": replace(SANE, steps=TAMED.steps),
}
NOTHING = "nothing"
ROWS = {
    (name, trick): new(patient)
    for name, patient in GANS.items()
    for trick, new in {NOTHING: losses.identity, **TRICKS, **OWN[name]}.items()
} | {("path", name): recipe for name, recipe in PATH.items()}
SIZES = dict.fromkeys(GANS, 1000) | {"path": 10_000}  # pictures for a judge


@cache
def images():
    """MNIST, once in each process."""
    return load("mnist")


@cache
def judge(which):
    """The "first" or "second" judge, on a GPU if there is one, and where that is."""
    place = "cuda" if torch.cuda.is_available() else "cpu"
    found = load_judge(images(), which)
    found.net.to(place)
    return found, place


def look(which, pictures):
    """(features, class of each, highest probability of each), on the CPU."""
    network, place = judge(which)
    features, p = (x.cpu() for x in network.look(pictures.to(place)))
    return features, p.argmax(1), p.amax(1)


@cache
def real_features(which):
    """What a judge sees in the 10 000 test images."""
    return look(which, images().test)[0]


class ClassesSeen(Callback):
    """How the classes of 200 fixed latents change through a training."""

    def __init__(self, recipe):
        self.every = max(1, recipe.steps // LOOKS)
        self.z = fixed_latents(200, recipe.latent_dim, 1)
        self.seen, self.seconds = {}, 0.0

    def step(self, run):
        """{step: "counts of the ten classes"}."""
        if run.model.step % self.every:
            return
        start = time.thread_time()
        classes = look("first", run.model.draw(self.z))[1]
        counts = metrics.class_counts(classes, 10).tolist()
        self.seen[run.model.step] = " ".join(map(str, counts))
        self.seconds += time.thread_time() - start


def instruments(recipe, gan):
    """What a reader can measure without a judge, on 500 fakes and 500 test images.

    slope: mean norm of D's gradient by the pixels of a fake. signal: that of G's loss,
    for each fake. variety: spread of a pixel over latents, mean over pixels.
    """
    gan.D.eval()
    with torch.no_grad():
        fake = gan.G(fixed_latents(500, recipe.latent_dim, 5))
        real_logits = gan.D(to_float(images().test[:500]))
    x = fake.clone().requires_grad_()
    logits = gan.D(x)
    loss = recipe.loss.g(logits, real_logits)
    (signal,) = torch.autograd.grad(loss, x, retain_graph=True)
    (slope,) = torch.autograd.grad(logits.sum(), x)
    gan.D.train()
    return {
        "slope": slope.flatten(1).norm(dim=1).mean().item(),
        "signal": len(x) * signal.flatten(1).norm(dim=1).mean().item(),
        "variety": fake.std(0).mean().item(),
        "ranked_right": (real_logits[:, None] > logits).float().mean().item(),
    }


def verdicts(recipe, gan, n):
    """Both judges on every set of latents: lists with one entry a set."""
    found = {"first": [], "second": [], "classes": [], "legible": []}
    for seed in LATENT_SETS:
        pictures = generate(gan.sampler(), n, latent_dim=recipe.latent_dim, seed=seed)
        for which in ("first", "second"):
            features, classes, sure = look(which, pictures)
            distance = metrics.frechet_distance(features, real_features(which))
            found[which].append(round(distance, 3))
            if which == "first":
                shares = metrics.class_counts(classes, 10) / n
                found["classes"].append(int((shares >= 0.025).sum()))
                found["legible"].append(round((sure > SURE).float().mean().item(), 4))
    return found


def one(key, seed):
    """A row of lab.json: train a recipe on one thread, and measure all there is."""
    torch.set_num_threads(1)
    recipe, found = ROWS[key], {"gan": key[0], "row": key[1], "seed": seed}
    gan, seen = build(recipe, seed=seed), ClassesSeen(recipe)
    batches = Batches.of(recipe, images().train, seed=seed)
    how = {"steps": recipe.steps, "schedule": recipe.schedule, "callbacks": [seen]}
    real_features("first"), real_features("second")  # before the clock runs
    start, found["steps"] = time.thread_time(), recipe.steps
    try:
        history = fit(recipe.step, gan, batches, **how)
    except TrainingDiverged as error:
        return found | {"diverged": str(error), "classes_seen": seen.seen}
    took = time.thread_time() - start - seen.seconds
    found["ms"] = round(1000 * took / recipe.steps, 2)
    for name in ("d_loss", "g_loss"):
        found[name] = statistics.fmean(history[name][-100:].tolist())
    found |= instruments(recipe, gan) | verdicts(recipe, gan, SIZES[key[0]])
    found = {
        k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in found.items()
    }
    return found | {"classes_seen": seen.seen, "processor": machine()["processor"]}


# --- what the trainings say


def compare(rows, base, judge):
    """Each row of a GAN against its `base`, paired by seed: {row: what was found}.

    rows: {row: {seed: a stored training}}. A difference is that of the logarithms of
    the Frechet distance, each a mean over the sets of latents.
    """
    differences = {
        name: [
            _log(run, judge) - _log(rows[base][seed], judge)
            for seed, run in by_seed.items()
            if judge in run and judge in rows[base].get(seed, {})
        ]
        for name, by_seed in rows.items()
        if name != base
    }
    found = ratios(differences)
    for name, entry in found.items():
        entry["diverged"] = len(rows[name]) - entry["seeds"]
    return found


def _log(run, judge):
    return statistics.fmean(math.log(distance) for distance in run[judge])


def comparisons(found):
    """{GAN: {row: the first judge's comparison, `second`: the other's, `cost`}}.

    cost: a training's time as a multiple of the base's, see `cost`.
    """
    whole = {}
    for gan in [*GANS, "path"]:
        rows, base = {}, "tamed" if gan == "path" else NOTHING
        for row in found["rows"]:
            if row["gan"] == gan:
                rows.setdefault(row["row"], {})[row["seed"]] = row
        if base in rows:
            first, second = (
                compare(rows, base, which) for which in ("first", "second")
            )
            for name, entry in first.items():
                entry["cost"] = round(cost(rows[name], rows[base]), 2)
                entry["second"] = second[name]
            whole[gan] = first
    return whole


def cost(row, base):
    """Median over seeds of how many times longer a row's training took than its base's.

    row, base: {seed: a stored training}. Of pairs from one kind of processor, if any.
    """
    pairs = [
        (run, base[seed])
        for seed, run in row.items()
        if "ms" in run and "ms" in base.get(seed, {})
    ]
    alike = [pair for pair in pairs if pair[0]["processor"] == pair[1]["processor"]]
    return statistics.median(_seconds(a) / _seconds(b) for a, b in alike or pairs)


def _seconds(run):
    return run["ms"] * run["steps"] / 1000


def show(row):
    """One line for each training."""
    start = f"{row['gan']:5s} {row['row']:36s} seed {row['seed']}  "
    if "diverged" in row:
        return print(start + "diverged", flush=True)
    means = {k: statistics.fmean(row[k]) for k in ("first", "second", "classes")}
    print(
        f"{start}FD {means['first']:7.2f} {means['second']:7.2f}  classes "
        f"{means['classes']:4.1f}  d {row['d_loss']:6.3f}  slope {row['slope']:6.2f}  "
        f"signal {row['signal']:.2g}  variety {row['variety']:.3f}  {row['ms']:.1f} ms",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[*GANS, "path"], help="of these")
    parser.add_argument("--rows", nargs="*", help="only these rows")
    parser.add_argument("--seeds", default="0-4", help="e.g. 0 or 0-2")
    parser.add_argument("--jobs", type=int, default=2, help="trainings at a time")
    parser.add_argument("--out", type=Path, default=FILE)
    args = parser.parse_args()
    found = json.loads(args.out.read_text()) if args.out.is_file() else {"rows": []}
    done = {(row["gan"], row["row"], row["seed"]) for row in found["rows"]}
    todo = [
        (key, seed)
        for seed in seeds(args.seeds)
        for key in sorted(ROWS, key=lambda key: key[0] != "path")  # the longest first
        if key[0] in args.only and key[1] in (args.rows or [key[1]])
        if (*key, seed) not in done
    ]
    found |= {"machine": machine()}
    start = time.monotonic()
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(args.jobs, mp_context=fresh) as pool:
        waiting = [pool.submit(one, *job) for job in todo]
        for number, future in enumerate(as_completed(waiting), start=1):
            found["rows"].append(future.result())
            show(found["rows"][-1])
            write_json(args.out, found | {"comparisons": comparisons(found)})
            left = (time.monotonic() - start) / number * (len(todo) - number) / 60
            print(f"{number} of {len(todo)}, about {left:.0f} min left", flush=True)


if __name__ == "__main__":
    main()
