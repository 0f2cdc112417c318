import numpy as np
import pytest
import torch
from flat_results import Tall, flat_result
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_utils.explore import views
from gan_utils.explore.views import Directions, Plane, TimeTravel, morph
from gan_utils.latent import lerp, plane_latent, seed_latent, slerp

anything = st.floats(allow_nan=False) | st.integers()


def gray(z):
    """What `Flat` paints for a latent."""
    return round((float(z[0].clamp(-4, 4)) / 4 + 1) * 127.5)


def test_a_morph_shows_both_ways():
    a, b = (seed_latent(seed, 2) for seed in (3, 8))
    for t in (0, 0.34, 1):
        shown = morph(flat_result(), 3, 8, t)
        for name, way in {"lerp": lerp, "slerp": slerp}.items():
            assert abs(int(shown[name][0, 0]) - gray(way(a, b, t))) <= 1


@settings(deadline=None, max_examples=30)
@given(a=anything, b=anything, t=anything)
def test_no_value_breaks_a_morph(a, b, t):
    assert all(p.shape == (28, 28) for p in morph(FLAT, a, b, t).values())


@settings(deadline=None, max_examples=30)
@given(x=anything, y=anything)
def test_no_value_breaks_the_plane(x, y):
    assert PLANE(x, y).shape == (28, 28)


@settings(deadline=None, max_examples=30)
@given(seed=anything, one=anything, two=anything)
def test_no_value_breaks_the_directions(seed, one, two):
    assert DIRECTIONS(seed, one, two).shape == (28, 28)


FLAT = flat_result()
PLANE = Plane(FLAT)
DIRECTIONS = Directions(flat_result(Tall()), k=2)


def test_whole_points_of_the_plane_are_the_latents_of_seeds():
    assert torch.equal(plane_latent(3, 2, 8), seed_latent(203, 8))
    assert abs(int(PLANE(3, 2)[0, 0]) - gray(seed_latent(203, 2))) <= 1


def test_between_the_corners_a_latent_is_as_long_as_any_other():
    lengths = [plane_latent(x + 0.5, 0.5, 64).norm() / 8 for x in range(50)]
    assert torch.stack(lengths).mean().item() == pytest.approx(1, abs=0.03)


def test_the_plane_has_no_cuts():
    """Left and right of a whole point, a latent is nearly the same."""
    left, right = (plane_latent(2 + d, 1.3, 64) for d in (-1e-4, 1e-4))
    assert (left - right).norm() < 1e-2 * right.norm()


def test_a_sheet_has_all_pairs_row_by_row():
    sheet = PLANE.sheet([0, 1, 2])
    assert len(sheet) == 9
    assert np.array_equal(sheet[5], PLANE(2, 1))


def test_the_first_direction_is_the_one_that_changes_pictures_most():
    """`Tall` shows the first coordinate three times as strongly as the second."""
    first, second = DIRECTIONS.axes
    assert abs(first[0]) > 0.99 and abs(second[1]) > 0.99
    assert abs(first @ second) < 1e-5


def test_amounts_move_along_the_direction_and_reset_leads_back():
    start = seed_latent(4, 2)
    moved = DIRECTIONS.latent(4, 2.0, 0.0)
    assert torch.allclose(moved, start + 2 * DIRECTIONS.axes[0])
    assert np.array_equal(DIRECTIONS(4, 0, 7), DIRECTIONS(4, 0.0, 3.0))


def journey():
    slow = flat_result(steps=(0, 10, 40, 90), seconds=(0, 10, 40, 90))
    fast = flat_result(steps=(0, 20, 80, 180), seconds=(0, 1, 4, 9), start=100)
    return TimeTravel({"slow": slow, "fast": fast}, count=2)


@pytest.mark.parametrize(
    "moment, by, expected",
    [
        (0, "step", {"slow": 0, "fast": 0}),
        (1, "step", {"slow": 3, "fast": 3}),
        (0.5, "step", {"slow": 2, "fast": 1}),  # step 45 of 180
        (0.5, "seconds", {"slow": 1, "fast": 3}),  # 22.5 s of 90
        (7, "seconds", {"slow": 3, "fast": 3}),
    ],
)
def test_trainings_are_aligned_by_step_or_by_seconds(moment, by, expected):
    assert journey().found(moment, by) == expected


def test_a_row_shows_the_same_latents_at_that_moment():
    rows = journey().sheet(0.5, "step")
    assert rows.shape == (28 + 4 + 28, 57)
    assert [rows[0, 0], rows[0, 29], rows[32, 0]] == [30, 31, 120]
    twice = journey().sheet(0.5, "step", ["fast", "fast"])
    assert [twice[0, 0], twice[32, 0]] == [120, 120]


def test_seeds_are_whole_numbers_in_range():
    assert [views.as_seed(v) for v in (-3, 2.6, 10**9)] == [0, 3, 9999]


def test_the_label_says_when_and_who_has_ended():
    results = {
        "one": flat_result(),
        "two": flat_result(Tall(), steps=(0, 20, 80, 180), start=100),
    }
    travel = views.TimeTravel(results, count=2)
    assert travel.label(0.5, "step") == "step 45 of 180"
    assert travel.label(0.9, "step") == "step 146 of 180; one has ended"
    assert travel.label(1, "step") == "step 180 of 180"
    assert travel.label(0.5, "seconds") == "2 s of 9 s"
