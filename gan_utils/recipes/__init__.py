"""The named recipes: those of notebooks 02 and 03, five classics, and our own.

`python -m gan_utils recipes` lists them, `recipes NAME` shows one with the source of
every value, `train NAME` trains it.
"""

from dataclasses import replace
from functools import partial

from gan_utils import losses, models, tricks
from gan_utils.gan import Recipe
from gan_utils.latent import STYLE
from gan_utils.recipes import classics, labels
from gan_utils.recipes.steps import labelled, lean, simultaneous, spare, two_of_D
from gan_utils.training import constant

# Adam of Karras et al. 2018, arXiv 1710.10196, appendix A.1: high rates, no momentum.
karras = {"lr_G": 1e-3, "lr_D": 1e-3, "betas": (0.0, 0.99)}
deep = {"G": models.DCGANGenerator, "D": models.DCGANDiscriminator}
LESSONS = {"mlp": Recipe(), "dcgan": Recipe(epochs=3, **deep, **karras)}


def classic(G, D, *, lr=2e-4, betas=(0.5, 0.999), batch_size=128, **other):
    """A Recipe; the defaults are what most of the classics agree on."""
    other = {"update": spare, "latent_dim": 100, "batch_size": batch_size} | other
    how = {"lr_G": lr, "lr_D": lr, "betas": betas, "schedule": constant}
    return Recipe(G=G, D=D, **how, **other)


CLASSICS = {
    "mlp_bn_fullbatch": classic(
        classics.keras_mlp_generator,
        classics.keras_mlp_discriminator,
        update=two_of_D,
        eps=1e-7,
        steps=100_000,
    ),
    "mlp_plain": classic(
        classics.plain_generator,
        classics.plain_discriminator,
        betas=(0.9, 0.999),
        batch_size=100,
        epochs=100,
    ),
    "mlp_bn_smooth": classic(
        classics.norm_relu_generator,
        classics.dropout_discriminator,
        loss=tricks.smoothed(0.9),
        epochs=50,
    ),
    "dcgan_28": classic(
        classics.dcgan_28_generator, classics.dcgan_28_discriminator, epochs=20
    ),
    "dcgan_tf": classic(
        classics.dcgan_tf_generator,
        classics.dcgan_tf_discriminator,
        update=simultaneous,
        lr=1e-4,
        betas=(0.9, 0.999),
        eps=1e-7,
        batch_size=256,
        epochs=10,
    ),
}

# Ours: cheap steps, the hinge loss, and a running average of G as in the same appendix.
# The rates stay as they are: the average is calm enough. See benchmarks/sweep.json.
# Batch and average are small at first, and grow: see benchmarks/quality.json.
modern = Recipe(
    G=models.ShuffleGenerator,
    D=models.ShuffleDiscriminator,
    update=lean,
    loss=losses.hinge,
    schedule=constant,
    batch_size=32,
    grow=(1, 4),
    ema_images=0.05,
    seconds=300,
    **karras,
)


def knowing(recipe, n, find, **how):
    """`recipe` where both players know n labels, which find(ImageSet) returns.

    how: of `LabelledGenerator`, beside its size and shares.
    """
    G = partial(labels.LabelledGenerator, **how)
    D = partial(labels.ProjectionDiscriminator, n_labels=n)
    more = {"update": labelled, "labels": find, "latent_dim": STYLE + n}
    return replace(recipe, G=G, D=D, **more)


# With labels of people, and of the pixels alone. Strength: benchmarks/quality.json;
# widths: benchmarks/control.json.
OURS = {
    "modern": modern,
    "modern_labels": knowing(modern, 10, labels.given_labels, strength=1.0, width=1.1),
    "modern_clusters": knowing(
        modern, 100, labels.pixel_clusters, strength=1.0, width=1.2
    ),
}

RECIPES = {**LESSONS, **CLASSICS, **OURS}
