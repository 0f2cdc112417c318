"""Tables of the README about speed, from the files of benchmarks/."""

import json
from statistics import mean

from gan_utils.support import paths


def benchmark(name):
    """The contents of benchmarks/NAME.json."""
    return json.loads(
        (paths.project_root() / "benchmarks" / f"{name}.json").read_text()
    )


def throughput():
    """Our loop against published ones, from benchmarks/throughput.json."""
    found = benchmark("throughput")
    lines = [
        "| published loop | batch | its images/s | ours | ratio | of the peak |",
        "|---|---|---|---|---|---|",
    ]
    for row in found["rows"]:
        speed, low, high = row["images_per_s"], min(row["ratios"]), max(row["ratios"])
        cells = [row["source"], str(row["batch_size"])]
        cells += [f"{speed['textbook']:,.0f}", f"{speed['ours']:,.0f}"]
        cells += [f"{row['ratio']:.1f} ({low:.1f} to {high:.1f})"]
        lines.append(f"| {' | '.join(cells)} | {row['share_of_peak']:.0%} |")
    return lines


def machine():
    """What the speeds were measured on."""
    found = benchmark("throughput")
    peaks = ", ".join(f"{k} {v:.0f}" for k, v in found["peaks_gflop_per_s"].items())
    return [
        f"{found['processor']}, {found['cores']} cores, torch {found['torch']}; "
        f"peaks in GFLOP/s: {peaks}."
    ]


def time_to_quality():
    """When each loop reaches what `modern` has after two minutes."""
    conclusion = benchmark("time_to_quality")["conclusion"]
    lines = [
        "| loop | FD to reach | reached after | best FD | second judge: to reach "
        "| reached after | best |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, by_judge in conclusion.items():
        cells = [f"`{name}`"]
        for row in by_judge.values():
            cells.append(f"{row['goal_fd']:.2f}")
            times = f"{row['seconds']} s ({row['times_as_long']:.0f} ×)"
            cells.append(times if row["reached"] else f"not in {times}")
            cells.append(f"{row['best_fd']:.2f}")
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def precision():
    """The same trainings in fp32 and in bf16."""
    found = benchmark("precision")
    lines = [
        "| networks | seeds | judge | FD, fp32 | FD, bf16 | difference "
        "| spread over seeds | p (Welch) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, by_judge in found["conclusion"].items():
        shown = "`modern`" if name == "base" else name
        for judge, row in by_judge.items():
            values = row["fd"]
            cells = [shown, str(len(values["bf16"])), judge]
            cells += [f"{mean(values[which]):.2f}" for which in ("fp32", "bf16")]
            cells += [f"{row['difference']:+.2f}", f"{row['spread']:.2f}"]
            lines.append(f"| {' | '.join(cells)} | {row['p']:.2f} |")
    return lines


def startup():
    """How long until something happens."""
    medians = benchmark("startup")["median_s"]
    return [", ".join(f"{name} {value:.2f} s" for name, value in medians.items()) + "."]


def notebook_03():
    """What the optimisers of notebook 03 are worth."""
    found, by_name = benchmark("notebook_03"), {}
    for row in found["rows"]:
        by_name.setdefault(row["name"], []).append(row["first"]["fd"])
    said = [
        f"{name} {mean(values):.2f} ({', '.join(f'{v:.2f}' for v in sorted(values))})"
        for name, values in sorted(by_name.items())
    ]
    return [f"After {found['seconds']:.0f} s of training, FD: {'; '.join(said)}."]


def latency():
    """From a key press to the new picture."""
    found = benchmark("latency")
    cells = [f"{name} {value:.1f} ms" for name, value in found["median_ms"].items()]
    return [
        f"{', '.join(cells)}; first explorer after {found['first_explorer_s']:.1f} s."
    ]


def live_view():
    """What the live view takes of the time."""
    rows = benchmark("live_view")["rows"]
    return [
        ", ".join(
            f"{name}: drawing takes {row['drawing']:.1%} of the time"
            for name, row in rows.items()
        )
        + "."
    ]


def runner():
    """What the runner costs and two jobs gain, and how good its estimates were."""
    found = benchmark("runner")
    same = (
        "the same metrics byte for byte" if found["same metrics"] else "OTHER METRICS"
    )
    off = [abs(guess - real) / real for guess, real in found["estimate, actual"]]
    return [
        f"Over bare papermill: {found['runner / papermill'] - 1:+.1%}. Seeds "
        f"{found['seeds']} with two jobs take {found['two jobs / serial']:.2f} of the "
        f"time of one after the other, and leave {same}. Estimates of `--dry-run` "
        f"before these runs were off by {', '.join(f'{part:.0%}' for part in off)}."
    ]
