"""The judge: what it must be, and that every measure moves the right way."""

import json
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from gan_utils import data
from gan_utils.judge import judge, reference, verdict
from gan_utils.judge.classifier import JUDGES
from gan_utils.support import paths
from gan_utils.support.weights import ResultError

N = 1500  # fakes; the floor is measured for as many


@pytest.fixture(scope="module")
def images():
    """Six thousand real images: enough for the sanity of a measure.

    All are training images, so that both parts have the same writers. Those of the
    offline test digits are others, which by itself is a distance.
    """
    whole = data.load("auto")
    train, test = (slice(0, 4000), slice(4000, 6000))
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


@pytest.mark.parametrize("name, least", [("first", 0.996), ("second", 0.995)])
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


def test_the_two_judges_are_different_networks_from_different_seeds():
    one, two = (JUDGES[name]() for name in ("first", "second"))
    assert [p.shape for p in one.parameters()] != [p.shape for p in two.parameters()]
    assert judge.SEEDS["first"] != judge.SEEDS["second"]


def test_a_damaged_judge_is_refused_by_its_checksum(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "weights_dir", lambda: tmp_path)
    net = JUDGES["second"]()
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


def test_too_few_pictures_are_refused(first):
    with pytest.raises(
        verdict.CountError, match="9 pictures; a verdict needs 256 to 60000"
    ):
        verdict.judge_images(first, torch.zeros(9, 28, 28, dtype=torch.uint8))


def test_a_table_has_a_line_for_each_metric_beside_its_floor(verdict_on, unseen):
    lines = verdict.as_table(verdict_on(unseen)[2])
    assert lines[0].startswith(f"{N} pictures against 2000 test images")
    for title, _, _ in verdict.METRICS.values():
        (line,) = [line for line in lines if line.startswith(title + " ")]
        assert len(line[24:].split()) >= 3, "a value, a floor and a direction"


def test_closest_pairs_shows_copies_first(images, unseen):
    axes = verdict.closest_pairs(images, unseen[:50], n=5)
    assert "5 fakes of 50" in axes.get_title(loc="left")
    pixels = axes.images[0].get_array()
    assert pixels.shape[1] > 5 * 28
