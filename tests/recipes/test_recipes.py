from dataclasses import fields, replace

import pytest
import torch

from gan_utils import tricks
from gan_utils.data import Batches
from gan_utils.gan import Recipe, build
from gan_utils.losses import relativistic
from gan_utils.recipes import RECIPES
from gan_utils.training import fit

IMAGES = torch.randint(0, 256, (96, 28, 28), dtype=torch.uint8)


def train(recipe, steps=3, seed=0):
    gan = build(recipe, seed=seed)
    batches = Batches(IMAGES, batch_size=16, latent_dim=recipe.latent_dim, seed=seed)
    history = fit(recipe.step, gan, batches, steps=steps)
    return gan, history


def weights(net):
    return torch.cat([p.detach().flatten() for p in net.parameters()])


def test_build_depends_on_the_seed_only_and_leaves_the_global_one_alone():
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    first = build(Recipe(), seed=1)
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(weights(first.G), weights(build(Recipe(), seed=1).G))
    assert not torch.equal(weights(first.G), weights(build(Recipe(), seed=2).G))


@pytest.mark.parametrize(
    "change",
    [
        {"loss": relativistic},
        {"penalty": tricks.R1(0.1)},
        {"penalty": tricks.R1R2(0.1)},
        {"penalty": tricks.GradientPenalty()},
        {"before_D": tricks.InstanceNoise(0.1)},
        {"change_G": tricks.batch_norm},
        {"change_D": tricks.spectral},
        {"change_D": tricks.dropout},
        {"ema_images": 1000},
        {"lr_D": 1e-3},
    ],
    ids=lambda change: "".join(change),
)
def test_every_trick_is_one_field_and_trains(change):
    recipe = replace(Recipe(), **change)
    differing = [
        f.name
        for f in fields(Recipe)
        if getattr(recipe, f.name) != getattr(Recipe(), f.name)
    ]
    assert differing == list(change)
    gan, history = train(recipe)
    assert gan.step == 3 and len(history) == 3
    assert not torch.equal(weights(gan.G), weights(build(recipe, seed=0).G))


def test_same_seed_same_bits():
    recipe = replace(
        Recipe(), before_D=tricks.InstanceNoise(0.1), change_D=tricks.dropout
    )
    one, two = train(recipe)[0], train(recipe)[0]
    assert torch.equal(weights(one.G), weights(two.G))
    assert torch.equal(weights(one.D), weights(two.D))


def test_ema_forgets_half_in_its_half_life():
    recipe = replace(Recipe(), ema_images=160, batch_size=16)  # ten steps of 16
    gan = build(recipe, seed=0)
    gan.after_step()  # the first update copies G
    with torch.no_grad():
        for parameter in gan.G.parameters():
            parameter.zero_()
    before = weights(gan.ema.module)
    for _ in range(10):
        gan.after_step()
    assert torch.allclose(weights(gan.ema.module), before / 2, rtol=1e-4)
    assert gan.sampler() is gan.ema.module and build(Recipe(), seed=0).ema is None


def test_an_average_may_grow_with_the_training():
    recipe = replace(Recipe(), ema_images=0.1, change_G=tricks.batch_norm)
    gan = build(recipe, seed=0)
    for _ in range(100):
        gan.after_step()
    first = weights(gan.G)
    with torch.no_grad():
        for parameter in gan.G.parameters():
            parameter.zero_()
    halved = 0
    while weights(gan.ema.module).norm() > first.norm() / 2:
        gan.after_step()
        halved += 1
    assert 9 <= halved <= 12  # a tenth of a hundred steps and the few since
    counter = next(b for b in gan.ema.module.buffers() if not b.is_floating_point())
    assert counter == 0  # G was never called


def test_presets_name_the_networks_of_the_notebooks():
    assert [RECIPES[name].G.__name__ for name in ("mlp", "dcgan")] == [
        "MLPGenerator",
        "DCGANGenerator",
    ]
