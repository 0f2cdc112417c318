"""The search for digits that are legible and diverse at once.

    python benchmarks/quality.py               # what is missing; two hours on two cores
    python benchmarks/quality.py --rows plain labels --seeds 0-1
    python benchmarks/quality.py --seconds 430 --rows labels --out longer.json

Its rows are changes of the top of the ladder, which is `modern` as it was before this
search: batches of 64, an average over 10 000 images, and with labels a strength of 3.
Each training makes as many steps as 90 seconds of one thread buy in the number format
that is faster here; what a step of each row costs is measured first, in turn, by a
clock that stops while others have the processor. Averages of G of several lengths are
kept in one training, and latents are drawn with several widths: a width of 1.1
stretches the style of every latent by a tenth, which is the truncation trick turned
round. So a training gives a line for each average and width. Three judges look at
10 000 pictures of each; memorisation is the mean distance of some of them to their
nearest training images, in pixels, over that of test images. All trainings are kept.
Writes benchmarks/quality.json after each and goes on with what is there.
"""

import argparse
import time
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import torch
from _common import earlier, finished, in_turn, machine, seeds
from _pairs import paired, rounded
from ladder import RUNGS, TOP, images
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_utils.config import choose_precision
from gan_utils.data import Batches
from gan_utils.gan import Recipe, build, draw
from gan_utils.judge.classifier import JUDGES
from gan_utils.judge.reference import PAIRS, open_reference
from gan_utils.judge.verdict import SAMPLE_SEED, judge_images
from gan_utils.latent import STYLE, ask
from gan_utils.metrics import nearest
from gan_utils.recipes import knowing
from gan_utils.recipes.labels import given_labels, pixel_clusters, with_labels
from gan_utils.support.files import write_json
from gan_utils.support.randomness import fixed_latents
from gan_utils.training import Callback, fit

FILE = Path(__file__).with_suffix(".json")
SCORES = ("fd", "precision", "recall", "coverage", "legibility")
N = 10_000  # pictures for each verdict
ROUNDS, STEPS = 5, 10  # to measure what a step costs; the first round warms up


@dataclass(frozen=True)
class Row:
    """A recipe, and how it is looked at."""

    recipe: Recipe
    averages: tuple = (10_000, 30_000, 0.05)  # half-lives, in images or as in `grown`
    widths: tuple = (1.0,)  # of the style of the latents
    batches: tuple = ((0.0, 64),)  # (from this share of the cost on, batch size)


# --- what the rows change


def mode_seeking(weight):
    """`labelled` with a reward for styles that look different, within a label.

    G's loss falls by weight * |G(z1) - G(z2)| / |z1 - z2|, the mean over neighbours of
    one label in a batch: Mao et al. 2019, arXiv 1903.05628, eq. 2.
    """

    def seeking(recipe, gan, real, z, labels):
        z, n = ask(z, labels), len(labels)
        fake = gan.G(z)
        both = torch.cat([real, fake.detach()])
        real_logits, fake_logits = gan.D(both, labels.repeat(2)).chunk(2)
        d_loss = recipe.loss.d(real_logits, fake_logits)
        gan.opt_D.zero_grad()
        d_loss.backward()
        gan.opt_D.step()
        order = labels.argsort()
        style, pictures = z[order, :STYLE], fake[order].flatten(1)
        apart = (pictures[1:] - pictures[:-1]).abs().mean(1)
        apart = apart / (style[1:] - style[:-1]).abs().mean(1)
        same = (labels[order][1:] == labels[order][:-1]).float()
        reward = (apart * same).sum() / same.sum().clamp(min=1)
        g_loss = recipe.loss.g(gan.D(fake, labels[:n])) - weight * reward
        gan.opt_G.zero_grad()
        g_loss.backward(inputs=list(gan.G.parameters()))
        gan.opt_G.step()
        return {"d_loss": d_loss, "g_loss": g_loss}

    return seeking


