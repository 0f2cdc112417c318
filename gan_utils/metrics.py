"""How far generated pictures are from real ones: neighbours, Gaussians, balls, classes.

Taught in notebook 01, section 6 (neighbours), notebook 02, section 9 (lonely pixels),
notebook 04, section 1 (Fréchet distance in pixels) and notebook 06, sections 2 to 8.

The first half works on raw pixels. The second half takes features (N, d) of real images
and (M, d) of generated ones. Every number is biased or noisy for finitely many images:
compare with its value for two sets of real images (the floor), at the same N and M.
"""

import statistics
from dataclasses import dataclass

import torch
import torch.nn.functional as F

BLOCK = 1000  # rows of a distance matrix at a time


def flat(images):
    """Images uint8 (N, 28, 28) -> float32 (N, 784) in [0, 1]."""
    return images.flatten(1).float() / 255


def neighbours(query, reference, k):
    """Distances and indices (Q, k) of the k nearest vectors, nearest first.

    query (Q, d), reference (R, d); Euclidean distance.
    """
    matrices = (torch.cdist(block, reference) for block in query.split(BLOCK))
    distances, indices = zip(*(m.topk(k, largest=False) for m in matrices))
    return torch.cat(distances), torch.cat(indices)


def nearest(query, reference, k=1):
    """The same for images uint8 (Q, 28, 28) and (R, 28, 28), by pixels in [0, 1]."""
    return neighbours(flat(query), flat(reference), k)


def guess_labels(query, reference, labels):
    """Label of each query image, taken from its nearest reference image: (Q,)."""
    return labels[nearest(query, reference)[1][:, 0]]


def class_counts(labels, n_classes=10):
    """How often each class occurs: (n_classes,)."""
    return torch.bincount(labels, minlength=n_classes)


@dataclass(frozen=True)
class PixelSpace:
    """The first principal components of a set of images."""

    mean: torch.Tensor  # (784,)
    axes: torch.Tensor  # (784, d), orthonormal columns

    @classmethod
    def of(cls, images, d=64):
        """Principal components of images uint8 (N, 28, 28), by variance."""
        x = flat(images).double()
        mean = x.mean(0)
        _, vectors = torch.linalg.eigh(torch.cov((x - mean).T))
        return cls(mean, vectors.flip(1)[:, :d])

    def __call__(self, images):
        """Coordinates (N, d), float64, of images uint8 (N, 28, 28)."""
        return (flat(images).double() - self.mean) @ self.axes


def frechet_distance(a, b):
    """Squared Fréchet distance of the Gaussians fitted to a (N, d) and b (M, d).

    |mean_a - mean_b|^2 + tr(A + B - 2 (A B)^(1/2)), with covariances A and B, in
    float64. Dowson and Landau 1982; used on network features by Heusel et al. 2017,
    arXiv 1706.08500, eq. 6. 0 only for equal mean and covariance; biased upwards.
    """
    a, b = a.double(), b.double()
    A, B = torch.cov(a.T), torch.cov(b.T)
    values, vectors = torch.linalg.eigh(A)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ B @ root).clamp(min=0).sqrt().sum()
    return (
        (a.mean(0) - b.mean(0)).square().sum() + A.trace() + B.trace() - 2 * cross
    ).item()


def speckles(images):
    """Mean number of lonely bright pixels per image; images (N, 28, 28) uint8."""
    bright = (images > 64).float()[:, None]
    window = torch.ones(1, 1, 3, 3)
    neighbours = F.conv2d(bright, window, padding=1) - bright
    return ((bright == 1) & (neighbours == 0)).float().sum((1, 2, 3)).mean().item()


def kernel_distance(x, y):
    """Unbiased squared kernel distance of x (N, d) and y (M, d), float64.

    The estimate of the maximum mean discrepancy with the cubic kernel
    (x . y / d + 1)^3: Binkowski et al. 2018, arXiv 1801.01401, section 4 (their KID,
    there on Inception features). 0 in expectation at best. Memory grows with N M.
    """

    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    def without_itself(k):
        return (k.sum() - k.trace()) / (len(k) * (len(k) - 1))

    own = without_itself(kernel(x, x)) + without_itself(kernel(y, y))
    return (own - 2 * kernel(x, y).mean()).item()


def subset_kernel_distance(real, fake, *, subsets=50, size=1000, seed=0):
    """(mean, sd) of the kernel distance over random subsets of `size` images each.

    `size` falls to the number of images if there are fewer.
    """
    size = min(size, len(real), len(fake))
    rng = torch.Generator().manual_seed(seed)

    def some(features):
        return features[torch.randperm(len(features), generator=rng)[:size]].double()

    found = [kernel_distance(some(real), some(fake)) for _ in range(subsets)]
    return statistics.fmean(found), statistics.pstdev(found)


def radii(features, k=5):
    """Distance of each vector (N, d) to its k-th nearest other one: (N,)."""
    return neighbours(features, features, k + 1)[0][:, k]


@dataclass(frozen=True)
class Balls:
    """A ball around every real feature vector, up to its k-th nearest neighbour."""

    centres: torch.Tensor  # (N, d)
    radii: torch.Tensor  # (N,)
    k: int

    @classmethod
    def around(cls, features, k=5):
        """Balls around features (N, d), N > k."""
        if len(features) <= k:
            raise ValueError(f"{len(features)} images are too few for k={k} neighbours")
        return cls(features, radii(features, k), k)


def neighbourhoods(balls, fake):
    """precision, recall, density and coverage of fakes (M, d) against real balls.

    precision: share of fakes inside some real ball. density: mean number of real balls
    around a fake, over k; above 1 when fakes crowd where real images are dense.
    coverage: share of real balls with a fake inside. recall: share of real images
    inside some ball around a fake.
    Kynkaanniemi et al. 2019, arXiv 1904.06991, eqs. 1 and 2; Naeem et al. 2020, arXiv
    2002.09797, eqs. 3 and 4. Perfect fakes do not reach 1: their coverage is about
    1 - 2^-k, so compare with the floor.
    """
    fake_radii = radii(fake, balls.k)
    around = torch.zeros(len(fake))  # real balls around each fake
    covered, recalled = [], []
    for centres, reach in zip(balls.centres.split(BLOCK), balls.radii.split(BLOCK)):
        distances = torch.cdist(centres, fake)
        inside = distances < reach[:, None]
        around += inside.sum(0)
        covered.append(inside.any(1))
        recalled.append((distances < fake_radii).any(1))
    return {
        "precision": (around > 0).float().mean().item(),
        "recall": torch.cat(recalled).float().mean().item(),
        "density": (around.mean() / balls.k).item(),
        "coverage": torch.cat(covered).float().mean().item(),
    }


def class_divergence(counts, reference):
    """KL(shares of `counts` || shares of `reference`) in nats; both (C,) counts.

    At best it is about (C - 1) / (2 N) for N samples, not 0.
    """
    p, q = (c.double() / c.sum() for c in (counts, reference))
    seen = p > 0
    return (p[seen] * (p[seen] / q[seen]).log()).sum().item()


def missing_classes(counts, reference):
    """Classes with less than a fifth of their share in `reference`: list of int."""
    p, q = (c.double() / c.sum() for c in (counts, reference))
    return (p < 0.2 * q).nonzero().flatten().tolist()


def nearest_distance(query, reference):
    """Distance of each vector (Q, d) to the nearest one of `reference`: (Q,)."""
    return neighbours(query, reference, 1)[0][:, 0]
