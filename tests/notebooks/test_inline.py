"""What a notebook shows inline and the package holds as well is the same code."""

import ast
from functools import partial

import jupytext
import lab
import pytest
import torch
from torch import nn

from gan_utils import gan, latent, losses, metrics, models, recipes, tricks
from gan_utils.data import Batches
from gan_utils.recipes import steps
from gan_utils.training import fit

PAIRS = {
    "02_vanilla_gan": {
        models: ["MLPGenerator", "MLPDiscriminator"],
        losses: ["bce_d", "bce_g", "saturating_g"],
        metrics: ["speckles"],
    },
    "03_dcgan": {models: ["DCGANGenerator", "DCGANDiscriminator"]},
    "04_stabilization_tricks": {
        gan: ["update_D", "update_G", "train_step"],
        steps: ["five_of_D"],
        lab: ["without_norm", "MinibatchStd", "minibatch_std", "interval"],
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


def trained(step):
    players = gan.build(recipes.RECIPES["mlp"], seed=0)
    images = torch.randint(
        0,
        256,
        (64, 28, 28),
        dtype=torch.uint8,
        generator=torch.Generator().manual_seed(0),
    )
    batches = Batches(images, batch_size=16, latent_dim=64, seed=0)
    fit(step, players, batches, steps=6)
    return [*players.G.state_dict().values(), *players.D.state_dict().values()]


def test_the_step_of_02_trains_as_the_recipe_does(project):
    """The command `train mlp` and notebook 02 make the same weights, to the bit."""
    names = {"torch": torch, "nn": nn, "F": torch.nn.functional}
    source = definitions(notebook_code(project, "02_vanilla_gan"))
    for name in ("bce_d", "bce_g", "train_step"):
        exec(source[name], names)
    inline = trained(names["train_step"])
    package = trained(partial(gan.train_step, recipes.RECIPES["mlp"]))
    assert all(torch.equal(a, b) for a, b in zip(inline, package))


def test_every_trick_of_04_changes_one_field(project):
    """`add` refuses anything else, and it is the only way into the collection."""
    code = notebook_code(project, "04_stabilization_tricks")
    calls = [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "add"
    ]
    assert len(calls) >= 18 and all(len(call.keywords) == 1 for call in calls)
    assert code.count("tricks[") == 2  # one writes, one reads
