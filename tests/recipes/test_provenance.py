from dataclasses import replace

import pytest
import torch

from gan_utils import tricks
from gan_utils.gan import Recipe
from gan_utils.models import MLPGenerator
from gan_utils.recipes import CLASSICS, RECIPES, classics
from gan_utils.recipes.describe import (
    MARKS,
    ORIGINS,
    PROJECTS,
    duration,
    facts,
    layers,
    learning_rate,
    networks,
    parameter_count,
    values,
)
from gan_utils.results import shipped_scores

FIELDS = "G D init loss step lr betas eps latent_dim batch_size length saves".split()


def column(name, number):
    return {row[0]: row[number] for row in facts(name)}


def test_the_classics_and_only_they_have_a_provenance():
    assert set(ORIGINS) == set(PROJECTS) == set(CLASSICS)
    assert all(text.endswith(".") for text in PROJECTS.values())


@pytest.mark.parametrize("name", CLASSICS)
def test_every_value_of_a_classic_has_a_known_mark_and_a_note(name):
    rows = facts(name)
    assert [row[0] for row in rows] == FIELDS
    for field, value, mark, note in rows:
        assert value and mark in MARKS, field
        assert note[0].isupper() and note.endswith("."), field


@pytest.mark.parametrize("name", RECIPES)
def test_printed_numbers_are_those_of_the_recipe(name):
    recipe, value = RECIPES[name], column(name, 1)
    assert recipe.lr_G == recipe.lr_D == float(value["lr"])
    assert str(recipe.betas) == value["betas"]
    assert recipe.eps == float(value["eps"])
    assert recipe.latent_dim == int(value["latent_dim"])
    assert recipe.batch_size == int(value["batch_size"])
    number, unit = value["length"].replace(",", "").split()
    assert recipe.length == {unit: float(number)}


def test_values_follow_the_recipe():
    changed = replace(
        CLASSICS["dcgan_28"],
        lr_D=4e-4,
        seconds=600.0,
        loss=tricks.smoothed(0.9),
        update=lambda *args: None,
    )
    value = values(changed)
    assert value["lr"] == "G 0.0002, D 0.0004" and learning_rate(Recipe()) == "0.0005"
    assert value["length"] == "600.0 seconds" and duration(Recipe()) == "8 epochs"
    assert value["loss"].startswith("cross-entropy with smoothed")
    assert value["step"] == "<lambda>"
    assert value["schedule"] == "constant rates" and "G itself" in value["average"]
    modern = values(RECIPES["modern"])
    assert "half in 5% of the steps" in modern["average"]
    assert modern["grow"] == "batches double after epochs 1 and 4"
    steady = values(Recipe(ema_images=10_000))
    assert "half in 10,000 images" in steady["average"] and "grow" not in steady


def test_layers_are_read_from_the_network():
    net = torch.nn.Sequential(
        classics.dropout_discriminator(), torch.nn.Conv2d(1, 2, 3)
    )
    assert layers(net) == (
        "Linear 512, LeakyReLU 0.2, Dropout 0.3, Linear 256, LeakyReLU 0.2, "
        "Dropout 0.3, Linear 1, Conv2d 2; 533,525 parameters"
    )


def test_sizes_are_those_of_real_networks_after_their_tricks():
    recipe = replace(Recipe(), change_G=tricks.batch_norm, latent_dim=7)
    before = torch.random.get_rng_state()
    counted = parameter_count(networks(recipe)[0])
    assert torch.equal(torch.random.get_rng_state(), before)
    assert counted == parameter_count(tricks.batch_norm(MLPGenerator(latent_dim=7)))


def test_saved_files_are_those_of_the_recipes():
    names = ("mlp", "mlp_bn_fullbatch", "dcgan_28")
    found = [{row[0]: row[1] for row in facts(name)}["saves"] for name in names]
    assert found == [
        "nothing besides the result",
        "images/mnist_{step}.png, log.txt",
        "epoch_{epoch:03d}.png",
    ]


@pytest.mark.parametrize(
    ("name", "mark", "fields"),
    [
        ("mlp_bn_fullbatch", "convention", {"batch_size"}),
        ("mlp_bn_fullbatch", "stated", set()),
        ("mlp_plain", "stated", {"latent_dim", "length"}),
        ("mlp_plain", "read", set()),
        ("mlp_bn_smooth", "stated", {"latent_dim", "length", "saves"}),
        ("dcgan_28", "stated", {"step", "latent_dim"}),
        ("dcgan_28", "convention", {"length"}),
        ("dcgan_tf", "stated", {"latent_dim", "length"}),
        ("dcgan_tf", "convention", set()),
    ],
)
def test_marks_say_what_is_known_of_the_projects(name, mark, fields):
    marks = column(name, 2)
    assert {field for field in FIELDS if marks[field] == mark} == fields


@pytest.mark.parametrize(
    ("name", "field", "words"),
    [
        ("mlp_bn_fullbatch", "batch_size", "The whole training set there"),
        ("mlp_bn_fullbatch", "step", "without replacement here"),
        ("mlp_plain", "step", "used again for G's update"),
        ("dcgan_28", "loss", "minimax"),
        *[(name, "step", "bfloat16") for name in CLASSICS],
    ],
)
def test_what_we_do_otherwise_is_said(name, field, words):
    assert words in column(name, 3)[field]


def test_numbers_in_notes_are_true():
    logits = torch.linspace(-2, 2, 5)
    ours, noted = CLASSICS["mlp_bn_smooth"].loss, tricks.smoothed(0.9)
    assert "0.9 for real images" in column("mlp_bn_smooth", 3)["loss"]
    assert torch.equal(ours.d(logits, -logits), noted.d(logits, -logits))
    betas = [CLASSICS[name].betas[0] for name in ("mlp_bn_smooth", "dcgan_28")]
    assert betas == [0.5, 0.5]


def test_the_swings_of_dcgan_tf_are_those_that_were_judged():
    (run,) = [r for r in shipped_scores()["runs"] if r["recipe"] == "dcgan_tf"]
    fd = {mark["step"]: mark["fd"] for mark in run["milestones"]}
    words = f"{fd[737]:.0f} at step 737, {fd[1493]:.0f} at step 1,493"
    assert words in column("dcgan_tf", 3)["length"]


def test_a_recipe_without_provenance_has_values_only():
    fields = [row[0] for row in facts("mlp")]
    assert set(fields) == {*FIELDS, "schedule", "average"} - {"init"}
    assert all(row[2:] == ("", "") for row in facts("dcgan"))
    with pytest.raises(KeyError):
        facts("dcgam")
