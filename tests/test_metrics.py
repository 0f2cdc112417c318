import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from gan_utils import metrics


def cloud(n, seed, shift=0.0, d=4):
    random = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=random) + shift


def unchanged(num_features):
    """A network that hands on its features, for a torchmetrics metric."""
    network = nn.Identity()
    network.num_features = num_features
    return network


def test_frechet_distance_is_that_of_torchmetrics():
    real, fake = cloud(300, 0), cloud(200, 1, shift=0.5) * 1.3
    theirs = FrechetInceptionDistance(feature=unchanged(4))
    theirs.update(real, real=True)
    theirs.update(fake, real=False)
    ours = metrics.frechet_distance(real, fake)
    assert ours == pytest.approx(theirs.compute().item(), rel=1e-4)


@pytest.mark.filterwarnings("ignore:Metric `Kernel Inception Distance`")
@pytest.mark.parametrize("n, m, size", [(60, 40, 30), (40, 40, 40), (500, 700, 200)])
def test_kernel_distance_is_that_of_torchmetrics_on_the_same_subsets(n, m, size):
    real, fake = cloud(n, 0), cloud(m, 1, shift=0.5)
    options = {"subsets": 5, "subset_size": size}
    theirs = KernelInceptionDistance(feature=unchanged(4), **options)
    theirs.update(real.double(), real=True)
    theirs.update(fake.double(), real=False)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        expected = [value.item() for value in theirs.compute()]
    ours = metrics.subset_kernel_distance(real, fake, subsets=5, size=size, seed=3)
    assert ours == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_kernel_distance_of_two_points_each_by_hand():
    x, y = torch.tensor([[0.0], [1.0]]).double(), torch.tensor([[2.0], [3.0]]).double()
    # k(0, 1) = 1, k(2, 3) = 7^3; k(0, .) = 1, k(1, 2) = 3^3, k(1, 3) = 4^3
    assert metrics.kernel_distance(x, y) == 1 + 343 - 2 * (1 + 1 + 27 + 64) / 4


def test_kernel_distance_is_zero_on_average_for_one_distribution():
    real, same, other = cloud(4000, 0), cloud(4000, 1), cloud(4000, 1, 0.3)
    same, _ = metrics.subset_kernel_distance(real, same, size=500)
    other, _ = metrics.subset_kernel_distance(real, other, size=500)
    assert abs(same) < 0.02 < 0.2 < other


def test_kernel_distance_leaves_the_random_numbers_alone_and_repeats():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    options = {"subsets": 5, "size": 20}
    first = metrics.subset_kernel_distance(cloud(50, 0), cloud(50, 1), **options)
    assert torch.equal(torch.rand(1), expected)
    again = metrics.subset_kernel_distance(cloud(50, 0), cloud(50, 1), **options)
    assert first == again


def test_radii_leave_the_vector_itself_out():
    line = torch.tensor([[0.0], [1.0], [3.0], [7.0]])
    assert metrics.radii(line, 1).tolist() == [1, 1, 2, 4]
    assert metrics.radii(line, 2).tolist() == [3, 2, 3, 6]


def by_definition(real, fake, k):
    """The four formulas of Naeem et al. 2020, word for word and slowly."""
    real_radii, fake_radii = metrics.radii(real, k), metrics.radii(fake, k)
    near = [[math.dist(r, f) for f in fake.tolist()] for r in real.tolist()]
    R, F = range(len(real)), range(len(fake))
    in_real = [[near[i][j] < real_radii[i] for j in F] for i in R]
    return {
        "precision": sum(any(in_real[i][j] for i in R) for j in F) / len(fake),
        "recall": sum(any(near[i][j] < fake_radii[j] for j in F) for i in R)
        / len(real),
        "density": sum(bool(in_real[i][j]) for i in R for j in F) / (k * len(fake)),
        "coverage": sum(any(row) for row in in_real) / len(real),
    }


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.floats(0, 3))
def test_neighbourhoods_follow_their_definitions(seed, k, shift):
    real, fake = cloud(25, seed), cloud(18, seed + 1, shift)
    found = metrics.neighbourhoods(metrics.Balls.around(real, k), fake)
    assert found == pytest.approx(by_definition(real, fake, k), abs=1e-6)


def test_neighbourhoods_do_not_depend_on_the_size_of_a_block(monkeypatch):
    real, fake = cloud(50, 0), cloud(40, 1, 0.5)
    whole = metrics.neighbourhoods(metrics.Balls.around(real), fake)
    monkeypatch.setattr(metrics, "BLOCK", 7)
    assert metrics.neighbourhoods(metrics.Balls.around(real), fake) == whole


def test_fakes_far_away_score_zero_and_crowded_ones_a_high_density():
    balls = metrics.Balls.around(cloud(200, 0))
    far = metrics.neighbourhoods(balls, cloud(100, 1, 50.0))
    assert set(far.values()) == {0.0}
    crowd = metrics.neighbourhoods(balls, cloud(100, 1) * 0.01)
    assert crowd["precision"] == 1 and crowd["density"] > 1.3
    assert crowd["coverage"] < 0.5 and crowd["recall"] < 0.1


def test_too_few_real_images_for_k_neighbours_are_refused():
    with pytest.raises(ValueError, match="5 images are too few for k=5"):
        metrics.Balls.around(cloud(5, 0))


def test_class_divergence_by_hand():
    even, all_ones = torch.tensor([10, 10]), torch.tensor([0, 7])
    assert metrics.class_divergence(even, even * 3) == 0
    assert metrics.class_divergence(all_ones, even) == pytest.approx(math.log(2))


def test_a_class_is_missing_below_a_fifth_of_its_share():
    counts = torch.tensor([900, 49, 51, 0])  # of 1000; a fifth of a fair share is 50
    assert metrics.missing_classes(counts, torch.tensor([7, 7, 7, 7])) == [1, 3]
    assert metrics.missing_classes(torch.tensor([9, 3, 3, 5]), torch.ones(4)) == []


def test_nearest_distance():
    found = metrics.nearest_distance(
        torch.tensor([[0.0, 0.0], [9.0, 0.0]]), torch.tensor([[3.0, 4.0], [9.0, 1.0]])
    )
    assert found.tolist() == pytest.approx([5, 1], abs=1e-4)
