"""Publish numbers with which others compare theirs: notebooks/reference.json

python tools/make_reference.py
    from the shipped results of notebooks 02 and 03, one seed
python tools/make_reference.py runs/reference
    from a run, for example of
    python -m classroom run 02 03 04 --seeds 0-2 --dataset mnist --out runs/reference
"""

import json
from pathlib import Path

import click

from classroom.notebook import record
from classroom.report import summary
from classroom.runner import run_folder
from gan_utils.support import paths
from gan_utils.support.files import write_json

SHIPPED = {"02_vanilla_gan": "mlp", "03_dcgan": "dcgan"}


def from_weights():
    """The numbers of the published notebooks, from the results that they shipped."""
    runs = json.loads((paths.weights_dir() / "scores.json").read_text())["runs"]
    found = {}
    for notebook, recipe in SHIPPED.items():
        numbers = record.metrics(paths.weights_dir() / recipe)
        of_recipe = (run for run in runs if run["recipe"] == recipe)
        run = next(run for run in of_recipe if run["seed"] == 0)
        scores = run["first"]["metrics"]
        numbers |= {"FD": scores["fd"], "coverage": scores["coverage"]}
        numbers |= {"legible": scores["legibility"]}
        found[f"seed-{run['seed']}/{notebook}"] = numbers
    return {
        "command": "make notebooks NOTEBOOKS='02 03'",
        "profile": "quick",
        "seeds": [0],
        "metrics": summary.over_seeds(found),
    }


def from_run(folder):
    """The numbers of a whole run."""
    jobs, common, command = run_folder.read_plan(folder)
    known = run_folder.statuses(jobs)
    cut = sum(not summary.is_whole(known.get(job.key, {})) for job in jobs)
    if cut:
        raise click.ClickException(f"{cut} of its runs are not whole")
    left = {job.key: record.read_json(f"{job.folder}/metrics.json") for job in jobs}
    found = {key: values["metrics"] for key, values in left.items()}
    return {
        "command": command,
        "profile": common["profile"],
        "seeds": common["seeds"],
        "metrics": summary.over_seeds(found),
    }


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, path_type=Path))
def main(folder):
    """Write means and spreads, from the run in FOLDER or from the shipped results."""
    values = from_run(folder) if folder else from_weights()
    write_json(paths.notebooks_dir() / "reference.json", values)


if __name__ == "__main__":
    main()
