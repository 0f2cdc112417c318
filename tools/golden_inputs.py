"""What golden values are made of: numbers that every framework can compute again.

Needs numpy alone, so that `make_golden.py` may import it beside TensorFlow and
`tests/recipes/test_golden.py` beside torch. Weights, latents, images and dropout masks
come from `RandomState`, whose streams numpy has frozen (NEP 19). A tensor is told by
three numbers: its norm, and its products with two fixed vectors. Everything is float64
in the layout of torch: images (B, C, H, W), weights (out, in, ...).
"""

import zlib
from functools import partial
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "recipes"
BATCH, LATENT_DIM, STEPS, KEPT = 8, 100, 10, (1, 2, 10)


def stream(name):
    """The random numbers that belong to a name."""
    return np.random.RandomState(zlib.crc32(name.encode()))


def uniform(name, *shape):
    """Numbers in [-1, 1)."""
    return stream(name).uniform(-1, 1, shape)


def latents(step, size=BATCH, name="z"):
    """z (size, 100) of a training step, standard normal."""
    return stream(f"{name} {step}").standard_normal((size, LATENT_DIM))


def images(step):
    """What stands for real images in a training step: (BATCH, 1, 28, 28) in [-1, 1)."""
    return uniform(f"real {step}", BATCH, 1, 28, 28)


def dropout_mask(number, shape, rate):
    """Factors of the first, second, .. dropout of D: 0, or 1 / (1 - rate)."""
    return (uniform(f"dropout {number}", *shape) >= 2 * rate - 1) / (1 - rate)


def start(which, shapes):
    """First values of the parameters of net "G" or "D": {name: shape} -> {name: array}.

    A name is the place among the layers with weights, and weight, bias, mean or var
    (the running averages of a norm). Weights fill the range of Glorot, factors of norms
    are near 1, and no average is what it is in a fresh network.
    """
    values = {}
    for name, shape in shapes.items():
        number, kind = name.split()
        drawn = uniform(f"{which} {name}", *shape)
        if kind == "weight" and f"{number} mean" not in shapes:
            pixels = int(np.prod(shape[2:]))
            values[name] = drawn * (6 / (pixels * (shape[0] + shape[1]))) ** 0.5
        elif kind == "var":
            values[name] = 1 + 0.5 * drawn
        else:
            values[name] = (kind == "weight") + 0.1 * drawn
    return values


def known_dropout(net, kind):
    """Give each dropout of a torch network, modules of `kind`, its known mask."""
    found = [module for module in net.modules() if isinstance(module, kind)]
    for number, module in enumerate(found):
        module.forward = partial(masked, module, number)
    return net


def masked(dropout, number, inputs):
    """What a dropout layer with a known mask gives."""
    mask = dropout_mask(number, tuple(inputs.shape), dropout.p)
    return inputs * inputs.new_tensor(mask) if dropout.training else inputs


class TorchNet:
    """The parameters and running averages of a torch network, by such names."""

    KINDS = {"weight": "weight", "bias": "bias"}
    KINDS |= {"running_mean": "mean", "running_var": "var"}

    def __init__(self, which, net):
        self.net, self.which, self.tensors = net.double(), which, {}
        weighted = [m for m in net.modules() if list(m.parameters(recurse=False))]
        for number, module in enumerate(weighted):
            for name, kind in self.KINDS.items():
                if getattr(module, name, None) is not None:
                    self.tensors[f"{number} {kind}"] = getattr(module, name)
        self.reset()

    def reset(self):
        """All values as they are in the beginning."""
        shapes = {name: tuple(tensor.shape) for name, tensor in self.tensors.items()}
        for name, values in start(self.which, shapes).items():
            self.tensors[name].data.copy_(self.tensors[name].new_tensor(values))

    def values(self):
        """{name: array}, copies."""
        return {n: t.detach().numpy().copy() for n, t in self.tensors.items()}

    def gradients(self):
        """{name: array} of what the last backward has left."""
        trained = {n: t for n, t in self.tensors.items() if t.requires_grad}
        return {name: tensor.grad.numpy().copy() for name, tensor in trained.items()}


def told(values):
    """[norm, product with a fixed vector, with another one] of an array."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    one, other = uniform("one", flat.size), uniform("other", flat.size)
    return [float(np.linalg.norm(flat)), float(flat @ one), float(flat @ other)]


def all_told(arrays):
    """{name: array} -> {name: three numbers}."""
    return {name: told(values) for name, values in arrays.items()}


def trained(nets, step):
    """Ten training steps. nets: {"G": .., "D": ..}; step: number -> {loss: value}.

    Returns the losses of each step, and how far each value has moved after some steps.
    """
    before = {which: net.values() for which, net in nets.items()}
    losses, after = [], {}
    for number in range(STEPS):
        losses.append({name: float(value) for name, value in step(number).items()})
        if number + 1 in KEPT:
            after[str(number + 1)] = {
                which: all_told(
                    {n: v - before[which][n] for n, v in net.values().items()}
                )
                for which, net in nets.items()
            }
    return {"losses": losses, "moved after": after}


def apart(ours, golden, rounding=1e-9):
    """The largest difference of two such tables, in units of the golden norms.

    What has no more than the norm `rounding` on both sides is the same: biases before
    a batch norm have a gradient of 0.
    """
    assert ours.keys() == golden.keys(), (list(ours), list(golden))
    return max(
        abs(mine - their) / golden[name][0]
        for name in golden
        if max(ours[name][0], golden[name][0]) > rounding
        for mine, their in zip(ours[name], golden[name], strict=True)
    )
