"""`check`: which exercises of a student's notebook are solved?"""

import json
import os
import sys
from pathlib import Path

import click

OURS = "; the lesson's own cell ran in its place"
COLUMNS = ("exercise", "check", "result", "why")


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.ipynb")
@click.option(
    "--timeout",
    type=click.IntRange(1, 86_400),
    default=300,
    show_default=True,
    help="seconds for the whole notebook",
)
@click.option(
    "--cell-timeout",
    type=click.IntRange(1, 86_400),
    help="seconds for each cell  [default: a fifth of --timeout]",
)
@click.option(
    "--memory",
    type=click.FloatRange(0.5, 1000),
    default=4.0,
    show_default=True,
    help="GB that a process of the notebook may take",
)
@click.option("--json", "as_json", is_flag=True, help="print JSON and nothing else")
def check(file, timeout, cell_timeout, memory, as_json):
    """Run a student's FILE.ipynb at profile smoke and say which exercises are solved.

    It runs in a fresh kernel, with limits and without your environment variables, but
    as your user: against a determined cheat or attacker use a container as well.

    Exit code 0: all solved, 1: not all, 2: not a notebook of the series, 130: Ctrl-C.
    """
    from gan_utils.engine.signals import sigterm_like_ctrl_c

    try:
        with sigterm_like_ctrl_c():
            report = _run(file, timeout, cell_timeout or max(1, timeout // 5), memory)
    except KeyboardInterrupt:
        click.echo("stopped by Ctrl-C", err=True)
        sys.exit(130)
    click.echo(json.dumps(report, indent=1) if as_json else _table(report))
    sys.exit(0 if report["passed"] else 1)


def _run(file, timeout, cell_timeout, memory):
    from classroom.grading import feedback
    from classroom.runner.terminal import Line

    try:
        feedback.read(file)  # wrong use is told before the line of progress
    except feedback.SubmissionError as error:
        raise click.UsageError(str(error)) from None
    limits = {"seconds": timeout, "cell_seconds": cell_timeout, "gigabytes": memory}
    with Line(file.name, None, Path(os.devnull), stream=sys.stderr) as line:
        report = feedback.check_notebook(file, on_cell=line.on_cell, **limits)
        line.finish(f"{report['ended']} after {report['seconds']:.0f} s")
    return report


def _table(report):
    """The report as text: a row for each check, then what went wrong elsewhere."""
    rows = [
        (str(entry["number"]), row["name"], row["result"], row["why"])
        for entry in report["exercises"]
        for row in entry["checks"]
    ]
    widths = [max(map(len, column)) for column in zip(COLUMNS, *rows)]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip()
        for row in (COLUMNS, *rows)
    ]
    solved = sum(entry["result"] == "ok" for entry in report["exercises"])
    errors = [
        f"cell {e['cell']}: {e['error']}" + (OURS if e["replaced"] else "")
        for e in report["errors"]
    ]
    total = f"{report['lesson']}: {solved} of {len(report['exercises'])} solved"
    return "\n".join([*lines, "", *errors, total])