def feature_clusters(image_set, n=100, steps=1500):
    """In which of n clusters of D's features an image is, after so many steps alone.

    The features are those of the last hidden layer of D of `modern`, as in Liu et al.
    2020, arXiv 2006.10728; clustered once, where the paper does it again and again.
    """
    from sklearn.cluster import MiniBatchKMeans

    recipe = plain
    gan = build(recipe, seed=0)
    batches = Batches.of(recipe, image_set.train, seed=0)
    fit(recipe.step, gan, batches, steps=steps, precision=choose_precision("cpu")[0])
    body = torch.nn.Sequential(*gan.D.net[:-2]).eval()
    with torch.no_grad():
        parts = [
            body(part.unsqueeze(1) / 127.5 - 1) for part in image_set.train.split(1000)
        ]
    means = MiniBatchKMeans(n, random_state=0, n_init=3, batch_size=2048)
    return torch.from_numpy(means.fit_predict(torch.cat(parts).numpy())).long()


def clusters_in_classes(image_set, n=30):
    """Labels (N,): which of n clusters of its pixels an image is in, in each class."""
    found = torch.zeros_like(image_set.train_labels)
    for digit in image_set.train_labels.unique():
        own = image_set.train_labels == digit
        only = replace(image_set, train=image_set.train[own])
        found[own] = int(digit) * n + pixel_clusters(only, n)
    return found


plain = RUNGS[TOP]
told = partial(knowing, plain)
labels = told(10, given_labels)
ONCE, BOTH = {"averages": (10_000,)}, {"averages": (10_000,), "widths": (1.0, 1.1)}
GROWS = {"batches": ((0.0, 32), (0.25, 64), (0.6, 128))}
weak = told(10, given_labels, strength=1.0)
ROWS = {
    "plain": Row(plain),
    "batch grows": Row(plain, **ONCE, **GROWS),
    "batch grows from 16": Row(
        plain, **ONCE, batches=((0.0, 16), (0.15, 32), (0.4, 64), (0.7, 128))
    ),
    "larger batch late": Row(plain, **ONCE, batches=((0.0, 64), (0.6, 128))),
    "labels": Row(labels, **BOTH),
    "labels, strength 0.3": Row(told(10, given_labels, strength=0.3), **ONCE),
    "labels, strength 1": Row(weak, **ONCE),
    "labels, strength 10": Row(told(10, given_labels, strength=10.0), **ONCE),
    "labels, mode seeking 1": Row(replace(labels, update=mode_seeking(1.0)), **BOTH),
    "labels, mode seeking 3": Row(replace(labels, update=mode_seeking(3.0)), **BOTH),
    "labels, strength 1, batch grows": Row(weak, **BOTH, **GROWS),
    "labels, strength 1, batch grows, mode seeking 1": Row(
        replace(weak, update=mode_seeking(1.0)), **BOTH, **GROWS
    ),
    "30 clusters in each class": Row(told(300, clusters_in_classes), **ONCE),
    "30 clusters": Row(told(30, partial(pixel_clusters, n=30)), **ONCE),
    "100 clusters": Row(told(100, pixel_clusters), **BOTH),
    "100 clusters, strength 1, batch grows": Row(
        told(100, pixel_clusters, strength=1.0), **BOTH, **GROWS
    ),
    "300 clusters": Row(told(300, partial(pixel_clusters, n=300)), **ONCE),
    "100 clusters of D's features": Row(told(100, feature_clusters), **ONCE),
}


# --- what a step costs


def begin(name, seed, batch_size):
    """(recipe that fits MNIST, its batches): of this size, of this seed."""
    recipe, found = fitting(name)
    recipe = replace(recipe, batch_size=batch_size, ema_images=0)
    how = {"seed": seed, "labels": found}
    return recipe, Batches.of(recipe, images().train, **how)


@cache
def fitting(name):
    """`with_labels` of a row: clusters are found once in each process."""
    return with_labels(ROWS[name].recipe, images())


