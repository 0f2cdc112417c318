import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_utils.latent import lerp, path, slerp

relaxed = settings(deadline=None, max_examples=50)  # a busy machine is no bug
seeds = st.integers(0, 2**31)
times = st.floats(0, 1, width=32)


def two_latents(seed, size=64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, size, generator=generator)


@pytest.mark.parametrize("way", [lerp, slerp])
@relaxed
@given(seed=seeds)
def test_both_ways_start_exactly_at_a_and_end_exactly_at_b(way, seed):
    a, b = two_latents(seed)
    assert torch.equal(way(a, b, 0), a)
    assert torch.equal(way(a, b, 1), b)


def test_lerp_of_orthogonal_units_sinks_to_half_of_root_two_in_the_middle():
    a, b = torch.eye(2)
    assert lerp(a, b, 0.5).tolist() == [0.5, 0.5]
    assert lerp(a, b, 0.5).norm().item() == pytest.approx(math.sqrt(0.5))


def test_slerp_of_orthogonal_units_stays_on_the_unit_circle():
    a, b = torch.eye(2)
    middle = slerp(a, b, 0.5)
    assert middle.tolist() == pytest.approx([math.sqrt(0.5)] * 2)
    third = slerp(a, b, 1 / 3)
    assert third.tolist() == pytest.approx([math.cos(math.pi / 6), 0.5], abs=1e-6)


@relaxed
@given(seed=seeds, t=times)
def test_slerp_keeps_the_norm_of_latents_of_equal_norm(seed, t):
    a, b = two_latents(seed)
    b = b * a.norm() / b.norm()
    assert slerp(a, b, t).norm().item() == pytest.approx(a.norm().item(), rel=1e-4)


@relaxed
@given(seed=seeds, t=times)
def test_slerp_turns_at_constant_speed(seed, t):
    a, b = two_latents(seed)
    whole = torch.acos(torch.cosine_similarity(a, b, dim=0))
    b = b * a.norm() / b.norm()
    turned = torch.acos(torch.cosine_similarity(a, slerp(a, b, t), dim=0).clamp(-1, 1))
    assert turned.item() == pytest.approx(t * whole.item(), abs=2e-3)


@relaxed
@given(seed=seeds, t=times)
def test_swapping_the_ends_is_walking_backwards(seed, t):
    a, b = two_latents(seed)
    assert torch.allclose(slerp(a, b, t), slerp(b, a, 1 - t), atol=1e-5)


@relaxed
@given(seed=seeds, t=times, factor=st.sampled_from([0.0, 1.0, 3.0, -1.0, -2.0]))
def test_zero_parallel_and_opposite_vectors_fall_back_to_the_line(seed, t, factor):
    a, _ = two_latents(seed)
    assert torch.allclose(slerp(a, factor * a, t), lerp(a, factor * a, t))


def test_two_zero_vectors_give_zero_not_nan():
    zero = torch.zeros(4)
    assert slerp(zero, zero, 0.3).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("way", [lerp, slerp])
def test_many_times_and_many_latents_broadcast(way):
    a, b = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0))
    t = torch.linspace(0, 1, 3)
    assert way(a[0], b[0], t).shape == (3, 8)
    frames = way(a, b, t)
    assert frames.shape == (3, 5, 8)
    assert torch.allclose(frames[1, 2], way(a[2], b[2], 0.5), atol=1e-6)


def test_only_the_parallel_pair_of_a_batch_falls_back():
    a = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    b = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
    expected = [1.5, 0.0, math.sqrt(0.5), math.sqrt(0.5)]
    assert slerp(a, b, 0.5).flatten().tolist() == pytest.approx(expected)


def test_an_open_path_visits_every_key_and_ends_on_the_last():
    keys = torch.eye(3)
    frames = path(keys, 4)
    assert frames.shape == (9, 3)
    assert torch.equal(frames[[0, 4, 8]], keys)


def test_a_closed_path_loops_without_repeating_a_frame():
    keys = torch.eye(3)
    frames = path(keys, 4, closed=True)
    assert frames.shape == (12, 3)
    assert torch.equal(frames[[0, 4, 8]], keys)
    assert torch.allclose(frames[10], slerp(keys[2], keys[0], 0.5))
    assert not torch.allclose(frames[-1], frames[0])


def test_a_path_walks_the_way_it_is_given():
    keys = torch.eye(2)
    assert path(keys, 2, way=lerp)[1].tolist() == [0.5, 0.5]


def test_a_path_refuses_too_little():
    with pytest.raises(ValueError, match="1 key latents; give at least 2"):
        path(torch.eye(1), 4)
    with pytest.raises(ValueError, match="frames_per_leg is 0; give 1 or more"):
        path(torch.eye(2), 0)
