"""What a notebook shows inline and the package holds as well is the same code."""

import ast
import time
from types import SimpleNamespace

import _pairs
import jupytext
import lab
import pytest
import torch
from torch import nn

from gan_utils import (
    callbacks,
    data,
    gan,
    latent,
    losses,
    metrics,
    models,
    recipes,
    training,
    tricks,
)
from gan_utils.recipes import labels, steps

PAIRS = {
    "02_vanilla_gan": {
        models: ["MLPGenerator", "MLPDiscriminator"],
        losses: ["bce_d", "bce_g", "saturating_g"],
        metrics: ["speckles"],
    },
    "03_dcgan": {models: ["DCGANGenerator", "DCGANDiscriminator"]},
    "04_stabilization_tricks": {
        gan: ["update_D", "update_G", "train_step"],
        lab: ["five_of_D", "without_norm", "MinibatchStd", "minibatch_std"],
        _pairs: ["interval"],
        metrics: ["frechet_distance"],
        losses: [
            *("hinge_d", "minus_logit_g", "least_squares_d", "least_squares_g"),
            *("wasserstein_d", "relativistic_d", "relativistic_g"),
        ],
        tricks: [
            *("smoothed", "rebuilt", "dropout", "batch_norm", "spectral"),
            *("InstanceNoise", "squared_slope", "R1", "R1R2", "GradientPenalty"),
        ],
    },
    "05_progression_gallery": {latent: ["lerp", "slerp", "leading_directions"]},
    "06_measure_quality": {metrics: ["kernel_distance"]},
    "10_to_modern": {
        losses: ["hinge_d", "minus_logit_g", "relativistic_d", "relativistic_g"],
        models: ["to_7x7", "ShuffleGenerator", "ShuffleDiscriminator"],
        steps: ["lean"],
    },
    "07_two_dimensions": {
        losses: ["relativistic_d", "relativistic_g"],
    },
    "09_control": {
        latent: ["ask"],
        labels: ["LabelledGenerator", "ProjectionDiscriminator"],
    },
}
CASES = [
    (notebook, module, name)
    for notebook, modules in PAIRS.items()
    for module, names in modules.items()
    for name in names
]


def definitions(text):
    """{name: its source without comments and docstrings} of all that is defined."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:]
        if isinstance(node, ast.FunctionDef) and node.name in ("bce_g", "saturating_g"):
            node.args.args, node.args.defaults = (
                node.args.args[:1],
                [],
            )  # real_logits=None
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {
        node.name: ast.unparse(node) for node in tree.body if isinstance(node, kinds)
    }


def notebook_code(project, notebook):
    cells = jupytext.read(project / "notebooks/src" / f"{notebook}.py").cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "code")


@pytest.mark.parametrize(
    "notebook, module, name", CASES, ids=lambda v: getattr(v, "__name__", v)
)
def test_inline_code_is_the_code_of_the_package(project, notebook, module, name):
    inline = definitions(notebook_code(project, notebook))[name]
    with open(module.__file__, encoding="utf-8") as file:
        assert inline == definitions(file.read())[name]


def test_the_step_of_03_is_that_of_02(project):
    two, three = (
        definitions(notebook_code(project, name))["train_step"]
        for name in ("02_vanilla_gan", "03_dcgan")
    )
    assert two.replace("bce_", "losses.bce.") == three


@pytest.fixture
def digits():
    """64 pictures of noise, uint8 (64, 28, 28)."""
    random = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (64, 28, 28), dtype=torch.uint8, generator=random)


def test_the_loop_of_02_trains_as_the_recipe_does(project, digits, tmp_path):
    """Its cells, run to the end, and the package make the same weights, to the bit."""
    cells = jupytext.read(project / "notebooks/src/02_vanilla_gan.py").cells
    starts = ("class MLP", "def bce_", "def train_step", "def new_gan")
    starts += ("batches = ", "gan, history, film = ")
    wanted = [cell.source for cell in cells if cell.source.startswith(starts)]
    names = {"cfg": SimpleNamespace(seed=3, epochs=4, batch_size=16, device="cpu")}
    names["cfg"].out_dir, names["cfg"].data = tmp_path, SimpleNamespace(train=digits)
    names |= {"torch": torch, "nn": nn, "F": nn.functional, "time": time}
    names |= {"Gan": gan.Gan, "data": data, "callbacks": callbacks}
    names |= {"training": training, "latent_dim": 64, "z_fixed": torch.randn(2, 64)}
    exec("\n".join(wanted), names)

    players, recipe = gan.build(recipes.RECIPES["mlp"], seed=3), recipes.RECIPES["mlp"]
    batches = data.Batches(digits, batch_size=16, latent_dim=64, seed=3)
    how = {"epochs": 4, "schedule": recipe.schedule}
    told = training.fit(recipe.step, players, batches, **how)
    for ours, theirs in ((names["gan"].G, players.G), (names["gan"].D, players.D)):
        pairs = zip(ours.state_dict().values(), theirs.state_dict().values())
        assert all(torch.equal(a, b) for a, b in pairs)
    for name in ("d_loss", "g_loss"):
        assert (names["history"][name] == told[name]).all()
    assert len(told) == 16 and sorted(names["film"]) == sorted({0, *names["moments"]})


def test_every_trick_of_04_changes_one_field(project):
    """Or, once, an update and its batch. `add` refuses others: the only way in."""
    code = notebook_code(project, "04_stabilization_tricks")
    calls = [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "add"
    ]
    fields = [[word.arg for word in call.keywords] for call in calls]
    several = [names for names in fields if len(names) != 1]
    assert len(calls) >= 18 and several == [["update", "batch_size"]]
    assert code.count("tricks[") == 2  # one writes, one reads


def test_the_sliders_of_05_offer_recipes_and_nothing_else(project):
    """A cell in between once gave their list another meaning."""
    tree = ast.parse(notebook_code(project, "05_progression_gallery"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    calls = [c for c in calls if ast.unparse(c.func).startswith("sliders.")]
    lists = [ast.unparse(call.args[1]) for call in calls]
    stored = [
        n.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]
    assert len(lists) == 4 and len(set(lists)) == 1
    assert stored.count(lists[0]) == 1
