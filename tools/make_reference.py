"""Publish numbers with which others compare theirs: notebooks/reference.json

python -m classroom run 02 03 04 07 --seeds 0-4 --dataset mnist --out runs/reference
python tools/make_reference.py runs/reference
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
    return {
        "command": command,
        "profile": common["profile"],
        "seeds": common["seeds"],
        "metrics": summary.over_seeds(found),
    }


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
def main(folder):
    """Write means and spreads over the seeds of the run in FOLDER."""
    write_json(paths.notebooks_dir() / "reference.json", from_run(folder))


if __name__ == "__main__":
    main()
