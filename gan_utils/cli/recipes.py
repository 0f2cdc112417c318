"""`recipes`: which there are, and where each of their values comes from."""

import itertools
import textwrap

import click

from gan_utils.support.words import did_you_mean

WIDTH = 88
COLUMNS = {"field": 10, "value": 31, "mark": 10, "note": 31}  # WIDTH with the gaps


class WrongUse(click.ClickException):
    """Wrong use, told in one line."""

    exit_code = 2


def find_recipe(name):
    """RECIPES[name]. Raises WrongUse with the nearest name."""
    from gan_utils.recipes import RECIPES

    if name in RECIPES:
        return RECIPES[name]
    raise WrongUse(f"no recipe {name!r}; {did_you_mean(name, RECIPES)}")


@click.command()
@click.argument("name", required=False)
def recipes(name):
    """List the recipes that `train` knows, or show where each value of NAME is from."""
    print("\n".join(_overview() if name is None else _details(name)))


def _overview():
    """One line a recipe."""
    from gan_utils.recipes import RECIPES, describe

    longest = max(map(len, RECIPES))
    for name, recipe in RECIPES.items():
        nets = describe.networks(recipe)
        G, D = (f"{describe.parameter_count(net):9,}" for net in nets)
        adam = f"Adam {describe.learning_rate(recipe)} {recipe.betas}"
        length = f"batch {recipe.batch_size}, {describe.duration(recipe)}"
        yield f"{name:{longest}s}  G {G}  D {D}  {adam}, {length}"


def _details(name):
    """A table with a row for each value, and what its marks mean."""
    from gan_utils.recipes.describe import MARKS, PROJECTS, facts

    find_recipe(name)
    if name not in PROJECTS:
        return columns([row[:2] for row in facts(name)], [10, WIDTH - 12])
    about = columns([[f"{name}: {PROJECTS[name]}"]], [WIDTH])
    rule = ["-" * width for width in COLUMNS.values()]
    body = columns([COLUMNS, rule, *facts(name)], COLUMNS.values())
    return [*about, "", *body, "", *(f"{mark}: {MARKS[mark]}." for mark in MARKS)]


def columns(rows, widths):
    """Lines of text: the cells of each row side by side, wrapped to their widths."""
    for row in rows:
        pairs = zip(row, widths)
        cells = [textwrap.wrap(*pair, break_on_hyphens=False) for pair in pairs]
        for parts in itertools.zip_longest(*cells, fillvalue=""):
            padded = [f"{part:{width}s}" for part, width in zip(parts, widths)]
            yield "  ".join(padded).rstrip()
