"""Publish numbers with which others compare theirs: notebooks/reference.json

python -m classroom run 02 03 04 --seeds 0-4 --dataset mnist --out runs/reference
python tools/make_reference.py runs/reference

A later run of some of them replaces theirs, if it has the same profile and seeds.
"""

from pathlib import Path

import click

from classroom.notebook import record
from classroom.report import summary
from classroom.runner import run_folder
from gan_utils.support import paths
from gan_utils.support.files import write_json


def from_run(folder):
    """The numbers of a whole run."""
    jobs, common, command = run_folder.read_plan(folder)
    known = run_folder.statuses(jobs)
    cut = sum(not summary.is_whole(known.get(job.key, {})) for job in jobs)
    if cut:
        raise click.ClickException(f"{cut} of its runs are not whole")
    left = {job.key: record.read_json(f"{job.folder}/metrics.json") for job in jobs}
    found = {key: values["metrics"] for key, values in left.items()}
    metrics = summary.over_seeds(found)
    return {
        "profile": common["profile"],
        "seeds": common["seeds"],
        "commands": dict.fromkeys(metrics, command),
        "metrics": metrics,
    }


def joined(old, new):
    """Both, where `new` wins; `new` alone if the two cannot stand in one table."""
    if any(old.get(key) != new[key] for key in ("profile", "seeds")):
        return new
    return new | {key: old[key] | new[key] for key in ("commands", "metrics")}


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
def main(folder):
    """Write means and spreads over the seeds of the run in FOLDER."""
    file = paths.notebooks_dir() / "reference.json"
    write_json(file, joined(record.read_json(file), from_run(folder)))


if __name__ == "__main__":
    main()
