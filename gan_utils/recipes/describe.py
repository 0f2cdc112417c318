"""A recipe in words: what it trains, how, how long, and what it leaves behind."""

import torch

from gan_utils.recipes import RECIPES
from gan_utils.recipes.saves import SAVES

LOSSES = {  # the name of D's loss -> both losses
    "bce_d": "cross-entropy, non-saturating G",
    "smoothed_d": "cross-entropy with smoothed real labels, non-saturating G",
    "hinge_d": "hinge; G raises D's logits of its fakes",
}
STEPS = {
    "train_step": "D, then G, on one batch",
    "lean": "D, then G, on one batch",
    "two_of_D": "D on half a batch of real images, D on fakes, then G",
    "simultaneous": "D and G at once, from the same weights",
}
SCHEDULES = {
    "constant": "constant rates",
    "linear_decay": "full rates for half of the training, then straight down to 0",
}
SIZES = ("out_features", "out_channels", "negative_slope", "p")  # of a layer


def values(recipe):
    """Field -> text: what a Recipe is made of, and how it trains."""
    G, D = networks(recipe)
    return {
        "G": layers(G),
        "D": layers(D),
        "loss": LOSSES.get(recipe.loss.d.__name__, recipe.loss.d.__name__),
        "step": STEPS.get(recipe.update.__name__, recipe.update.__name__),
        "lr": learning_rate(recipe),
        "betas": str(recipe.betas),
        "eps": f"{recipe.eps:g}",
        "latent_dim": str(recipe.latent_dim),
        "batch_size": str(recipe.batch_size),
        "schedule": SCHEDULES.get(recipe.schedule.__name__, recipe.schedule.__name__),
        "average": averaging(recipe),
        "length": duration(recipe),
        "saves": saves(recipe),
    }


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
    if recipe.lr_G == recipe.lr_D:
        return f"{recipe.lr_G:g}"
    return f"G {recipe.lr_G:g}, D {recipe.lr_D:g}"


def averaging(recipe):
    """The running average of G that the pictures are drawn from."""
    if not recipe.ema_images:
        return "none: pictures are drawn from G itself"
    return f"of G, forgets half in {recipe.ema_images:,} images"


def duration(recipe):
    """How long it trains, e.g. "20 epochs"."""
    ((unit, number),) = recipe.length.items()
    return f"{number:,} {unit}"


def saves(recipe):
    """The files that it leaves behind besides its result."""
    names = [name for name, known in RECIPES.items() if known == recipe]
    files = [file for name in names for file in SAVES.get(name, {})]
    return ", ".join(files) or "nothing besides the result"
