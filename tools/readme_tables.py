"""Tables of the README, from the files that measured them."""

import json
from collections import defaultdict
from statistics import mean, stdev

from speed_tables import benchmark

from gan_utils.recipes import CLASSICS, RECIPES
from gan_utils.recipes.provenance import MARKS, facts
from gan_utils.support import paths


def scores():
    """weights/scores.json."""
    return json.loads((paths.weights_dir() / "scores.json").read_text())


def counts():
    """The shipped generators of notebooks 02 and 03, from their meta.json."""
    lines = [
        "| of 2000 samples (seed 1) | classes found | rarest | most common "
        "| speckles |",
        "|---|---|---|---|---|",
    ]
    for name in ("mlp", "dcgan"):
        meta = json.loads((paths.weights_dir() / name / "meta.json").read_text())
        shares = [count / sum(meta["class_counts"]) for count in meta["class_counts"]]
        found = sum(share > 0.02 for share in shares)
        low, high = shares.index(min(shares)), shares.index(max(shares))
        cells = [name, str(found), f"{low}: {shares[low]:.1%}"]
        cells += [f"{high}: {shares[high]:.1%}", f"{meta['speckles']:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    lines.append(f"| real test images | 10 | | | {meta['speckles_real']:.2f} |")
    return lines


def spread(values, form):
    """Mean, with the standard deviation if there are several."""
    text = form.format(mean(values))
    return f"{text} ± {form.format(stdev(values))}" if len(values) > 1 else text


def quality():
    """What both judges say of every recipe, with the floor in the last row."""
    found = defaultdict(list)
    for row in scores()["runs"]:
        found[row["recipe"]].append(row)
    lines = [
        "| recipe | seeds | minutes | FD, first judge | FD, second judge | coverage "
        "| class KL | missing |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in (name for name in RECIPES if name in found):
        rows = found[name]
        cells = [f"`{name}`", ", ".join(str(row["seed"]) for row in rows)]
        cells.append(spread([row["seconds"] / 60 for row in rows], "{:.0f}"))
        cells[-1] += " \\*" if {row["threads"] for row in rows} == {1} else ""
        for judge, key, form in COLUMNS:
            values = [row[judge]["metrics"][key] for row in rows]
            cells.append(spread(values, form))
        missing = sorted({digit for row in rows for digit in row["first"]["missing"]})
        cells.append(", ".join(map(str, missing)) or "none")
        lines.append(f"| {' | '.join(cells)} |")
    floors = [
        form.format(rows[0][judge]["floors"][key][0]) for judge, key, form in COLUMNS
    ]
    lines.append(f"| *real images (the floor)* | | | {' | '.join(floors)} | none |")
    return lines


def five_minutes():
    """What the recipes reach in the same time, from benchmarks/five_minutes.json."""
    found = benchmark("five_minutes")
    by_name = defaultdict(list)
    for row in found["rows"]:
        by_name[row["recipe"]].append(row)
    lines = [
        f"| after {found['seconds']:.0f} s | seeds | steps | FD, first judge "
        "| FD, second judge | coverage | class KL |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in found["conclusion"]["first"]["order"]:
        rows = by_name[name]
        cells = [f"`{name}`", ", ".join(str(row["seed"]) for row in rows)]
        cells.append(spread([row["steps"] for row in rows], "{:,.0f}"))
        for judge, key, form in COLUMNS:
            cells.append(spread([row[judge][key] for row in rows], form))
        lines.append(f"| {' | '.join(cells)} |")
    return lines


COLUMNS = [
    ("first", "fd", "{:.2f}"),
    ("second", "fd", "{:.2f}"),
    ("first", "coverage", "{:.3f}"),
    ("first", "class_kl", "{:.4f}"),
]


def claims():
    """What the classics promise, and what came out."""
    lines = ["| recipe | it says | we measured | verdict |", "|---|---|---|---|"]
    for claim in scores()["claims"]:
        cells = [f"`{claim['recipe']}`", claim["claim"], claim["measured"]]
        lines.append(f"| {' | '.join(cells)} | {claim['verdict']} |")
    return lines


def recipes():
    """Every value of the five classics, marked with where it comes from."""
    columns = {name: {f: (v, m) for f, v, m, _ in facts(name)} for name in CLASSICS}
    lines = [f"| | {' | '.join(f'`{name}`' for name in CLASSICS)} |"]
    lines.append("|---" * (len(CLASSICS) + 1) + "|")
    for field in next(iter(columns.values())):
        cells = [marked(field, *columns[name][field]) for name in CLASSICS]
        lines.append(f"| {field} | {' | '.join(cells)} |")
    return lines


def marked(field, value, mark):
    """One value and the first letter of its mark; of a network only its size."""
    short = value.split("; ")[-1] if field in "GD" else value
    return f"{short} **{mark[0].upper()}**"


def judges():
    """How well the two judges read real test images."""
    found = []
    for name in ("first", "second"):
        file = paths.weights_dir() / "judge" / f"{name}.json"
        accuracy = json.loads(file.read_text())["accuracy"]
        found.append(f"the {name} one reads {accuracy:.2%} of the test images rightly")
    return [f"Of the two judges, {', '.join(found)}."]


LEGEND = [", ".join(f"**{mark[0].upper()}** {text}" for mark, text in MARKS.items())]
