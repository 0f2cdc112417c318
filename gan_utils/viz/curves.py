"""Figures with lines and bars: losses, scores, shares of classes."""

import math
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import LogLocator, NullLocator

from gan_utils.viz.style import D_COLOR, G_COLOR, styled

LOSSES = "Losses: on the dotted lines D cannot tell"
SCORES = "D's scores: one half means that D cannot tell"
ROOM = 0.3  # for the legend, above the highest curve, as a share of the height
CANNOT_TELL = (2 * math.log(2), math.log(2))  # d_loss and g_loss at D(x) = 1/2


def running_mean(values, window):
    """Mean of the window around each value (n,); at the ends of what there is."""
    kernel, ones = np.ones(min(window, len(values))), np.ones(len(values))
    return np.convolve(values, kernel, "same") / np.convolve(ones, kernel, "same")


def _line(ax, history, name, against, **look):
    """Draw one column, smoothed over faint; return the two lines' values."""
    raw = np.asarray(history[name], dtype=float)
    if raw.size == 0:
        raise ValueError(f"the history has no rows of {name!r} to draw")
    x = history[against] if against in history else range(1, len(raw) + 1)
    window = max(1, len(raw) // 50)
    smoothed = running_mean(raw, window)
    if window > 1:
        faint = {"alpha": 0.2, "linewidth": 0.8, "antialiased": False}  # a small PNG
        ax.plot(x, raw, color=look["color"], **faint)
    ax.plot(x, smoothed, label=name, **look)
    return raw, smoothed


def _dotted(ax, y, text, color, va):
    """A dotted level with its value outside the right edge."""
    ax.axhline(y, color=color, linestyle=":", linewidth=1.4)
    look = {"color": color, "va": va, "fontsize": 9}
    ax.text(1.01, y, text, transform=ax.get_yaxis_transform(), **look)


def _finished(ax, against, marks, ncols):
    """The axes with lines at `marks`, the name of the x axis and a legend."""
    for mark in np.atleast_1d([] if marks is None else marks):
        ax.axvline(mark, color="0.3", linewidth=1.2)
    ax.set_xlabel("training time (s)" if against == "seconds" else against)
    ax.margins(x=0.01)
    ax.legend(loc="upper right", ncols=ncols)
    return ax


@styled
def plot_losses(
    history, *, ax=None, title=LOSSES, reference=CANNOT_TELL, against="step", mark=None
):
    """D's loss in C0 and G's in C1, smoothed over faint raw values. Returns the axes.

    history: a mapping with "d_loss" and "g_loss", each (n,). reference: the two values
    at which D cannot tell, for losses other than cross-entropy their own, or None.
    against: "step" or "seconds". mark: places on the x axis that get a line.
    """
    ax = plt.subplots()[1] if ax is None else ax
    tops, bottoms = [1.1 * max(reference)] if reference else [], [0.0]
    for name, color in (("d_loss", D_COLOR), ("g_loss", G_COLOR)):
        raw, smoothed = _line(ax, history, name, against, color=color)
        tops += [1.1 * smoothed.max(), np.percentile(raw, 99)]
        bottoms += [1.1 * smoothed.min()]
    if reference:
        _dotted(ax, reference[0], f"{reference[0]:.3f}", D_COLOR, "bottom")
        _dotted(ax, reference[1], f"{reference[1]:.3f}", G_COLOR, "top")
    ylabel = "loss (nats)" if reference else "loss"
    low, high = min(bottoms), max(tops)
    ax.set(title=title, ylabel=ylabel, ylim=(low, high + ROOM * (high - low)))
    return _finished(ax, against, mark, ncols=2)


@styled
def plot_scores(history, *, ax=None, title=SCORES):
    """How real D finds real pictures, in C0, and fake ones, in C1. Returns the axes.

    history: a mapping whose columns that begin with "D(", each (n,) in [0, 1], are
    drawn. Those with "after" in their name are dashed.
    """
    ax = plt.subplots()[1] if ax is None else ax
    every = getattr(history, "names", None) or list(history)
    for name in (name for name in every if name.startswith("D(")):
        look = {"color": D_COLOR if name.startswith("D(x)") else G_COLOR}
        look |= {"linestyle": "--" if "after" in name else "-"}
        _line(ax, history, name, "step", **look)
    _dotted(ax, 0.5, "0.5", "0.3", "center")
    ax.set(title=title, ylabel="probability of real", ylim=(0, 1 + ROOM))
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    return _finished(ax, "step", None, ncols=3)


def _percent(counts):
    counts = np.asarray(counts, dtype=float)
    return 100 * counts / max(counts.sum(), 1)


@styled
def bar_classes(counts, *, reference=None, classes=None, title=None, ax=None):
    """Share of each class in percent as bars. Returns the axes.

    counts: (K,) pictures per class. reference: counts to compare with, drawn as a mark
    over each bar; the bars are then G's and take its colour. classes: K names.
    """
    ax = plt.subplots(figsize=(8, 2.8))[1] if ax is None else ax
    share = _percent(counts)
    color = "0.45" if reference is None else G_COLOR
    ax.bar(range(len(share)), share, color=color, width=0.7, label="generated")
    if reference is not None:
        level, middles = _percent(reference), np.arange(len(reference))
        look = {"colors": "black", "linewidth": 2, "label": "real"}
        ax.hlines(level, middles - 0.42, middles + 0.42, **look)
        ax.legend(*(part[::-1] for part in ax.get_legend_handles_labels()), ncols=2)
        ax.set_ylim(0, 1.22 * max(share.max(), level.max(), 1))
    ax.set(title=title, ylabel="share of pictures (%)")
    names = classes or [str(k) for k in range(len(share))]
    size = 8 if max(map(len, names)) > 3 else None  # Fashion's names are long
    whole = {"break_long_words": False, "break_on_hyphens": False}
    lines = [fill(name, 8, **whole) for name in names]
    ax.set_xticks(range(len(share)), lines, fontsize=size)
    ax.grid(axis="x", visible=False)
    return ax


def plain_log(ax, which="xy"):
    """Logarithmic axes with plain numbers at 1, 2, 3, 5, 7, 10, 20 ... Returns ax."""
    for letter in which:
        ax.set(**{f"{letter}scale": "log"})
        axis = getattr(ax, f"{letter}axis")
        axis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())
    return ax
