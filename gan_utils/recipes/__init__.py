"""The named recipes: those of notebooks 02 and 03, five classics, and our own.

`python -m gan_utils recipes` lists them, `recipes NAME` shows one with the source of
every value, `train NAME` trains it.
"""

from dataclasses import replace
from functools import partial

from gan_utils import losses, tricks
from gan_utils.gan import Gan, Recipe, adam, build, train_step
from gan_utils.models import (
    DCGANDiscriminator,
    DCGANGenerator,
    ShuffleDiscriminator,
    ShuffleGenerator,
)
from gan_utils.recipes import classics
from gan_utils.recipes.steps import lean, simultaneous, two_of_D
from gan_utils.training import constant

__all__ = [
    "CLASSICS",
    "OURS",
    "RECIPES",
    "Gan",
    "Recipe",
    "adam",
    "build",
    "train_step",
]

LESSONS = {
    "mlp": Recipe(),
    "dcgan": Recipe(
        G=DCGANGenerator,
        D=DCGANDiscriminator,
        lr_G=1e-3,
        lr_D=1e-3,
        betas=(0.0, 0.99),
        epochs=3,
    ),
}

# What most of the classics agree on; a row names what it does otherwise.
classic = partial(
    Recipe,
    lr_G=2e-4,
    lr_D=2e-4,
    betas=(0.5, 0.999),
    schedule=constant,
    latent_dim=100,
    batch_size=128,
)

CLASSICS = {
    "mlp_bn_fullbatch": classic(
        G=classics.keras_mlp_generator,
        D=classics.keras_mlp_discriminator,
        update=two_of_D,
        eps=1e-7,
        steps=100_000,
    ),
    "mlp_plain": classic(
        G=classics.plain_generator,
        D=classics.plain_discriminator,
        betas=(0.9, 0.999),
        batch_size=100,
        epochs=100,
    ),
    "mlp_bn_smooth": classic(
        G=classics.norm_relu_generator,
        D=classics.dropout_discriminator,
        loss=tricks.smoothed(0.9),
        epochs=50,
    ),
    "dcgan_28": classic(
        G=classics.dcgan_28_generator,
        D=classics.dcgan_28_discriminator,
        epochs=20,
    ),
    "dcgan_tf": classic(
        G=classics.dcgan_tf_generator,
        D=classics.dcgan_tf_discriminator,
        update=simultaneous,
        lr_G=1e-4,
        lr_D=1e-4,
        betas=(0.9, 0.999),
        eps=1e-7,
        batch_size=256,
        epochs=10,
    ),
}

# Ours: cheap steps, the hinge loss, and the Adam and the running average of Karras et
# al. 2018 (arXiv 1710.10196, appendix A.1), whose rates are high and have no momentum.
# They stay as they are: the average of G is calm enough. See benchmarks/sweep.json.
modern = Recipe(
    G=ShuffleGenerator,
    D=ShuffleDiscriminator,
    update=lean,
    loss=losses.hinge,
    lr_G=1e-3,
    lr_D=1e-3,
    betas=(0.0, 0.99),
    schedule=constant,
    ema_images=10_000,
    seconds=300,
)
OURS = {
    "modern": modern,  # under the clock
    "best": replace(modern, seconds=None, epochs=13),  # without one
}

RECIPES = {**LESSONS, **CLASSICS, **OURS}
