"""What a label buys and what it costs: `modern`, with labels, and with clusters.

    python benchmarks/control.py                       # five seeds each: three hours
    python benchmarks/control.py --seeds 0 --seconds 60
    python benchmarks/control.py --shipped             # the networks in weights/

Each recipe trains for the same processor seconds on one thread, whatever else the
machine does. Three judges look at 10 000 pictures, and at as many whose digit was asked
for. A fourth classifier is trained on 60 000 fakes with the labels that they were asked
for, and tested on real digits: the classification accuracy score of Ravuri and Vinyals
2019, arXiv 1905.10887. And 200 test digits are inverted, by `invert` of notebook 09.
Writes benchmarks/control.json after each part and goes on with what is there: stop it
at any time; --minutes does.
"""

import argparse
import json
import time
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from statistics import fmean

import torch
from _common import definitions, machine, seeds
from lab import interval

from gan_utils import metrics
from gan_utils.callbacks.checkpoint import Checkpoint
from gan_utils.config import choose_precision
from gan_utils.data import Batches, load, to_float
from gan_utils.gan import build
from gan_utils.judge.classifier import JUDGES, Kind, third_judge, train_classifier
from gan_utils.judge.judge import accuracy, load_judge
from gan_utils.judge.reference import open_reference
from gan_utils.judge.verdict import SAMPLE_SEED, judge_images
from gan_utils.latent import ask
from gan_utils.recipes import RECIPES
from gan_utils.recipes.labels import given_labels, with_labels
from gan_utils.results import generate, load_shipped
from gan_utils.support import paths
from gan_utils.support.files import write_json
from gan_utils.support.randomness import fixed_latents
from gan_utils.training import Callback, fit

lesson = definitions("09")
FILE = Path(__file__).with_suffix(".json")
NAMES = ("modern", "modern_labels", "modern_clusters")
SCORES = ("fd", "precision", "recall", "coverage", "legibility")
SIZES = {"pictures": 10_000, "fakes": 60_000, "inverted": 200, "epochs": 4}
SMALL = {"pictures": 500, "fakes": 1000, "inverted": 4, "epochs": 1}
images = cache(partial(load, "mnist"))


class Clock(Callback):
    """Counts what the processor did in place of time, and stops in time."""

    def __init__(self, end):
        self.end_at = end  # of the program, as time.monotonic() tells it

    def start(self, run):
        """Go on from where a resumed run was."""
        self.before, self.zero = run.history.seconds, time.thread_time()

    def step(self, run):
        """Put the clock of the run right."""
        run.seconds = self.before + time.thread_time() - self.zero
        if time.monotonic() > self.end_at:
            run.asked.set()


def trained(name, seed, seconds, precision, end):
    """G after so many processor seconds, in eval mode, and its History."""
    folder = paths.runs_dir() / "control" / f"{name}-{seed}-{seconds:g}s"
    recipe, labels = with_labels(RECIPES[name], images())
    gan = build(recipe, seed=seed)
    batches = Batches.of(recipe, images().train, seed=seed, labels=labels)
    callbacks = [Checkpoint(folder / "checkpoint.pt", resume=True), Clock(end)]
    how = {"schedule": recipe.schedule, "precision": precision, "callbacks": callbacks}
    history = fit(recipe.step, gan, batches, seconds=seconds, **how)
    return gan.sampler().eval(), recipe.latent_dim, history


def look(G, latent_dim, sizes):
    """{judge: scores of pictures from random latents}."""
    how = {"latent_dim": latent_dim, "seed": SAMPLE_SEED}
    fakes = generate(G, sizes["pictures"], **how)
    found = {}
    for which in JUDGES:
        verdict = judge_images(open_reference(images(), which), fakes, quick=True)
        scores = {name: round(verdict["metrics"][name], 4) for name in SCORES}
        floors = {name: round(verdict["floors"][name][0], 4) for name in SCORES}
        counts = verdict["class_counts"]
        found[which] = scores | {"floors": floors, "class_counts": counts}
    return found


def obeyed(G, latent_dim, sizes):
    """{judge: {digit: share of its pictures that are read as it}}, asked for evenly."""
    labels = torch.arange(sizes["pictures"]) % 10
    how = {"latent_dim": latent_dim, "seed": SAMPLE_SEED + 1}
    fakes, found = generate(G, len(labels), label=labels, **how), {}
    for which in JUDGES:
        read = load_judge(images(), which).look(fakes)[1].argmax(1)
        right = [(read[labels == k] == k).float().mean().item() for k in range(10)]
        found[which] = {str(k): round(share, 4) for k, share in enumerate(right)}
    return found


def taught(pictures, labels, epochs, seed=4):
    """Accuracy on the real test digits of a classifier that these have taught."""
    kind = Kind(third_judge, seed=seed, epochs=epochs, distort=lambda x, rng: x)
    given = replace(images(), train=pictures, train_labels=labels)
    net = train_classifier(kind, given, epochs=epochs)
    return round(accuracy(net, images().test, images().test_labels), 4)


