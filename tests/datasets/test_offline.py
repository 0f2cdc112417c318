"""The digits for a computer without a network: real, labelled right, split honestly."""

import time

import pytest
import torch

from gan_utils.datasets import offline


@pytest.fixture(scope="module")
def digits():
    return offline.offline_digits()


def test_shapes_and_types_are_those_of_mnist(digits):
    train, train_labels, test, test_labels = digits
    assert train.shape == (20_000, 28, 28) and test.shape == (2_000, 28, 28)
    assert train.dtype == test.dtype == torch.uint8
    assert train_labels.shape == (20_000,) and test_labels.shape == (2_000,)
    assert train_labels.dtype == test_labels.dtype == torch.int64


def test_they_are_the_same_every_time_and_quick(digits):
    start = time.process_time()
    again = offline.offline_digits()
    assert time.process_time() - start < 4  # about 1 on an idle laptop
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(digits, again))


def test_every_class_has_its_share(digits):
    for labels in digits[1::2]:
        share = torch.bincount(labels, minlength=10) / len(labels)
        assert share.min() > 0.08 and share.max() < 0.12


def test_no_source_digit_is_in_both_parts():
    pixels, labels = offline.source_digits()
    assert pixels.shape == (1797, 8, 8) and pixels.min() == 0 and pixels.max() == 1
    train = {digit.numpy().tobytes() for digit in pixels[: -offline.TEST_SOURCES]}
    test = {digit.numpy().tobytes() for digit in pixels[-offline.TEST_SOURCES :]}
    assert len(test) == offline.TEST_SOURCES and not train & test


def test_training_images_come_from_all_training_digits_before_any_repeats(digits):
    _, labels = offline.source_digits()
    sources = len(labels) - offline.TEST_SOURCES
    assert torch.equal(digits[1][:sources], labels[:sources])
    assert torch.equal(digits[1][sources : 2 * sources], labels[:sources])
    assert torch.equal(digits[3][: offline.TEST_SOURCES], labels[sources:])


def test_variants_of_one_digit_differ(digits):
    variants = digits[0][:: 1797 - offline.TEST_SOURCES][:12].flatten(1).float()
    apart = torch.cdist(variants, variants)[~torch.eye(12, dtype=torch.bool)]
    assert apart.min() > 500  # in grey levels; MNIST's nearest neighbours are as far


@pytest.mark.parametrize("part", [0, 2])
def test_ink_is_distributed_like_mnist(digits, part):
    pixels = digits[part].float() / 255
    assert pixels.mean() == pytest.approx(0.1307, abs=0.025)  # MNIST's
    assert pixels.std() == pytest.approx(0.3081, abs=0.03)
    assert (pixels == 0).float().mean() == pytest.approx(0.81, abs=0.03)
    assert (pixels > 0.98).float().mean() > 0.05  # strokes are white, not grey


def test_digits_are_centred_by_mass_within_the_box(digits):
    ink = digits[0].float()
    ink = ink / ink.sum(dim=(1, 2), keepdim=True)
    axis = torch.arange(28.0) - 13.5
    x, y = (ink.sum(1) * axis).sum(1), (ink.sum(2) * axis).sum(1)
    assert x.abs().max() < 3 and y.abs().max() < 3
    assert x.mean().abs() < 0.5 and y.mean().abs() < 0.5
    high = (digits[0].amax(2) > 30).sum(1).float()
    assert 17 < high.mean() < 22  # MNIST fits digits into 20 x 20


def test_labels_are_right_by_the_nearest_training_image(digits):
    """Other digits, same classes: a neighbour from 6000 of them names most of 500."""
    train, labels, test, truth = digits
    apart = torch.cdist(test[:500].flatten(1).float(), train[:6000].flatten(1).float())
    assert (labels[apart.argmin(1)] == truth[:500]).float().mean() > 0.9
