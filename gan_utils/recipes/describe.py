"""A recipe in words: what it trains, how, how long, and where each value comes from.

Words, marks and notes are data: describe.toml. The values are read from the recipes.
"""

import tomllib
from pathlib import Path

import torch

from gan_utils.recipes import RECIPES
from gan_utils.recipes.saves import SAVES

_data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
WORDS = _data["words"]  # the name of D's loss, a step or a schedule -> what it does
MARKS = _data["marks"]  # mark -> what it means
PROJECTS = _data["about"]  # recipe -> whose it is
ORIGINS = _data["origins"]  # recipe -> {field: [mark, note], and a value for `init`}
NO_AVERAGE = "none: pictures are drawn from G itself"
SIZES = ("out_features", "out_channels", "negative_slope", "p")  # of a layer


def facts(name):
    """Every value of RECIPES[name], else KeyError: rows (field, value, mark, note).

    The fields are those of `values`, the files that it leaves behind, and `init`, the
    first weights. A recipe without provenance has no `init`, "" for mark and note.
    """
    saves = ", ".join(SAVES.get(name, {})) or "nothing besides the result"
    texts, rows = values(RECIPES[name]) | {"saves": saves}, []
    for field, origin in ORIGINS.get(name, dict.fromkeys(texts, ("", ""))).items():
        mark, note, *value = origin
        rows.append((field, value[0] if value else texts[field], mark, note))
    return rows


def values(recipe):
    """Field -> text: what a Recipe is made of, and how it trains."""
    G, D = networks(recipe)
    after, half = " and ".join(map(str, recipe.grow)), recipe.ema_images
    half = f"{half:,} images" if half >= 1 else f"{half:.0%} of the steps so far"
    return {
        "G": layers(G),
        "D": layers(D),
        "loss": _words(recipe.loss.d),
        "step": _words(recipe.update),
        "lr": learning_rate(recipe),
        "betas": str(recipe.betas),
        "eps": f"{recipe.eps:g}",
        "latent_dim": str(recipe.latent_dim),
        "batch_size": str(recipe.batch_size),
        **({"grow": f"batches double after epochs {after}"} if after else {}),
        "schedule": _words(recipe.schedule),
        "average": f"of G, forgets half in {half}" if recipe.ema_images else NO_AVERAGE,
        "length": duration(recipe),
        **({"labels": _words(recipe.labels)} if recipe.labels else {}),
    }


def _words(function):
    return WORDS.get(function.__name__, function.__name__)


def networks(recipe):
    """G and D of a recipe without values for their weights: shapes cost nothing."""
    with torch.device("meta"):
        G = recipe.change_G(recipe.G(latent_dim=recipe.latent_dim))
        return G, recipe.change_D(recipe.D())


def parameter_count(net):
    """How many numbers training changes in a network."""
    return sum(p.numel() for p in net.parameters() if p.requires_grad)


def layers(net):
    """The layers in order, those that only reshape left out, and the size."""
    leaves = [module for module in net.modules() if not list(module.children())]
    kept = [leaf for leaf in leaves if "latten" not in type(leaf).__name__]
    return f"{', '.join(map(_layer, kept))}; {parameter_count(net):,} parameters"


def _layer(layer):
    numbers = [f" {getattr(layer, name)}" for name in SIZES if hasattr(layer, name)]
    return type(layer).__name__ + "".join(numbers)


def learning_rate(recipe):
    """The learning rate, or both if the players have their own."""
    G, D = f"{recipe.lr_G:g}", f"{recipe.lr_D:g}"
    return G if G == D else f"G {G}, D {D}"


def duration(recipe):
    """How long it trains: "20 epochs"."""
    ((unit, number),) = recipe.length.items()
    return f"{number:,} {unit}"
