"""Figures of notebook 06: clouds of points in the plane, and balls around them.

Real points have D's colour, fake ones G's, as everywhere.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import EllipseCollection
from matplotlib.ticker import LogLocator, NullLocator

from gan_utils.viz.style import D_COLOR, G_COLOR, styled


def ellipse(mean, covariance, *, spread=1.0):
    """Points (100, 2) of the curve `spread` standard deviations around a mean (2,).

    covariance: (2, 2), symmetric, without negative eigenvalues.
    """
    values, vectors = np.linalg.eigh(np.asarray(covariance, dtype=float))
    angle = np.linspace(0, 2 * np.pi, 100)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    stretched = vectors * np.sqrt(values.clip(min=0)) @ circle
    return np.asarray(mean, dtype=float) + spread * stretched.T


def plain_log(ax, which="xy"):
    """Logarithmic axes with plain numbers at 1, 2, 3, 5, 7, 10, 20 ... Returns ax."""
    for letter in which:
        ax.set(**{f"{letter}scale": "log"})
        axis = getattr(ax, f"{letter}axis")
        axis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())
    return ax


def _plane(ax, title):
    """Both axes on one scale, so that a circle is a circle."""
    ax.set(title=title, xlabel="x", ylabel="y")
    ax.set_aspect("equal", adjustable="box")
    return ax


@styled
def show_clouds(real, fake, *, title=None, ax=None):
    """Two clouds of points (N, 2) and (M, 2), and of each the mean and ellipses at one
    and two standard deviations. Returns the axes.
    """
    ax = plt.gca() if ax is None else ax
    for points, color, name in ((real, D_COLOR, "real"), (fake, G_COLOR, "fake")):
        points = np.asarray(points, dtype=float)
        ax.plot(*points.T, ".", color=color, markersize=3, alpha=0.35)
        mean, covariance = points.mean(axis=0), np.cov(points.T)
        for spread in (1, 2):
            look = {"color": color, "linewidth": 2.5 - spread / 2}
            look |= {"label": name} if spread == 1 else {}
            ax.plot(*ellipse(mean, covariance, spread=spread).T, **look)
        ax.plot(*mean, "o", color=color, markeredgecolor="white", markersize=8)
    return _plane(ax, title)


@styled
def show_balls(real, radii, fake, *, title=None, ax=None):
    """Real points (N, 2) in balls of these radii (N,), and fake points (M, 2). Axes."""
    ax = plt.gca() if ax is None else ax
    real, radii, fake = (np.asarray(part, dtype=float) for part in (real, radii, fake))
    where = {"units": "xy", "offsets": real, "offset_transform": ax.transData}
    look = {"facecolor": D_COLOR, "edgecolor": "none", "alpha": 0.08}
    sizes = (2 * radii, 2 * radii, np.zeros(len(radii)))  # widths, heights, angles
    ax.add_collection(EllipseCollection(*sizes, **where, **look))
    ax.plot(*real.T, "o", color=D_COLOR, markersize=4, label="real")
    ax.plot(*fake.T, "x", color=G_COLOR, markersize=5, label="fake")
    return _plane(ax, title)
