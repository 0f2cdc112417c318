"""What a label buys and what it costs: `modern`, with labels, and with clusters.

    python benchmarks/control.py --jobs 2                   # five seeds each: an hour
    python benchmarks/control.py --parts judges inverted    # without what takes longest

It trains nothing: seed 0 is the shipped network, and the others are those that `train`
has left in runs/. Three judges look at 10 000 pictures of each, and at as many whose
digit was asked for. Those with labels or clusters are drawn with several widths of the
styles, too. A fourth classifier is trained on 60 000 fakes with the labels that
they were asked for, and tested on real digits: the classification accuracy score of
Ravuri and Vinyals 2019, arXiv 1905.10887. And 200 test digits are inverted, by `invert`
of notebook 09. Writes benchmarks/control.json after each part and goes on with what is
there: stop it at any time.
"""

import argparse
import json
import os
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import torch
from _common import definitions, finished, machine, seeds
from _pairs import paired, rounded

from gan_utils import metrics
from gan_utils.data import load, to_float
from gan_utils.judge.classifier import JUDGES, Kind, third_judge, train_classifier
from gan_utils.judge.judge import accuracy, load_judge
from gan_utils.judge.reference import open_reference
from gan_utils.judge.verdict import SAMPLE_SEED, judge_images, load_floors
from gan_utils.latent import ask
from gan_utils.recipes import RECIPES
from gan_utils.recipes.labels import given_labels
from gan_utils.results import generate, load_result
from gan_utils.support import paths
from gan_utils.support.files import write_json
from gan_utils.support.randomness import fixed_latents

lesson = definitions("09")
FILE = Path(__file__).with_suffix(".json")
NAMES = ("modern", "modern_labels", "modern_clusters")
PARTS = ("taught", "inverted", "asked", "widths", "judges")
WIDTHS = (1.0, 1.1, 1.2, 1.3)  # of the styles of `LabelledGenerator`
SCORES = ("fd", "precision", "recall", "coverage", "legibility")
SIZES = {"pictures": 10_000, "fakes": 60_000, "inverted": 200, "epochs": 4}
SMALL = {"pictures": 500, "fakes": 1000, "inverted": 4, "epochs": 1}
images = cache(partial(load, "mnist"))


def result(name, seed):
    """The Result of a training: seed 0 ships, others are where `train` leaves them."""
    folder = paths.runs_dir() / f"{name}-{seed}" if seed else paths.weights_dir() / name
    if not folder.is_dir():
        how = f"python -m gan_utils train {name} --seed {seed}"
        raise SystemExit(f"there is no {folder}: {how}")
    return load_result(folder)


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


def widened(G, latent_dim, sizes):
    """{width: {judge: scores}} of pictures whose styles are stretched so much."""
    found = {}
    for width in WIDTHS:
        G.width = width
        seen = look(G, latent_dim, sizes)
        found[str(width)] = {
            which: {name: scores[name] for name in SCORES}
            for which, scores in seen.items()
        }
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
    """{part of a row: what finds it} for a recipe, the slowest first."""
    labels = RECIPES[name].labels
    found = {"taught": taught_by_fakes} if labels is given_labels else {}
    if labels in (None, given_labels):
        found["inverted"] = inverted
    if labels is given_labels:
        found["asked"] = obeyed
    if labels:
        found["widths"] = widened
    return found | {"judges": look}


def part(name, seed, which, sizes, threads):
    """One part of a row. Of "real digits": what `taught` says of as many of them."""
    torch.set_num_threads(threads)
    if name == "real digits":
        n = sizes["fakes"]
        return taught(images().train[:n], images().train_labels[:n], sizes["epochs"])
    found = result(name, seed)
    return parts(name)[which](found.generator, found.latent_dim, sizes)


def about(name, seed):
    """What is known of a training."""
    meta = result(name, seed).meta
    return {key: meta[key] for key in ("steps", "threads", "precision", "torch")}


def compared(rows):
    """What labels and clusters change in a score: pairs of the same seed.

    {recipe: {judge: {score: `paired`}}}; a judge's scores are corrected together. Fewer
    than three pairs say nothing.
    """
    found = {}
    for name in NAMES[1:]:
        keys = [key for key in rows if key.startswith(f"{name}, seed")]
        pairs = [(rows[k], rows.get(k.replace(name, "modern"), {})) for k in keys]
        pairs = [
            (a["judges"], b["judges"]) for a, b in pairs if "judges" in {*a} & {*b}
        ]
        if len(pairs) > 2:
            found[name] = {which: changes(pairs, which) for which in JUDGES}
    return found


def changes(pairs, judge):
    """{score: `paired` of its changes} for pairs of rows, by one judge."""
    table = {}
    for less in (True, False):
        names = [name for name in SCORES if (name == "fd") == less]
        each = {k: [a[judge][k] - b[judge][k] for a, b in pairs] for k in names}
        table |= paired(each, less_is_better=less)
    return {name: rounded(entry) for name, entry in table.items()}


def to_ask(args, rows, sizes):
    """{(key, part): arguments of `part`}: what is missing."""
    how = sizes, max(1, os.cpu_count() // args.jobs)
    trainings = [(name, seed) for seed in args.seeds for name in NAMES]
    asked = {("real digits", "taught"): ("real digits", 0, "taught", *how)}
    for name, seed in trainings:
        row = f"{name}, seed {seed}"
        asked |= {(row, which): (name, seed, which, *how) for which in parts(name)}
    missing = {k: job for k, job in asked.items() if k[1] not in rows.get(k[0], {})}
    return {k: job for k, job in missing.items() if k[1] in args.parts}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=seeds, default=seeds("0-4"))
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS)
    parser.add_argument("--small", action="store_true", help="a test of all parts")
    parser.add_argument("--jobs", type=int, default=1, help="at a time")
    parser.add_argument("--out", type=Path, default=FILE)
    args = parser.parse_args()
    sizes = SMALL if args.small else SIZES
    found = json.loads(args.out.read_text()) if args.out.is_file() else {}
    rows = found.get("rows", {})
    for name in NAMES:
        for seed in args.seeds:
            rows.setdefault(f"{name}, seed {seed}", {})["training"] = about(name, seed)
    for which in JUDGES:  # once, and not in each process
        load_floors(open_reference(images(), which), sizes["pictures"])
    for (key, which), value in finished(part, to_ask(args, rows, sizes), args.jobs):
        rows.setdefault(key, {})[which] = value
        told = {"comparisons": compared(rows), "rows": rows}
        write_json(args.out, {"machine": machine(), **sizes, **told})
        print(key, which, value, flush=True)


if __name__ == "__main__":
    main()
