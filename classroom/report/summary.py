"""Numbers of a run over its seeds, beside those of the published run."""

import statistics

from classroom.notebook import execution
from gan_utils.support import files, paths

CLOSE = 3.0  # standard deviations of the published seeds


def is_whole(status):
    """Whether a run's numbers may be compared: it passed, and trained to the end."""
    return status.get("status") == execution.PASSED and not status.get("cut_by_budget")


def by_seed(found):
    """{key: metrics} -> {seed: {notebook: metrics}}."""
    seeds = {}
    for key, metrics in found.items():
        seed, name = key.split("/", 1)
        seeds.setdefault(int(seed.removeprefix("seed-")), {})[name] = metrics
    return seeds


def spread(values):
    """{"mean", "sd", "n"}; sd is None for a single value."""
    sd = statistics.stdev(values) if len(values) > 1 else None
    return {"mean": statistics.fmean(values), "sd": sd, "n": len(values)}


def over_seeds(found):
    """{notebook: {metric: spread}} over all seeds."""
    values = {}
    for key, metrics in found.items():
        notebook = values.setdefault(key.split("/", 1)[1], {})
        for name, value in metrics.items():
            notebook.setdefault(name, []).append(value)
    for metrics in values.values():
        metrics |= {name: spread(numbers) for name, numbers in metrics.items()}
    return values


def published_run():
    """notebooks/reference.json; {} if there is none."""
    return files.read_json(paths.notebooks_dir() / "reference.json")


def compare_with_published(found, profile):
    """[{"notebook", "metric", "ours", "published", "remark"}], texts for the page."""
    known = published_run()
    same = known.get("profile") == profile
    rows = []
    for notebook, metrics in sorted(over_seeds(found).items()):
        published = known.get("metrics", {}).get(notebook, {})
        for name, ours in metrics.items():
            theirs = published.get(name)
            row = {"notebook": notebook, "metric": name, "ours": as_text(ours)}
            row["published"] = as_text(theirs) if theirs else ""
            row["remark"] = remark(ours, theirs) if same and theirs else ""
            rows.append(row)
    return rows


def as_text(numbers):
    """A mean and its spread as text: `12.3 ± 0.4`."""
    sd = numbers["sd"]
    return f"{numbers['mean']:.3g}" + (f" ± {sd:.2g}" if sd is not None else "")


def remark(ours, theirs):
    """Whether our mean lies where the published seeds do; of one seed, how far off."""
    apart = ours["mean"] - theirs["mean"]
    if theirs["sd"]:
        apart = abs(apart) / theirs["sd"]
        return "as published" if apart <= CLOSE else f"{apart:.1f} sd apart"
    return f"{apart / theirs['mean']:+.0%}" if theirs["mean"] else ""
