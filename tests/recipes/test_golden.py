"""The ported classics against golden values from the frameworks of their originals.

`tools/make_golden.py` made golden_NAME.json in TensorFlow's Keras, in Keras of the old
kind, or in plain PyTorch, in float64. Here the ports compute the same again, without
TensorFlow. Two details of Keras are not ported: with them put in, nothing differs but
rounding, and what they are worth is stated and tested, too.
"""

import json
import re

import golden_inputs as golden
import keras_details
import numpy as np
import pytest
import torch
from torch import nn

from gan_utils.gan import Gan, adam
from gan_utils.recipes import CLASSICS
from gan_utils.recipes.describe import facts

ROUNDING = 1e-10  # of a tensor's norm; measured: 2e-14 forward, 5e-13 after 10 steps
KERAS = ("dcgan_tf", "mlp_bn_fullbatch")
# What TensorFlow holds in float32, even where everything else is float64.
FLOAT32_BETAS = tuple(float(np.float32(beta)) for beta in (0.9, 0.999))


def in_float32(number):
    return float(np.float32(number))


def stored(name):
    return json.loads((golden.FOLDER / f"golden_{name}.json").read_text())


def port(name):
    """(Gan of a classic in float64, its golden nets): weights of the golden values."""
    recipe = CLASSICS[name]
    G, D = recipe.G(latent_dim=100), golden.known_dropout(recipe.D(), nn.Dropout)
    nets = {"G": golden.TorchNet("G", G), "D": golden.TorchNet("D", D)}
    lr, betas = recipe.lr_G, recipe.betas
    for module in [*G.modules(), *D.modules()] if name in KERAS else []:
        if isinstance(module, nn.LeakyReLU):
            module.negative_slope = in_float32(module.negative_slope)
        if name == "mlp_bn_fullbatch" and isinstance(module, nn.BatchNorm1d):
            module.momentum = in_float32(module.momentum)
    if name == "mlp_bn_fullbatch":  # an optimiser of old Keras
        lr, betas = in_float32(lr), (betas[0], in_float32(betas[1]))
    optimisers = (adam(net, lr=lr, betas=betas, eps=recipe.eps) for net in (G, D))
    return Gan(G, D, *optimisers), nets


def as_keras(name, gan, **details):
    corrected = FLOAT32_BETAS if name == "dcgan_tf" else None
    return keras_details.as_keras(gan, corrected=corrected, **details)


@pytest.fixture
def one_step(monkeypatch):
    """(name, gan, number) -> losses of a training step on the golden batch."""

    def step(name, gan, number):
        def of_D(z):  # two_of_D draws latents of its own
            return torch.from_numpy(golden.latents(number, len(z), "z of D"))

        monkeypatch.setattr(torch, "randn_like", of_D)
        batch = golden.images(number), golden.latents(number)
        logs = CLASSICS[name].step(gan, *map(torch.from_numpy, batch))
        gan.after_step()
        return {key: value.item() for key, value in logs.items()}

    return step


def close(ours, theirs):
    return golden.apart(ours, theirs) < ROUNDING


@pytest.mark.parametrize("name", CLASSICS)
def test_pictures_and_logits_are_those_of_the_original(name):
    gan, _ = port(name)
    real, z = (torch.from_numpy(made(0)) for made in (golden.images, golden.latents))
    found = {}
    for mode in ("inference", "training"):
        for which, net, inputs in (("G", gan.G, z), ("D", gan.D, real)):
            with torch.no_grad():
                output = net.train(mode == "training")(inputs)
            found[f"{which} in {mode}"] = golden.told(output)
    assert close(found, stored(name)["forward"])


@pytest.mark.parametrize("name", KERAS)
def test_fresh_weights_and_dropout_have_the_ranges_of_keras(name):
    torch.manual_seed(0)
    theirs, nets = stored(name), {"G": CLASSICS[name].G(), "D": CLASSICS[name].D()}
    for which, largest in theirs["largest fresh weights"].items():
        weights = [p for p in nets[which].parameters() if p.dim() > 1]
        ours = [weight.abs().max().item() for weight in weights]
        assert ours == pytest.approx(list(largest.values()), rel=0.02)
    dropped = nn.Dropout(0.3)(torch.ones(10_000, dtype=torch.float64)).unique()
    assert dropped.tolist() == pytest.approx(theirs["dropout of ones"])


@pytest.mark.parametrize("name", CLASSICS)
def test_gradients_are_those_of_the_original(name, one_step):
    gan, nets = port(name)
    seen = {"G": [], "D": []}
    for which in seen:  # a rate of 0 keeps D where it is while G has its turn
        frozen = torch.optim.SGD(getattr(gan, which).parameters(), lr=0.0)
        frozen.register_step_pre_hook(
            lambda *args, which=which: seen[which].append(nets[which].gradients())
        )
        setattr(gan, f"opt_{which}", frozen)
    one_step(name, gan, 0)
    for which, found in seen.items():  # two_of_D has two for D, on half a batch each
        mean = {key: np.mean([one[key] for one in found], axis=0) for key in found[0]}
        assert close(golden.all_told(mean), stored(name)["gradients"][which])


@pytest.mark.parametrize("name", CLASSICS)
def test_ten_steps_are_those_of_the_original(name, one_step):
    (gan, nets), theirs = port(name), stored(name)
    if name in KERAS:
        as_keras(name, gan)
    ours = golden.trained(nets, lambda number: one_step(name, gan, number))
    for mine, their in zip(ours["losses"], theirs["losses"], strict=True):
        assert mine == pytest.approx(their, rel=ROUNDING)
    for step in map(str, golden.KEPT):
        for which in nets:
            mine, their = (
                found["moved after"][step][which] for found in (ours, theirs)
            )
            assert close(mine, their), (step, which)


@pytest.mark.parametrize(
    "name, details, low, high",
    [  # of the norm of how far a tensor has moved after 10 steps: the worst tensor
        ("dcgan_tf", {"variance": False}, 1e-3, 3e-3),
        ("dcgan_tf", {"epsilon": False}, 0.03, 0.06),
        ("mlp_bn_fullbatch", {"variance": False}, 0.08, 0.16),
        ("mlp_bn_fullbatch", {"epsilon": False}, 0.06, 0.12),
    ],
)
def test_a_detail_of_keras_left_out_shows(name, details, low, high, one_step):
    (gan, nets), theirs = port(name), stored(name)
    as_keras(name, gan, **details)
    ours = golden.trained(nets, lambda number: one_step(name, gan, number))
    mine, their = (found["moved after"]["10"]["G"] for found in (ours, theirs))
    assert low < golden.apart(mine, their) < high
    if name == "dcgan_tf" and not details.get("variance", True):
        # D never sees G in inference mode: all but the variances is as it was
        for found in (mine, their):
            for key in [key for key in found if key.endswith("var")]:
                del found[key]
        assert close(mine, their)


@pytest.mark.parametrize("name", KERAS)
def test_what_the_details_are_worth_in_training_is_told_with_the_recipe(name):
    note = {field: note for field, _, _, note in facts(name)}["eps"]
    variants = ("both", "bf16 in place of fp32")
    measured = [100 * keras_details.mean(name, variant, "G") for variant in variants]
    assert [int(n) for n in re.findall(r"(\d+) %", note)] == [*map(round, measured)]
