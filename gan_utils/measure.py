"""A first, rough ruler for pictures: nearest neighbours, and a distance of Gaussians.

Everything here works on raw pixels and needs no trained network. Notebook 01 builds the
nearest neighbours, notebook 04 the distance.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F


def flat(images):
    """Images uint8 (N, 28, 28) -> float32 (N, 784) in [0, 1]."""
    return images.flatten(1).float() / 255


def nearest(query, reference, k=1):
    """Distances and indices (Q, k) of the k nearest reference images, nearest first.

    query (Q, 28, 28), reference (R, 28, 28), both uint8; Euclidean distance of pixels
    in [0, 1].
    """
    target = flat(reference)
    distances, indices = [], []
    for part in flat(query).split(500):
        found = torch.cdist(part, target).topk(k, largest=False)
        distances.append(found.values)
        indices.append(found.indices)
    return torch.cat(distances), torch.cat(indices)


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
    """Squared Frechet distance of the Gaussians fitted to a (N, d) and b (M, d).

    |mean_a - mean_b|^2 + tr(A + B - 2 (A B)^(1/2)), with covariances A and B, in
    float64. Dowson and Landau 1982; used on network features by Heusel et al. 2017,
    arXiv 1706.08500, eq. 6. It is 0 only for equal mean and covariance, and biased
    upwards for few samples: compare with the value for two sets of real images.
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