def taught_by_fakes(G, latent_dim, sizes):
    """`taught` by fakes, each with the label that its latent asks for."""
    how = {"latent_dim": latent_dim, "seed": SAMPLE_SEED + 2}
    labels = G.label(fixed_latents(sizes["fakes"], latent_dim, how["seed"]))
    return taught(generate(G, sizes["fakes"], **how), labels, sizes["epochs"])


def inverted(G, latent_dim, sizes):
    """Errors of test digits beside those of their nearest training images.

    A G with labels is asked for the digit that the first judge reads.
    """
    rng = torch.Generator().manual_seed(3)
    chosen = torch.randperm(len(images().test), generator=rng)[: sizes["inverted"]]
    digits, paint = images().test[chosen], G
    if hasattr(G, "label"):
        read = load_judge(images()).look(digits)[1].argmax(1)
        paint = lambda z: G(ask(z, read.repeat(4)))  # noqa: E731
    z = fixed_latents(4 * len(digits), latent_dim, SAMPLE_SEED + 3)
    latents, error = lesson.invert(paint, z, to_float(digits))
    near = metrics.nearest(digits, images().train)[0][:, 0].square() / 784
    values = {
        "mean": error.mean(),
        "median": error.median(),
        "neighbour mean": near.mean(),
        "neighbour median": near.median(),
        "below": (error < near).float().mean(),
        "length": latents[:, :64].norm(dim=1).mean(),
    }
    return {name: round(value.item(), 5) for name, value in values.items()}


def parts(name):
    """{key of an entry: what finds it} for a recipe."""
    found = {"judges": look}
    if RECIPES[name].labels is given_labels:
        found |= {"asked": obeyed, "taught": taught_by_fakes}
    if RECIPES[name].labels in (None, given_labels):
        found["inverted"] = inverted
    return found


def compared(rows):
    """What labels and clusters change in a score: pairs of the same seed and seconds.

    {recipe: {judge: {score: {"mean", "low", "high", "seeds"}}}}; fewer than three pairs
    say nothing.
    """
    found = {}
    for name in NAMES[1:]:
        keys = [key for key in rows if key.startswith(f"{name}, seed")]
        pairs = [(rows[k], rows.get(k.replace(name, NAMES[0]), {})) for k in keys]
        pairs = [
            (a["judges"], b["judges"]) for a, b in pairs if "judges" in {*a} & {*b}
        ]
        if len(pairs) < 3:
            continue
        for which in JUDGES:
            for score in SCORES:
                change = [a[which][score] - b[which][score] for a, b in pairs]
                low, high = interval(change)
                entry = {"mean": fmean(change), "low": low, "high": high}
                entry = {key: round(value, 4) for key, value in entry.items()}
                where = found.setdefault(name, {}).setdefault(which, {})
                where[score] = entry | {"seeds": len(change)}
    return found


def subjects(args, precision, end):
    """(key, recipe, what gives G, its latent_dim and what is known of it)."""
    if args.shipped:
        for name in NAMES:
            yield f"{name}, shipped", name, partial(shipped, name)
        return
    for seed in args.seeds:
        for name in NAMES:
            key = f"{name}, seed {seed}, {args.seconds:g} s"
            yield key, name, partial(made, name, seed, args.seconds, precision, end)


def shipped(name):
    """The network in weights/."""
    result = load_shipped(name)
    known = {key: result.meta[key] for key in ("steps", "precision", "threads")}
    return result.generator, result.latent_dim, known


def made(name, seed, seconds, precision, end):
    """A network trained here; SystemExit if the time is over first."""
    G, latent_dim, history = trained(name, seed, seconds, precision, end)
    if history.stopped == "interrupted":
        raise SystemExit(f"{name}, seed {seed}: to be continued")
    return G, latent_dim, {"steps": len(history), "precision": precision}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=seeds, default=seeds("0-4"))
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--minutes", type=float, default=1e9, help="then stop")
    parser.add_argument("--shipped", action="store_true")
    parser.add_argument("--small", action="store_true", help="a test of all parts")
    parser.add_argument("--out", type=Path, default=FILE)
    args = parser.parse_args()
    torch.set_num_threads(1)
    sizes, end = SMALL if args.small else SIZES, time.monotonic() + 60 * args.minutes
    found = json.loads(args.out.read_text()) if args.out.is_file() else {}
    precision = found.get("precision") or choose_precision("cpu")[0]
    about, rows = machine() | {"precision": precision, **sizes}, found.get("rows", {})

    def keep(key, part, value):
        rows.setdefault(key, {})[part] = value
        content = {**about, "comparisons": compared(rows), "rows": rows}
        write_json(args.out, content)
        print(key, part, value, flush=True)

    def late():
        if time.monotonic() > end:
            raise SystemExit("to be continued")

    if "taught" not in rows.get("real digits", {}):
        real = images().train[: sizes["fakes"]], images().train_labels[: sizes["fakes"]]
        keep("real digits", "taught", taught(*real, sizes["epochs"]))
    for key, name, give in subjects(args, precision, end):
        todo = [part for part in parts(name) if part not in rows.get(key, {})]
        if todo:
            late()
            G, latent_dim, known = give()
            for part in todo:
                late()
                keep(key, part, parts(name)[part](G, latent_dim, sizes))
            keep(key, "training", known)


if __name__ == "__main__":
    main()