def step_seconds(names, known, precision):
    """{"row, batch size": seconds of a step on one thread}, all in turn.

    known: what was measured earlier, and stays. New ones are told on its scale.
    """
    every = [(name, batch) for name in names for _, batch in ROWS[name].batches]
    new = [key for key in every if f"{key[0]}, {key[1]}" not in known]
    if not new:
        return known
    torch.set_num_threads(1)
    new = [*new, ("plain", 64)]
    begun = {key: begin(key[0], 0, key[1]) for key in dict.fromkeys(new)}
    gans = {key: build(recipe, seed=0) for key, (recipe, _) in begun.items()}
    calls = {
        f"{name}, {batch}": partial(thread_seconds, *each, gans[name, batch], precision)
        for (name, batch), each in begun.items()
    }
    costs = in_turn(calls, ROUNDS)
    scale = known.get("plain, 64", costs["plain, 64"]) / costs["plain, 64"]
    return {key: scale * cost for key, cost in costs.items()} | known


def thread_seconds(recipe, batches, gan, precision):
    """Seconds of this thread that each of the next steps takes."""
    start = time.thread_time()
    fit(recipe.step, gan, batches, steps=gan.step + STEPS, precision=precision)
    return (time.thread_time() - start) / STEPS


def stages(name, seconds, costs):
    """[(steps, batch size)] that these seconds of one thread buy."""
    starts = [share for share, _ in ROWS[name].batches] + [1.0]
    return [
        (round((end - start) * seconds / costs[f"{name}, {batch}"]), batch)
        for start, end, (_, batch) in zip(starts, starts[1:], ROWS[name].batches)
    ]


# --- one training, and what three judges say


def grown(half, batch_size):
    """What updates an average that forgets half in so many images.

    half below 1: in this share of the images so far, so that it is short at first and
    long at last, as `ema_rampup` in the code of Karras et al. 2020, arXiv 2006.06676.
    """

    def update(averages, weights, count):
        images = half if half >= 1 else half * batch_size * int(count)
        get_ema_multi_avg_fn(0.5 ** (batch_size / images))(averages, weights, count)

    return update


class Averages(Callback):
    """Averages of G of several half-lives, beside one training."""

    def __init__(self, G, halves):
        self.models = {half: AveragedModel(G, use_buffers=True) for half in halves}

    def start(self, run):
        """The batch size may be another one from here on."""
        for half, model in self.models.items():
            model.multi_avg_fn = grown(half, run.batches.batch_size)

    def step(self, run):
        """After each step of G."""
        for model in self.models.values():
            model.update_parameters(run.model.G)


def one(name, seed, plan, precision):
    """Lines of quality.json: train a row, and ask the judges about each look at it."""
    torch.set_num_threads(1)
    start = time.monotonic()
    gan = build(begin(name, seed, plan[0][1])[0], seed=seed)
    averages = Averages(gan.G, ROWS[name].averages)
    for steps, batch in plan:
        recipe, batches = begin(name, seed, batch)
        how = {"steps": gan.step + steps, "precision": precision}
        fit(recipe.step, gan, batches, **how, callbacks=[averages])
    took = round(time.monotonic() - start, 1)
    known = {"row": name, "seed": seed, "steps": gan.step, "took": took}
    return [
        known | {"average": half, "width": width} | looked(model.module, recipe, width)
        for half, model in averages.models.items()
        for width in ROWS[name].widths
    ]


def looked(G, recipe, width):
    """{judge: its scores} of pictures with styles of this width, and memorisation."""
    z = fixed_latents(N, recipe.latent_dim, SAMPLE_SEED)
    z[:, :STYLE] *= width
    pictures = torch.cat([draw(G, part) for part in z.split(500)])
    found = {}
    for which in JUDGES:
        reference = open_reference(images(), which)
        scores = judge_images(reference, pictures, quick=True)["metrics"]
        found[which] = {key: round(scores[key], 4) for key in SCORES}
    near = nearest(pictures[:PAIRS], images().train)[0].mean()
    ratio = near / reference.pixels_to_train.mean()
    return found | {"memorisation_pixels": round(ratio.item(), 4)}


