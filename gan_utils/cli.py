"""Commands: `python -m gan_utils COMMAND --help`.

Exit codes: 0 done, 1 something failed (the summary says what), 2 wrong use, 130 Ctrl-C.
"""

import click

from gan_utils.commands_check import check
from gan_utils.commands_explore import explore
from gan_utils.commands_judge import judge
from gan_utils.commands_recipes import recipes
from gan_utils.commands_run import run
from gan_utils.commands_train import sample, train


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main():
    """Generative adversarial networks on MNIST: run the series and use its networks."""


for command in (run, train, sample, judge, recipes, explore, check):
    main.add_command(command)
