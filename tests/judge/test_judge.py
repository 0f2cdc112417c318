"""The judge: what it must be, and that every measure moves the right way."""

import json
import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from gan_utils import data, metrics
from gan_utils.judge import judge, reference, verdict
from gan_utils.judge.classifier import JUDGES, bent, brier, turned
from gan_utils.support import paths
from gan_utils.support.weights import ResultError

N = 1500  # fakes; the floor is measured for as many


@pytest.fixture(scope="module")
def images():
    """Six thousand real images: enough for the sanity of a measure.

    All are training images, drawn at random, so that both parts have the same writers.
    Those of the test digits are others, which by itself is a distance.
    """
    whole = data.load("auto")
    random = torch.Generator().manual_seed(7)
    train, test = torch.randperm(len(whole.train), generator=random)[:6000].split(4000)
    part = {"train": whole.train[train], "train_labels": whole.train_labels[train]}
    part |= {"test": whole.train[test], "test_labels": whole.train_labels[test]}
    return replace(whole, **part)


@pytest.fixture(scope="module")
def first(images):
    fitting = judge.load_judge(images, epochs=8)  # the shipped one, if it is MNIST
    return reference.load_reference(images, fitting, say=lambda text: None)


@pytest.fixture(scope="module")
def verdict_on(first):
    """A function: fakes -> (metrics, floors as means, the whole verdict)."""

    def judged(fakes):
        found = verdict.judge_images(first, fakes)
        floors = {name: mean for name, (mean, sd) in found["floors"].items()}
        return found["metrics"], floors, found

    return judged


@pytest.fixture(scope="module")
def unseen(images):
    """Real images: training images of another draw than those of the floors."""
    random = torch.Generator().manual_seed(99)
    return images.train[torch.randperm(len(images.train), generator=random)[:N]]


# --- what the judges are


@pytest.mark.parametrize(
    "name, least", [("first", 0.996), ("second", 0.995), ("third", 0.99)]
)
def test_a_shipped_judge_is_accurate_small_and_has_128_features(name, least):
    stem = paths.weights_dir() / "judge" / name
    shipped = judge.read_judge(stem)
    assert stem.with_suffix(".safetensors").stat().st_size < 1_000_000
    assert shipped.meta["accuracy"] >= least and shipped.meta["dataset"] == "MNIST"
    whole = data.load("auto")
    features, _ = shipped.look(whole.test[:600])
    assert features.shape == (600, 128)
    assert features.min() < 0, "features are taken before the activation"
    found = judge.accuracy(shipped.net, whole.test, whole.test_labels)
    if whole.digest == shipped.meta["digest"]:
        assert found == pytest.approx(shipped.meta["accuracy"], abs=2e-4)
    else:  # digits of other writers, from other images
        assert found > 0.8


def test_the_judges_are_different_networks_from_different_seeds():
    kinds = JUDGES.values()
    shapes = {tuple(p.shape for p in kind.build().parameters()) for kind in kinds}
    assert len(shapes) == len({kind.seed for kind in kinds}) == len(JUDGES) == 3


def test_the_third_judge_is_of_another_kind():
    *others, third = JUDGES.values()
    assert third.distort not in {kind.distort for kind in others}
    assert third.loss not in {kind.loss for kind in others}


def test_the_brier_score_by_hand():
    """Least for the true probabilities, which need not be sure ones."""
    logits = torch.tensor([[0.0, math.log(3)]])  # probabilities 1/4 and 3/4
    assert brier(logits, torch.tensor([1])).item() == pytest.approx(2 / 16)
    assert brier(logits, torch.tensor([0])).item() == pytest.approx(2 * 9 / 16)

    def expected(p):  # of a class that comes in three of four cases
        logits = torch.tensor([[0.0, math.log(p / (1 - p))]])
        one, other = (brier(logits, torch.tensor([k])) for k in (1, 0))
        return 0.75 * one + 0.25 * other

    assert expected(0.75) < min(expected(0.65), expected(0.85))


