"""A verdict: every measure of a set of pictures, each beside what real images score."""

import json
import tomllib
from pathlib import Path

from gan_utils import metrics
from gan_utils.judge.judge import kept
from gan_utils.judge.reference import PAIRS, floors
from gan_utils.metrics import frechet_distance, nearest
from gan_utils.results import generate
from gan_utils.support.files import write_json

SAMPLE_SEED = 10_000  # of the latents of judged generators; trainings use others
N_SAMPLES = 10_000  # pictures of a generator for a published verdict
FEWEST = 256  # pictures: 128 features need more than 128 for a covariance
SURE = 0.9  # a picture is legible if one class has a probability above this
MOST = 60_000  # as many as MNIST's training images; their distances fit the memory

# key -> [what it is called, how it is shown, which way is better]
METRICS = tomllib.loads(Path(__file__).with_name("metrics.toml").read_text("utf-8"))


def check_count(n):
    """Raise ValueError unless n pictures are FEWEST to MOST."""
    if not FEWEST <= n <= MOST:
        raise ValueError(f"{n} pictures; a verdict needs {FEWEST} to {MOST} of them")


def judge_images(reference, fakes, *, quick=False):
    """The verdict on fakes uint8 (N, 28, 28), as a dict that JSON can hold.

    quick: without the kernel distance and memorisation. "metrics" maps each key of
    METRICS to its value, "floors" to what as many real training images score. The
    memorisation ratio is the mean distance of fakes to their nearest training image
    over that of test images: far below 1 means copies.
    Raises ValueError for fewer than 256 pictures and for more than 60 000.
    """
    check_count(len(fakes))
    features, probabilities = reference.judge.look(fakes)
    classes = len(reference.images.classes)
    counts = metrics.class_counts(probabilities.argmax(1), classes)
    values = {"fd": frechet_distance(features, reference.test)}
    values |= metrics.neighbourhoods(reference.balls, features)
    values["class_kl"] = metrics.class_divergence(counts, reference.class_counts)
    values["legibility"] = (probabilities.amax(1) > SURE).float().mean().item()
    if not quick:
        values |= _slower(reference, fakes, features)
    judge, images = reference.judge, reference.images
    verdict = {"judge": str(judge), "judge_sha256": judge.sha256}
    verdict |= {"dataset": images.name, "n": len(fakes), "n_real": len(reference.test)}
    verdict["metrics"] = {name: values[name] for name in METRICS if name in values}
    verdict["floors"] = load_floors(reference, len(fakes))
    missing = metrics.missing_classes(counts, reference.class_counts)
    return verdict | {"class_counts": counts.tolist(), "missing": missing}


def judge_generator(reference, result, *, n=N_SAMPLES, seed=SAMPLE_SEED, quick=False):
    """The verdict on n pictures of a Result's generator, from latents of `seed`."""
    fakes = generate(result.generator, n, latent_dim=result.latent_dim, seed=seed)
    return judge_images(reference, fakes, quick=quick)


def _slower(reference, fakes, features):
    kid, _ = metrics.subset_kernel_distance(reference.test, features)
    to_train = metrics.nearest_distance(features, reference.train).mean()
    pixels = nearest(fakes[:PAIRS], reference.images.train)[0].mean()
    return {
        "kid": 1000 * kid,
        "memorisation": (to_train / reference.to_train.mean()).item(),
        "memorisation_pixels": (pixels / reference.pixels_to_train.mean()).item(),
    }


def load_floors(reference, n):
    """Floors for n pictures: {metric: [mean, sd]}; kept after the first time."""
    n = min(n, len(reference.train))
    digests = f"{reference.judge.sha256[:12]}_{reference.images.digest[:12]}"
    file = kept(f"floor_{digests}_{len(reference.train)}_{n}.json")
    if not file.is_file():
        found = floors(reference, n)
        found["kid"] = tuple(1000 * value for value in found["kid"])
        sure = (reference.confidence > SURE).float().mean().item()
        found["legibility"] = (sure, 0.0)
        found["memorisation"] = found["memorisation_pixels"] = (1.0, 0.0)
        write_json(file, {name: list(found[name]) for name in METRICS})
    return json.loads(file.read_text())


def as_table(verdict):
    """Lines of text: each metric, its floor, and which way is better."""
    lines = [
        f"{verdict['n']} pictures against {verdict['n_real']} test images of "
        f"{verdict['dataset']}; {verdict['judge']}",
        f"{'':24s} {'value':>9s}  {'floor: real images':20s} better",
    ]
    for name, value in verdict["metrics"].items():
        title, form, better = METRICS[name]
        mean, sd = verdict["floors"][name]
        floor = form.format(mean) + (f" +- {form.format(sd)}" if sd else "")
        lines.append(f"{title:24s} {form.format(value):>9s}  {floor:20s} {better}")
    shares = [count / verdict["n"] for count in verdict["class_counts"]]
    lines.append("share of each class     " + " ".join(f"{s:5.1%}" for s in shares))
    missing = ", ".join(map(str, verdict["missing"])) or "none"
    lines.append(f"missing classes          {missing}")
    return lines
