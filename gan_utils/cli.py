"""Commands: `python -m gan_utils COMMAND --help`.

Exit codes: 0 done, 1 something failed (the summary says what), 2 wrong use, 130 Ctrl-C.
"""

import datetime
import shlex
import sys
from pathlib import Path

import click

from gan_utils.commands_check import check
from gan_utils.commands_explore import explore
from gan_utils.commands_judge import judge
from gan_utils.commands_recipes import recipes
from gan_utils.commands_train import sample, train

PROFILES = ("smoke", "quick", "full")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main():
    """Generative adversarial networks on MNIST: run the series and use its networks."""


@main.command()
@click.argument("notebooks", nargs=-1, metavar="[NN]...")
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default="quick",
    show_default=True,
    help="smoke proves that it runs, quick teaches, full is the best we can do",
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--dataset",
    default="auto",
    show_default=True,
    help="auto, mnist, fashion, kmnist, offline or a folder",
)
@click.option(
    "--device",
    default="auto",
    show_default=True,
    help='auto, cpu or cuda; "cpu fp32" fixes the number format, too',
)
@click.option("--out", type=click.Path(path_type=Path), help="new folder for results")
@click.option("-p", "pairs", multiple=True, metavar="NAME=VALUE", help="a parameter")
def run(notebooks, profile, seed, dataset, device, out, pairs):
    """Run the notebooks headless, all of them or those named by number.

    Ends by printing where the results are: a folder with index.html, the executed
    notebooks, and everything that they wrote.
    """
    from gan_utils import plan, series

    common = {"profile": profile, "seed": seed, "dataset": dataset, "device": device}
    try:
        chosen = plan.find_notebooks(notebooks)
        folder = plan.check_folder(out or new_folder(profile))
        common["out_dir"] = str(folder / "results")
        jobs = plan.make_jobs(chosen, common, plan.split_pairs(pairs))
    except plan.RunError as error:
        raise click.UsageError(str(error)) from error
    command = f"python -m gan_utils {shlex.join(sys.argv[1:])}"
    sys.exit(series.run(jobs, folder, common=common, command=command))


def new_folder(profile):
    """runs/2026-01-31_14-03-05_quick, with a number behind it if that is taken."""
    from gan_utils import paths

    name = f"{datetime.datetime.now():%Y-%m-%d_%H-%M-%S}_{profile}"
    numbered = [name, *(f"{name}-{number}" for number in range(2, 100))]
    folders = (paths.runs_dir() / candidate for candidate in numbered)
    return next(folder for folder in folders if not folder.exists())


for command in (train, sample, judge, recipes, explore, check):
    main.add_command(command)
