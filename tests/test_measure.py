import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_utils import metrics


def image(*points):
    picture = torch.zeros(28, 28, dtype=torch.uint8)
    for y, x in points:
        picture[y, x] = 255
    return picture


def test_nearest_finds_the_nearest_first_with_its_distance():
    reference = torch.stack([image((3, 3)), image((3, 3), (5, 5)), image((9, 9))])
    distances, indices = metrics.nearest(image((3, 3))[None], reference, k=2)
    assert indices.tolist() == [[0, 1]]
    assert distances[0].tolist() == pytest.approx([0, 1], abs=1e-3)


def test_labels_come_from_the_nearest_image():
    reference = torch.stack([image((3, 3)), image((9, 9))])
    labels = torch.tensor([7, 4])
    query = torch.stack([image((9, 9), (9, 10)), image((3, 3))])
    assert metrics.guess_labels(query, reference, labels).tolist() == [4, 7]
    assert (
        metrics.class_counts(torch.tensor([4, 4, 1])).tolist()
        == [0, 1, 0, 0, 2] + [0] * 5
    )


def gaussian(n, std, mean, seed):
    random = torch.Generator().manual_seed(seed)
    return (
        torch.randn(n, 2, generator=random, dtype=torch.float64) * torch.tensor(std)
        + mean
    )


def test_frechet_distance_against_the_closed_form():
    # independent axes: |mean difference|^2 + sum (std_a - std_b)^2 = 4 + 1 + 4
    a, b = gaussian(400_000, [1.0, 3.0], 0, 1), gaussian(400_000, [2.0, 1.0], 0, 2)
    b = b + torch.tensor([2.0, 0.0])
    assert metrics.frechet_distance(a, b) == pytest.approx(9.0, rel=0.02)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 10))
def test_frechet_distance_is_symmetric_zero_on_itself_and_scales(seed, scale):
    a, b = gaussian(50, [1.0, 2.0], 0, seed), gaussian(60, [2.0, 1.0], 1, seed + 1)
    there, back = metrics.frechet_distance(a, b), metrics.frechet_distance(b, a)
    assert there == pytest.approx(back, rel=1e-6) and there > 0
    assert metrics.frechet_distance(a, a) == pytest.approx(0, abs=1e-8)
    scaled = metrics.frechet_distance(scale * a, scale * b)
    assert scaled == pytest.approx(scale**2 * there, rel=1e-6)


def test_pixel_space_is_centred_and_orthonormal():
    torch.manual_seed(0)
    images = torch.randint(0, 256, (200, 28, 28), dtype=torch.uint8)
    space = metrics.PixelSpace.of(images, d=5)
    coordinates = space(images)
    assert coordinates.shape == (200, 5)
    assert coordinates.mean(0).abs().max() < 1e-9
    assert torch.allclose(space.axes.T @ space.axes, torch.eye(5, dtype=torch.float64))
    assert (coordinates.var(0).diff() <= 0).all()  # largest variance first


def test_speckles_counts_lonely_pixels_only():
    lonely = image((3, 3), (10, 20), (0, 27))
    stroke = image((5, 5), (5, 6), (6, 7))
    assert metrics.speckles(torch.stack([lonely, stroke])) == pytest.approx(1.5)
