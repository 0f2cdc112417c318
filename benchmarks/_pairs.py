"""Trainings compared in pairs of the same seed: interval, p, and a verdict."""

import math
import statistics

import torch
from scipy.stats import ttest_1samp


def interval(differences, draws=10_000):
    """(low, high): 95 % of the means of differences (N,) drawn with repetition.

    The bootstrap of Efron 1979, doi 10.1214/aos/1176344552. As in notebook 04.
    """
    rng = torch.Generator().manual_seed(0)
    values = torch.tensor(differences, dtype=torch.float64)
    picked = torch.randint(len(values), (draws, len(values)), generator=rng)
    low, high = values[picked].mean(1).quantile(torch.tensor([0.025, 0.975]).double())
    return low.item(), high.item()


def holm(values):
    """p-values corrected for their number: Holm 1979, Scand. J. Stat. 6, 65-70."""
    order = sorted(range(len(values)), key=values.__getitem__)
    corrected, least = [0.0] * len(values), 0.0
    for rank, i in enumerate(order):
        least = max(least, min(1.0, (len(values) - rank) * values[i]))
        corrected[i] = least
    return corrected


def paired(differences, *, less_is_better=True):
    """{row: what its differences (N,) show}, for every row with at least two.

    mean, its interval from `low` to `high`, and p of a paired t test, corrected over
    the rows. `helps` and `hurts`: only where the interval and p (0.05) exclude 0.
    """
    rows = {row: values for row, values in differences.items() if len(values) > 1}
    corrected = holm([float(ttest_1samp(each, 0).pvalue) for each in rows.values()])
    found = {}
    for (row, values), p in zip(rows.items(), corrected):
        mean, (low, high) = statistics.fmean(values), interval(values)
        better = "helps" if (mean < 0) == less_is_better else "hurts"
        verdict = better if p < 0.05 and low * high > 0 else "not shown"
        found[row] = {"mean": mean, "low": low, "high": high, "p": p}
        found[row] |= {"seeds": len(values), "verdict": verdict}
    return found


def ratios(differences):
    """`paired` of differences of logarithms, told as ratios, with four digits."""
    table = {}
    for row, entry in paired(differences).items():
        mean, low, high = (math.exp(entry.pop(k)) for k in ("mean", "low", "high"))
        table[row] = rounded({"ratio": mean, "low": low, "high": high} | entry)
    return table


def rounded(entry):
    """A row with four digits of each number."""
    return {k: float(f"{v:.4g}") if type(v) is float else v for k, v in entry.items()}
