"""`check`: which exercises of a student's notebook are solved?"""

import json
import os
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import click

from gan_utils.cli.recipes import columns

COLUMNS = ("exercise", "check", "result", "why")
SECONDS, GIGABYTES = click.IntRange(1, 86_400), click.FloatRange(0.5, 1000)
WHOLE = "seconds for the whole notebook"
CELL = "seconds for each cell  [default: a fifth of --timeout]"
MEMORY = "GB that a process of the notebook may take"


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.ipynb")
@click.option("--timeout", type=SECONDS, default=300, show_default=True, help=WHOLE)
@click.option("--cell-timeout", type=SECONDS, help=CELL)
@click.option("--memory", type=GIGABYTES, default=4.0, show_default=True, help=MEMORY)
@click.option("--json", "as_json", is_flag=True, help="print JSON and nothing else")
def check(file, timeout, cell_timeout, memory, as_json):
    """Run a student's FILE.ipynb at profile smoke and say which exercises are solved.
    A capstone.json beside it becomes one more line.

    It runs in a fresh kernel, with limits and without your environment variables, but
    as your user: against a determined cheat or attacker use a container as well.

    Exit code 0: all solved, 1: not all, 2: not a notebook of the series, 130: Ctrl-C.
    """
    from gan_utils.engine.stopping import sigterm_like_ctrl_c

    limits = {"seconds": timeout, "cell_seconds": cell_timeout or max(1, timeout // 5)}
    try:
        with sigterm_like_ctrl_c():
            report = _run(file, limits | {"gigabytes": memory})
    except KeyboardInterrupt:
        click.echo("stopped by Ctrl-C", err=True)
        sys.exit(130)
    click.echo(json.dumps(report, indent=1) if as_json else _table(report))
    sys.exit(0 if report["passed"] else 1)


def _run(file, limits):
    from classroom.grading import feedback
    from classroom.runner.terminal import Board

    try:
        feedback.read(file)  # wrong use is told before the line of progress
    except feedback.SubmissionError as error:
        raise click.UsageError(str(error)) from None
    job = SimpleNamespace(key=file.name, name=file.stem, seed=0, folder=os.devnull)
    with Board(1, lambda: None, stream=sys.stderr) as board:
        board.started(job)
        on_cell = partial(board.on_cell, job)
        report = feedback.check_notebook(file, on_cell=on_cell, **limits)
        board.ended(job, f"{report['ended']} after {report['seconds']:.0f} s")
    return report


def _table(report):
    """The report as text: a row for each check, then what went wrong elsewhere."""
    rows = [
        (str(entry["number"]), row["name"], row["result"], row["why"])
        for entry in report["exercises"]
        for row in entry["checks"]
    ]
    widths = [max(map(len, column)) for column in zip(COLUMNS, *rows)]
    lines = [*columns([COLUMNS, *rows], widths), ""]
    for error in report["errors"]:
        ours = "; the lesson's own cell ran instead" if error["replaced"] else ""
        lines.append(f"cell {error['cell']}: {error['error']}{ours}")
    solved = sum(entry["result"] == "ok" for entry in report["exercises"])
    total = f"{report['lesson']}: {solved} of {len(report['exercises'])} solved"
    return "\n".join([*lines, total, *filter(None, [report["capstone"]])])
