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
    lines = _overview() if name is None else _details(name)
    print("\n".join(lines))


def _overview():
    """One line a recipe."""
    from gan_utils.recipes import RECIPES, describe

    longest = max(map(len, RECIPES))
    for name, recipe in RECIPES.items():
        sizes = map(describe.parameter_count, describe.networks(recipe))
        G, D = (f"{size:9,}" for size in sizes)
        adam = f"Adam {describe.learning_rate(recipe)} {recipe.betas}"
        length = f"batch {recipe.batch_size}, {describe.duration(recipe)}"
        yield f"{name:{longest}s}  G {G}  D {D}  {adam}, {length}"


def _details(name):
    """A table with a row for each value, and what its marks mean."""
    from gan_utils.recipes.provenance import MARKS, PROJECTS, facts

    find_recipe(name)
    rows = facts(name)
    if name not in PROJECTS:
        return columns([row[:2] for row in rows], [10, WIDTH - 12])
    about = _wrapped(f"{name}: {PROJECTS[name]}", WIDTH)
    rule = tuple("-" * width for width in COLUMNS.values())
    marks = [f"{mark}: {meaning}." for mark, meaning in MARKS.items()]
    body = columns([tuple(COLUMNS), rule, *rows], COLUMNS.values())
    return [*about, "", *body, "", *marks]


def columns(rows, widths):
    """Lines of text: the cells of each row side by side, wrapped to their widths."""
    lines = []
    for row in rows:
        cells = [_wrapped(text, width) for text, width in zip(row, widths)]
        for parts in itertools.zip_longest(*cells, fillvalue=""):
            padded = [f"{part:{width}s}" for part, width in zip(parts, widths)]
            lines.append("  ".join(padded).rstrip())
    return lines


def _wrapped(text, width):
    return textwrap.wrap(text, width, break_on_hyphens=False)
