"""Figures of benchmarks/: quality against seconds, choices of `modern`, a cluster."""

import json
import statistics
from collections import defaultdict

from matplotlib.ticker import NullLocator

from gan_utils import viz
from gan_utils.recipes import RECIPES
from gan_utils.support import paths
from gan_utils.viz import plain_log

TICKS = [5, 10, 30, 60, 120, 300, 600, 1200, 2400]  # seconds


def stored(name):
    """The contents of benchmarks/NAME.json."""
    return json.loads(
        (paths.project_root() / "benchmarks" / f"{name}.json").read_text()
    )


def trained(loop):
    """How often and how far a loop was trained, as words for the legend."""
    words = f"{loop['seeds']} seed{'s' if loop['seeds'] > 1 else ''}"
    if loop["every"] < loop["seconds"]:
        words += f" to {loop['every']} s, one"
    if loop["of"]:
        words += f" to epoch {loop['epochs']:.0f} of {loop['of']}"
    return words


def curves(judge="first"):
    """Frechet distance against seconds: mean over seeds; band: lowest to highest."""
    by_name = defaultdict(lambda: defaultdict(list))
    found = stored("time_to_quality")
    for row in found["rows"]:
        if judge in row:
            by_name[row["name"]][row["moment"]].append(row[judge]["fd"])
    figure, ax = viz.panels(1, width=8, height=5.4)
    for (name, moments), marker in zip(by_name.items(), "os^vDPX*"):
        style = marker + ("-" if name in RECIPES else "--")
        x = sorted(moments)
        y = [statistics.mean(moments[m]) for m in x]
        label = f"{name} ({trained(found['conclusion'][name])})"
        (line,) = ax.plot(x, y, style, markersize=5, label=label)
        low, high = ([f(moments[m]) for m in x] for f in (min, max))
        ax.fill_between(x, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    ax.set(xscale="log", yscale="log", xlabel="seconds of training, two cores")
    ax.set(ylabel=f"Frechet distance, {judge} judge")
    ax.set(title="Solid: our loop, on the clock. Dashed: loops as published")
    plain_log(ax, "y").figure.legend(loc="outside lower center", ncol=2)
    ax.set_xticks(TICKS, [str(tick) for tick in TICKS])
    ax.xaxis.set_minor_locator(NullLocator())
    return ax


def sweep():
    """One row for each variant: both seeds, and what the choice in use reaches."""
    found, by_name = stored("sweep"), defaultdict(list)
    for row in found["rows"]:
        by_name[row["name"]].append(row["first"]["fd"])
    names = sorted(by_name, key=lambda name: statistics.mean(by_name[name]))[::-1]
    figure, ax = viz.panels(1, width=8, height=0.27 * len(names) + 1.2)
    for place, name in enumerate(names):
        color = "C1" if name == "base" else "C0"
        ax.plot(by_name[name], [place] * len(by_name[name]), "o", color=color)
    base = statistics.mean(by_name["base"])
    ax.axvline(base, color="C1", linestyle=":")
    ax.set(xscale="log", yticks=range(len(names)), yticklabels=names)
    ax.set(xlabel="Frechet distance, first judge (each dot a seed)")
    ax.set(title=f"One choice changed, {found['seconds']:.0f} s of training each")
    plain_log(ax, "x")
    return ax


def cluster():
    """Speed-up against workers, and what passed on a day when one of them died."""
    found = stored("scale")
    parts, speed_up = found["parts"], found["conclusion"]["speed_up"]
    figure, (left, right) = viz.panels(2, width=8, height=3.4)
    counts = [int(count) for count in speed_up]
    left.plot(counts, counts, ":", color="0.3", label="no losses")
    left.plot(counts, list(speed_up.values()), "o-", label="Dask workers")
    jobs = parts["1 workers"]["seconds"] / parts["2 jobs"]["seconds"]
    left.plot(2, jobs, "D", color="C1", label="two jobs, no Dask")
    left.set(xlabel="workers, one thread each", ylabel="times as fast as one worker")
    left.set(xticks=counts, title="The series on two cores")
    left.legend()
    story = parts["story"]
    right.plot(story["ends"], range(1, len(story["ends"]) + 1))
    right.axvline(story["killed_after"], color="C1", linestyle="--")
    right.text(story["killed_after"], 1, " one of four killed", color="C1")
    right.set(xlabel="seconds", ylabel="notebooks passed, for good", title="A bad day")
    return right
