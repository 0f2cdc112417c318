"""Two details of Keras that our ports leave out, and what they are worth.

    python tools/keras_details.py       # ten minutes; writes tests/recipes/

`as_keras` puts them into a Gan, so that `tests/recipes/test_golden.py` can show that
nothing else differs. The program trains each port as its recipe says, in float32, with
and without them, and tells how far the two trainings are apart after 10 steps.

- **epsilon.** Keras: rate * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + eps), the
  "epsilon hat" of Kingma and Ba 2015, section 2. torch: their algorithm 1, where eps
  is added to sqrt(v / (1 - b2^t)): as if Keras's were eps * sqrt(1 - b2^t), which at
  t = 1 is a thirtieth.
- **running variance.** Keras averages the variance of the batch, sum / n. torch
  averages sum / (n - 1). It is used in inference mode alone.
"""

import copy
import json
from functools import partial

import numpy as np
import torch
from golden_inputs import FOLDER

from gan_utils.data import Batches, load
from gan_utils.gan import build
from gan_utils.recipes import CLASSICS
from gan_utils.support.randomness import fixed_latents

FILE = FOLDER / "keras_details.json"
STEPS, NAMES, SEEDS = 10, ("dcgan_tf", "mlp_bn_fullbatch"), range(2)
NORMS = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)


def as_keras(gan, *, epsilon=True, variance=True, corrected=None):
    """Put both details, or one, into a Gan that has made no step. Returns it.

    corrected: the betas in the corrections 1 - b^t, where they are others than in the
    averages.
    """
    for optimiser in (gan.opt_G, gan.opt_D):
        if epsilon:
            (group,) = optimiser.param_groups
            before = partial(hat, start=dict(group), corrected=corrected)
            optimiser.register_step_pre_hook(before)
    for norm in gan.G.modules():
        if variance and isinstance(norm, NORMS):
            norm.register_forward_pre_hook(keep_variance)
            norm.register_forward_hook(bias_variance)
    return gan


def hat(optimiser, args, kwargs, *, start, corrected):
    """Set what torch calls eps, so that the coming update is that of Keras."""
    (group,) = optimiser.param_groups
    state = optimiser.state[group["params"][0]]
    t = 1 + int(state.get("step", 0))
    (b1, b2), (c1, c2) = start["betas"], corrected or start["betas"]
    group["eps"] = start["eps"] / (1 - b2**t) ** 0.5
    factor = ((1 - c2**t) / (1 - b2**t)) ** 0.5 * (1 - b1**t) / (1 - c1**t)
    group["lr"] = start["lr"] * factor


def keep_variance(norm, args):
    norm.before = norm.running_var.clone()


def bias_variance(norm, args, output):
    """Undo Bessel's correction in what the running variance has just taken in."""
    if norm.training:
        n = args[0].numel() // args[0].shape[1]
        kept = (1 - norm.momentum) * norm.before
        norm.running_var.data.copy_(kept + (norm.running_var - kept) * (n - 1) / n)


def training(name, images, seed, *, details=None, bf16=False):
    """A Gan after ten steps of its recipe. details: of `as_keras`; None: ours."""
    recipe = CLASSICS[name]
    gan = build(recipe, seed=seed)
    if details is not None:
        as_keras(gan, **details)
    batches = Batches.of(recipe, images.train, seed=seed)
    for step in range(STEPS):
        torch.manual_seed(step)
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            recipe.step(gan, *batches(step))
        gan.after_step()
    return gan


def flat(net):
    return torch.cat([p.detach().flatten() for p in net.parameters()])


def compare(ours, other, first):
    """How far two trainings from the same weights are apart, after the same steps.

    G, D: length of the difference of all weights, over the length of our way. grey:
    mean difference of 64 pictures in inference mode, in levels of 255.
    """
    found = {}
    for which in ("G", "D"):
        here, there, start = (flat(getattr(g, which)) for g in (ours, other, first))
        found[which] = ((here - there).norm() / (here - start).norm()).item()
    z = fixed_latents(64, 100, 0)
    with torch.no_grad():
        here, there = (copy.deepcopy(g.G).eval()(z) for g in (ours, other))
    found["grey"] = (here - there).abs().mean().item() * 255 / 2
    return found


VARIANTS = {
    "epsilon": {"details": {"variance": False}},
    "running variance": {"details": {"epsilon": False}},
    "both": {"details": {}},
    "bf16 in place of fp32": {"bf16": True},
}


def main():
    images, rows = load("mnist"), []
    for name in NAMES:
        for seed in SEEDS:
            first = build(CLASSICS[name], seed=seed)
            ours = training(name, images, seed)
            for variant, how in VARIANTS.items():
                found = compare(ours, training(name, images, seed, **how), first)
                found = {key: float(f"{value:.3g}") for key, value in found.items()}
                rows.append({"recipe": name, "seed": seed, "with": variant, **found})
                print(rows[-1], flush=True)
    lines = ",\n  ".join(json.dumps(row) for row in rows)
    text = f'{{\n "steps": {STEPS},\n "rows": [\n  {lines}\n ]\n}}\n'
    FILE.write_text(text)


def mean(recipe, variant, key):
    """Of the stored rows."""
    rows = json.loads(FILE.read_text())["rows"]
    asked = [r[key] for r in rows if (r["recipe"], r["with"]) == (recipe, variant)]
    return float(np.mean(asked))


if __name__ == "__main__":
    main()
