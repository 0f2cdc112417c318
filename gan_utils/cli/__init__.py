"""Commands: `python -m gan_utils COMMAND --help`.

Exit codes: 0 done, 1 something failed (the summary says what), 2 wrong use, 130 Ctrl-C.
"""

import click

from gan_utils.cli import explore, judge, recipes, train


class Commands(click.Group):
    """The commands, and one line for those that live elsewhere now."""

    def resolve_command(self, ctx, args):
        if args and args[0] in ("run", "check"):
            name = args[0]
            raise recipes.WrongUse(f"{name} has moved: python -m classroom {name} ...")
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main():
    """Generative adversarial networks on MNIST: use the networks of the series."""


commands = (train.train, train.sample, judge.judge, recipes.recipes, explore.explore)
for command in commands:
    main.add_command(command)