# --- what the trainings say


def key_of(line):
    """How a line is called in the tables: what is not as usual is told."""
    told, average = [line["row"]], line["average"]
    if average != 10_000:
        share = f"{average:.0%} of all" if average < 1 else f"{average:,}"
        told.append(f"average over {share}")
    if line["width"] != 1:
        told.append(f"width {line['width']:g}")
    return "; ".join(told)


def summary(lines):
    """{line: {judge: {score: [of each seed]}, "memorisation_pixels", "seeds"}}."""
    found = {}
    for line in sorted(lines, key=lambda line: line["seed"]):
        entry = found.setdefault(key_of(line), {"seeds": [], "memorisation_pixels": []})
        entry["seeds"].append(line["seed"])
        entry["memorisation_pixels"].append(line["memorisation_pixels"])
        for which in JUDGES:
            scores = entry.setdefault(which, {})
            for name in SCORES:
                scores.setdefault(name, []).append(line[which][name])
    return found


def comparisons(lines, against="plain"):
    """{judge: {score: {line: `paired` with `against`, by seed}}}, Holm over lines.

    Only of lines that have all its seeds: others are not compared yet.
    """
    by_key = {}
    for line in lines:
        by_key.setdefault(key_of(line), {})[line["seed"]] = line
    base, found = by_key.get(against, {}), {}
    for which in JUDGES:
        for name in SCORES:
            each = {
                key: [
                    seen[seed][which][name] - base[seed][which][name]
                    for seed in sorted(seen.keys() & base.keys())
                ]
                for key, seen in by_key.items()
                if key != against and seen.keys() >= base.keys()
            }
            table = paired(each, less_is_better=name == "fd")
            rows = {key: rounded(entry) for key, entry in table.items()}
            found.setdefault(which, {})[name] = rows
    return found


def concluded(found):
    """The contents of the file with its tables, rows in the order of ROWS."""
    order = [*ROWS]
    lines = sorted(found["rows"], key=lambda line: order.index(line["row"]))
    tables = {"summary": summary(lines), "comparisons": comparisons(lines)}
    return found | {"rows": lines} | tables


def show(line):
    """One line of text."""
    form = "{fd:.2f} P{precision:.3f} R{recall:.3f} C{coverage:.3f} L{legibility:.3f}"
    told = "  ".join(form.format(**line[which]) for which in JUDGES)
    print(f"{key_of(line):58s} seed {line['seed']}  {told}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="*", default=[*ROWS], metavar="ROW")
    parser.add_argument("--seeds", type=seeds, default=seeds("0-4"), help="e.g. 0-2")
    parser.add_argument("--seconds", type=float, default=90, help="of one thread")
    parser.add_argument("--jobs", type=int, default=2, help="trainings at a time")
    parser.add_argument("--out", type=Path, default=FILE)
    args = parser.parse_args()
    if unknown := set(args.rows) - set(ROWS):
        parser.error(f"no row {sorted(unknown)}; there are {', '.join(ROWS)}")
    found, precision = earlier(args.out, args.seconds), choose_precision("cpu")[0]
    costs = step_seconds(args.rows, found["step_seconds"], precision)
    found["step_seconds"] = costs
    done = {(line["row"], line["seed"]) for line in found["rows"]}
    todo = [(name, seed) for seed in args.seeds for name in args.rows]
    todo = [job for job in todo if job not in done]
    if todo:
        found["machine"] = machine()
    for which in JUDGES:  # once, and not in each process
        open_reference(images(), which)
    plans = {name: stages(name, args.seconds, costs) for name in args.rows}
    jobs = {job: (*job, plans[job[0]], precision) for job in todo}
    for _, lines in finished(one, jobs, args.jobs):
        found["rows"] += lines
        for line in lines:
            show(line)
        write_json(args.out, concluded(found))
    write_json(args.out, concluded(found))


if __name__ == "__main__":
    main()
