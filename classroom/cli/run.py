"""`run`: the notebooks headless, for one seed or many."""

import datetime
import shlex
import sys

import click
from click.core import ParameterSource

PROFILES, ENGINES = ("smoke", "quick", "full"), ("local", "dask")
DEFINING = ("notebooks", "profile", "seed", "seeds", "dataset", "device", "pairs")
OUT = "new folder for results, or an address (s3://...)"
ENGINE = "dask: on the cluster of --scheduler, which must share --out"
WORK = "smoke proves that it runs, quick teaches, full is the best we can do"
DEVICE = 'auto, cpu or cuda; "cpu fp32" fixes the number format, too'
DATA = "auto, mnist, fashion, kmnist, offline or a folder"
JOBS = "notebooks at once; the processors are divided among them"


@click.command(context_settings={"show_default": True})
@click.argument("notebooks", nargs=-1, metavar="[NN|PATH.ipynb]...")
@click.option("--profile", type=click.Choice(PROFILES), default="quick", help=WORK)
@click.option("--seed", type=int, default=0, help="one seed")
@click.option("--seeds", metavar="0-4", help="several seeds: 0-4 or 0,2,5")
@click.option("--dataset", default="auto", help=DATA)
@click.option("--device", default="auto", help=DEVICE)
@click.option("-p", "pairs", multiple=True, metavar="NAME=VALUE", help="a parameter")
@click.option("-f", "file", metavar="FILE", help="a YAML file of parameters; -p wins")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, help=JOBS)
@click.option("--threads", type=click.IntRange(1, 1024), help="of each notebook")
@click.option("--budget", metavar="15m", help="time for all; training ends early")
@click.option("--timeout", metavar="10m", help="time for one notebook; it is stopped")
@click.option("--out", metavar="FOLDER", help=OUT)
@click.option("--resume", is_flag=True, help="only what has not passed, in --out")
@click.option("--dry-run", is_flag=True, help="show what would run, and how long")
@click.option("--engine", type=click.Choice(ENGINES), default="local", help=ENGINE)
@click.option("--scheduler", metavar="tcp://HOST:8786", help="of a Dask cluster")
@click.pass_context
def run(context, **options):
    """Run the notebooks headless, all of them or those named by number or path.

    Ends by printing where the results are: a folder with index.html, summary.csv, and
    for each notebook and seed what it wrote.
    """
    from classroom import series
    from classroom.notebook.job import RunError
    from classroom.runner import run_folder
    from classroom.runner.estimate import Estimate

    try:
        limits = _limits(options)
        folder, jobs, common, command = _plan(context, options)
        engine = _engine(options, limits)
        if options["dry_run"]:
            return _show(jobs, Estimate(jobs, limits), limits)
        if not options["resume"]:
            run_folder.write_plan(folder, jobs, common, command)
        how = {"common": common, "command": command, "limits": limits}
        code = series.run(jobs, folder, **how, engine=engine)
    except RunError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        hint = "choose another folder with --out, or set GAN_RUNS_DIR"
        text = f"cannot write the results: {error}; {hint}"
        raise click.ClickException(text) from error
    if not options["resume"]:
        _copy(run_folder, folder, options["out"])
    sys.exit(code)


def _copy(run_folder, folder, out):
    """To --out, if that is an address. What is here stays, also when that fails."""
    try:
        count = run_folder.copy_run(folder, out)
    except Exception as error:  # each kind of storage has its own
        text = f"cannot copy to {out}: {type(error).__name__}: {error}"
        raise click.ClickException(f"{text}; the results are in {folder}") from error
    if count:
        click.echo(f"{count} files copied to {out}")


def _limits(options):
    from classroom.runner.estimate import Limits, threads_for
    from classroom.runner.parameters import parse_time

    times = {
        name: None if options[name] is None else parse_time(options[name], f"--{name}")
        for name in ("budget", "timeout")
    }
    threads = options["threads"] or threads_for(options["jobs"])
    return Limits(jobs=options["jobs"], threads=threads, **times)


def _plan(context, options):
    """(folder, jobs, common, command): a new plan, or that of the run to resume."""
    from classroom.runner import run_folder
    from classroom.runner.parameters import whole_path

    named = {
        name
        for name in (*DEFINING, "file")
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }
    if options["resume"]:
        if named:
            text = f"--resume takes {min(named)} from the run that it goes on with"
            raise click.UsageError(f"{text}; leave it")
        if (out := options["out"]) is None:
            raise click.UsageError("--resume needs --out, the folder of that run")
        folder = whole_path("out_dir", out, f"--out {out}")
        return folder, *run_folder.read_plan(folder)
    if {"seed", "seeds"} <= named:
        raise click.UsageError("--seed and --seeds: give one of them")
    return _new_plan(options)


def _new_plan(options):
    from classroom.notebook.job import RunError
    from classroom.runner import parameters, plan

    common = {name: options[name] for name in ("profile", "dataset", "device")}
    chosen = plan.find_notebooks(options["notebooks"])
    out = options["out"]
    if out is None or plan.REMOTE.match(out):
        out = new_folder(common["profile"])
    folder = plan.check_folder(out)
    extra = parameters.read_file(options["file"]) if options["file"] else {}
    extra |= parameters.split_pairs(options["pairs"])
    for name in set(extra) & {*common, "seed", "out_dir"}:
        option = "--out" if name == "out_dir" else f"--{name}"
        raise RunError(f"parameter {name!r}: use {option} for it")
    many = options["seeds"]
    seeds = [options["seed"]] if many is None else parameters.parse_seeds(many)
    jobs = plan.make_jobs(chosen, common, extra, seeds=seeds, folder=folder)
    command = f"python -m classroom {shlex.join(sys.argv[1:])}"
    return folder, jobs, common | {"seeds": seeds}, command


def _engine(options, limits):
    if options["engine"] == "local":
        return None
    if not options["scheduler"]:
        raise click.UsageError("--engine dask needs --scheduler, e.g. tcp://host:8786")
    from classroom.runner import cluster

    return cluster.engine(options["scheduler"], limits)


def _show(jobs, estimate, limits):
    """The plan as text, with what it will take."""
    from classroom.runner.terminal import clock

    for job in jobs:
        values = {k: v for k, v in job.parameters.items() if k != "out_dir"}
        text = " ".join(f"{k}={v}" for k, v in values.items())
        seconds = estimate.seconds[job.key]
        click.echo(f"  {job.key:<32} {clock(seconds) if seconds else '?':>6}  {text}")
    threads = f", {limits.threads} threads each" if limits.threads else ""
    total = estimate.total()
    exact = "" if total is None else f" ({total:.0f} s)"
    count = f"{len(jobs)} notebooks, {limits.jobs} at once{threads}"
    click.echo(f"{count}: {estimate.words()}{exact}")


def new_folder(profile):
    """runs/2026-01-31_14-03-05_quick, with a number behind it if that is taken."""
    from gan_utils.support import paths

    name = f"{datetime.datetime.now():%Y-%m-%d_%H-%M-%S}_{profile}"
    numbered = [name, *(f"{name}-{number}" for number in range(2, 100))]
    folders = (paths.runs_dir() / candidate for candidate in numbered)
    return next(folder for folder in folders if not folder.exists())
