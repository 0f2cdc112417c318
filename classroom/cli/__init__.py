"""Commands: `python -m classroom COMMAND --help`.

Exit codes: 0 done, 1 something failed (the summary says what), 2 wrong use, 130 Ctrl-C.
"""

import click

from classroom.cli import check, run, start


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main():
    """For instructors: run the series for a class, check students' notebooks."""


for command in (start.start, run.run, check.check):
    main.add_command(command)
