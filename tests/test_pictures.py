import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_utils.pictures import as_uint8, enlarge, tile


def test_floats_map_minus_one_to_background_and_one_to_ink():
    images = torch.tensor([-1.0, 0.0, 1.0]).reshape(1, 1, 1, 3)
    assert as_uint8(images).tolist() == [[[0, 128, 255]]]


def test_values_out_of_range_are_clamped_and_nan_is_background():
    images = np.array([[[-7.0, 7.0, np.nan, np.inf]]])
    assert as_uint8(images).tolist() == [[[0, 255, 0, 255]]]


def test_uint8_passes_unchanged_and_a_channel_axis_is_dropped():
    images = np.arange(8, dtype=np.uint8).reshape(2, 1, 2, 2)
    assert as_uint8(images).tolist() == images[:, 0].tolist()
    assert as_uint8(torch.from_numpy(images[:, 0])).tolist() == images[:, 0].tolist()


def test_a_film_keeps_its_time_axis():
    assert as_uint8(np.zeros((3, 4, 1, 28, 28), np.float32)).shape == (3, 4, 28, 28)
    assert as_uint8(np.zeros((3, 4, 28, 28), np.uint8)).shape == (3, 4, 28, 28)


def test_images_with_gradient_or_half_precision_are_taken():
    images = torch.ones(1, 1, 2, 2, dtype=torch.bfloat16, requires_grad=True)
    assert as_uint8(images).tolist() == [[[255, 255], [255, 255]]]


def test_other_types_are_refused_by_name():
    with pytest.raises(ValueError, match="int64; need uint8"):
        as_uint8(np.zeros((1, 28, 28), np.int64))
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        as_uint8(np.zeros(3))


def test_a_tile_of_three_has_gaps_and_an_empty_place():
    images = np.array([[[1]], [[2]], [[3]]], np.uint8)
    assert tile(images, 2, fill=9).tolist() == [[1, 9, 2], [9, 9, 9], [3, 9, 9]]


@settings(deadline=None)
@given(count=st.integers(1, 12), ncol=st.integers(1, 15), gap=st.integers(0, 3))
def test_every_image_is_found_at_its_place(count, ncol, gap):
    images = np.arange(count * 6, dtype=np.uint8).reshape(count, 2, 3)
    grid = tile(images, ncol, gap=gap)
    columns = min(ncol, count)
    for i, image in enumerate(images):
        top, left = i // columns * (2 + gap), i % columns * (3 + gap)
        assert (grid[top : top + 2, left : left + 3] == image).all()
    rows = -(-count // columns)
    assert grid.shape == (rows * (2 + gap) - gap, columns * (3 + gap) - gap)


@pytest.mark.parametrize(
    ("images", "ncol", "message"),
    [
        (np.zeros((0, 2, 2)), 1, "N >= 1"),
        (np.zeros((2, 2)), 1, r"need \(N, h, w\)"),
        (np.zeros((1, 2, 2)), 0, "ncol is 0"),
    ],
)
def test_a_tile_of_nothing_is_refused(images, ncol, message):
    with pytest.raises(ValueError, match=message):
        tile(images, ncol)


def test_enlarging_repeats_every_pixel():
    assert enlarge(np.array([[1, 2]]), 2).tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]
