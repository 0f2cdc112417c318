"""Where each value of the five classic recipes comes from, and what `recipes` prints.

Marks and notes are data: provenance.toml. The values are read from the recipes.
"""

import tomllib
from pathlib import Path

from gan_utils.recipes import RECIPES
from gan_utils.recipes.describe import values

_data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
MARKS = _data["marks"]  # mark -> what it means
PROJECTS = _data["about"]  # recipe -> whose it is
ORIGINS = _data["origins"]  # recipe -> {field: [mark, note], and a value for `init`}


def facts(name):
    """Every value of RECIPES[name] as texts: a list of (field, value, mark, note).

    The fields are those of `values`, and `init`, the first weights. A recipe without
    provenance has no `init`, and "" for each mark and note. Raises KeyError if there is
    no such recipe.
    """
    texts, rows = values(RECIPES[name]), []
    for field, origin in ORIGINS.get(name, dict.fromkeys(texts, ("", ""))).items():
        mark, note, *value = origin
        rows.append((field, value[0] if value else texts[field], mark, note))
    return rows
