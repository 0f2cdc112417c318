"""Publish numbers with which others compare theirs: notebooks/reference.json

python -m classroom run 02 03 04 07 --seeds 0-4 --dataset mnist --out runs/reference
python tools/make_reference.py runs/reference

The lessons of the run take the place of theirs in the file, each with the command that
made its numbers; others stay. Profile and seeds are the same for all of them.
"""

from pathlib import Path

import click

from classroom.report import summary
from classroom.runner import run_folder
from gan_utils.support import paths
from gan_utils.support.files import read_json, write_json


def from_run(folder):
    """The numbers of a whole run."""
    jobs, common, command = run_folder.read_plan(folder)
    known = run_folder.statuses(jobs)
    cut = sum(not summary.is_whole(known.get(job.key, {})) for job in jobs)
    if cut:
        raise click.ClickException(f"{cut} of its runs are not whole")
    left = {job.key: read_json(f"{job.folder}/metrics.json") for job in jobs}
    found = {key: values["metrics"] for key, values in left.items()}
    metrics = summary.over_seeds(found)
    return {
        "profile": common["profile"],
        "seeds": common["seeds"],
        "commands": dict.fromkeys(metrics, command),
        "metrics": metrics,
    }


def joined(old, new):
    """The numbers of `old` with the lessons of `new` in the place of theirs."""
    for name in ("profile", "seeds"):
        if old and old[name] != new[name]:
            reason = f"the run has {name} {new[name]}, the published ones {old[name]}"
            raise click.ClickException(reason)
    return old | new | {k: old.get(k, {}) | new[k] for k in ("commands", "metrics")}


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
def main(folder):
    """Write means and spreads over the seeds of the run in FOLDER."""
    found = joined(summary.published_run(), from_run(folder))
    write_json(paths.notebooks_dir() / "reference.json", found)


if __name__ == "__main__":
    main()