@pytest.mark.parametrize("distort", [turned, bent])
def test_distorted_images_stay_images_and_follow_their_random_numbers(distort, images):
    some = data.to_float(images.train[:8])
    seeds = (torch.Generator().manual_seed(seed) for seed in (1, 1, 2))
    once, again, other = (distort(some, random) for random in seeds)
    assert once.shape == some.shape and -1 <= once.min() and once.max() <= 1.001
    assert torch.equal(once, again) and not torch.allclose(once, other, atol=0.1)
    assert not torch.allclose(once, some, atol=0.5)
    ink = [x.add(1).sum().item() for x in (once, some)]
    assert ink[0] == pytest.approx(ink[1], rel=0.2), "bent or turned, not wiped out"


def test_a_damaged_judge_is_refused_by_its_checksum(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "weights_dir", lambda: tmp_path)
    net = JUDGES["second"].build()
    judge.save_judge(net, {"judge": "second", "n_classes": 10}, tmp_path / "judge/x")
    (tmp_path / "manifest.json").write_text(json.dumps({"files": {}}))
    with pytest.raises(ResultError, match="differs from the manifest"):
        judge.read_judge(tmp_path / "judge/x")


def test_another_data_set_gets_a_judge_of_its_own_once(capsys):
    digits = data.load("offline")
    some = replace(
        digits,
        train=digits.train[:1500],
        train_labels=digits.train_labels[:1500],
        digest="another",
    )
    made = judge.load_judge(some, "second", epochs=6)
    assert "training the second judge for offline digits" in capsys.readouterr().out
    assert made.meta["accuracy"] > 0.5 and made.meta["digest"] == "another"
    again = judge.load_judge(some, "second", epochs=6)
    assert capsys.readouterr().out == "" and again.sha256 == made.sha256


# --- sanity: real images are on the floor, and damage is seen


def test_a_floor_draws_at_random_from_images_that_are_sorted_by_writer(monkeypatch):
    """Several draws, each far nearer to the test images than the first images are."""
    writer = torch.linspace(-1, 1, 3000)[:, None].expand(3000, 4)
    random = torch.Generator().manual_seed(0)
    train, test = torch.randn(2, 3000, 4, generator=random)
    train, test = train + writer, test + writer.flip(0)  # who wrote first, wrote last
    balls = reference.metrics.radii(test, 5)
    classes, ten = torch.arange(3000) % 10, SimpleNamespace(classes="0123456789")
    known = reference.Reference("", ten, train, test, balls, test, classes, test, test)
    seen = []

    def watched(real, test):
        seen.append(real)
        return metrics.frechet_distance(real, test)

    monkeypatch.setattr(reference, "frechet_distance", watched)
    mean, sd = reference.floors(known, 500)["fd"]
    first = metrics.frechet_distance(train[:500], test[:500])
    assert 0 < sd < mean and mean + 10 * sd < first
    drawn = [(real[:, :1] == train[:, 0]).nonzero()[:, 1] for real in seen]
    assert all(500 < d.min() + d.max() < 5500 and len(d.unique()) == 500 for d in drawn)
    assert not torch.equal(drawn[0].sort().values, drawn[1].sort().values)


def test_real_images_land_on_the_floor(verdict_on, unseen):
    metrics, floors, found = verdict_on(unseen)
    assert metrics["fd"] == pytest.approx(floors["fd"], rel=0.2)
    for name in ("precision", "recall", "density", "coverage"):
        assert metrics[name] == pytest.approx(floors[name], abs=0.04)
    assert metrics["class_kl"] < 0.01 and found["missing"] == []
    assert found["n"] == N and sum(found["class_counts"]) == N


def test_test_images_are_no_copies_and_training_images_are(verdict_on, images, unseen):
    """Copies are perfect by every measure but one."""
    assert verdict_on(images.test[:N])[0]["memorisation"] == pytest.approx(1, abs=0.1)
    copies = verdict_on(unseen)[0]
    assert copies["memorisation"] < 0.05 and copies["memorisation_pixels"] < 0.05


