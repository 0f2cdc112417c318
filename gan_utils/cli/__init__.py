"""Commands: `python -m gan_utils COMMAND --help`.

Exit codes: 0 done, 1 something failed (the summary says what), 2 wrong use, 130 Ctrl-C.
"""

import click

from gan_utils.cli import judge, recipes, train


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main():
    """Use the networks of the series. Its notebooks: python -m classroom run, check."""


commands = (train.train, train.sample, judge.judge, recipes.recipes)
for command in commands:
    main.add_command(command)