def test_blur_is_seen(verdict_on, unseen):
    """By the distances and by variety; precision is content with blurred digits."""
    kernel = torch.full((1, 1, 5, 5), 1 / 25)
    blurred = F.conv2d(unseen[:, None].float(), kernel, padding=2)[:, 0]
    metrics, floors, _ = verdict_on(blurred.to(torch.uint8))
    assert metrics["fd"] > 5 * floors["fd"]
    assert metrics["coverage"] < 0.6 * floors["coverage"]


def test_noise_is_seen(verdict_on, unseen):
    random = torch.Generator().manual_seed(0)
    noise = 60 * torch.randn(unseen.shape, generator=random)
    noisy = (unseen + noise).clamp(0, 255).to(torch.uint8)
    metrics, floors, _ = verdict_on(noisy)
    assert metrics["fd"] > 5 * floors["fd"]
    assert metrics["precision"] < 0.8 * floors["precision"]
    assert metrics["coverage"] < 0.6 * floors["coverage"]


def test_two_missing_classes_are_seen_and_named(verdict_on, images, first):
    kept = images.train[(images.train_labels != 3) & (images.train_labels != 8)][:N]
    metrics, floors, found = verdict_on(kept)
    assert found["missing"] == [3, 8]
    assert metrics["class_kl"] > 20 * floors["class_kl"]
    assert metrics["fd"] > 2 * floors["fd"]
    assert metrics["recall"] < 0.95 * floors["recall"]
    assert metrics["coverage"] < 0.95 * floors["coverage"]
    assert metrics["precision"] == pytest.approx(floors["precision"], abs=0.03)


def test_duplicates_are_seen(verdict_on, unseen):
    """Thirty pictures, fifty times: precise, and no variety."""
    metrics, floors, _ = verdict_on(unseen[:30].repeat(N // 30, 1, 1))
    assert metrics["coverage"] < 0.3 * floors["coverage"]
    assert metrics["recall"] < 0.3 * floors["recall"]
    assert metrics["fd"] > 5 * floors["fd"]
    assert metrics["precision"] > 0.7 * floors["precision"]


def test_collapse_to_one_digit_is_seen(verdict_on, images):
    ones = images.train[images.train_labels == 1]
    metrics, floors, found = verdict_on(ones.repeat(N // len(ones) + 1, 1, 1)[:N])
    assert found["missing"] == [0, 2, 3, 4, 5, 6, 7, 8, 9]
    assert metrics["fd"] > 20 * floors["fd"]
    assert metrics["class_kl"] > 100 * floors["class_kl"]
    assert metrics["coverage"] < 0.3 * floors["coverage"]


def test_kernel_distance_is_zero_for_real_images_and_grows(verdict_on, unseen, images):
    ones = images.train[images.train_labels == 1]
    assert abs(verdict_on(unseen)[0]["kid"]) < 0.02 * verdict_on(ones)[0]["kid"]


def test_real_digits_are_legible_and_what_lies_between_two_is_not(verdict_on, unseen):
    metrics, floors, _ = verdict_on(unseen)
    assert metrics["legibility"] == pytest.approx(floors["legibility"], abs=0.05)
    between = unseen.float().add(unseen.roll(1, 0).float()).div(2).to(torch.uint8)
    assert verdict_on(between)[0]["legibility"] < floors["legibility"] - 0.2


def test_too_few_pictures_are_refused(first):
    with pytest.raises(ValueError, match="9 pictures; a verdict needs 256 to 60000"):
        verdict.judge_images(first, torch.zeros(9, 28, 28, dtype=torch.uint8))


def test_a_table_has_a_line_for_each_metric_beside_its_floor(verdict_on, unseen):
    lines = verdict.as_table(verdict_on(unseen)[2])
    assert lines[0].startswith(f"{N} pictures against 2000 test images")
    for title, _, _ in verdict.METRICS.values():
        (line,) = [line for line in lines if line.startswith(title + " ")]
        assert len(line[24:].split()) >= 3, "a value, a floor and a direction"
