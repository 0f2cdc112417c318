"""Trained generators that run inside a web page: no kernel, no server, no network.

The page's own code lies in `web/`. What it needs of a network is written here: its
weights as a safetensors file in float16, and a plan that says what its layers are.
"""

import base64
import json
from pathlib import Path

from torch import nn

from gan_utils.latent import STYLE, leading_directions
from gan_utils.recipes import RECIPES, classics, labels
from gan_utils.support.weights import load_into, packed

WEB = Path(__file__).with_name("web")
LARGEST = 8_000_000  # bytes of a page


def _window(layer, op, *, more=0):
    """A convolution with a square window; more: rows padded or cut at the end."""
    sizes = (layer.kernel_size, layer.stride, layer.padding, layer.output_padding)
    square = all(len(set(size)) == 1 for size in sizes) and layer.dilation == (1, 1)
    if not square or layer.groups > 1 or layer.padding_mode != "zeros":
        raise TypeError(f"the page cannot do {layer}: only square windows, no groups")
    look = {"stride": layer.stride[0], "padding": layer.padding[0]}
    more -= layer.output_padding[0]
    return {"op": op, "shape": list(layer.weight.shape[:3]), "more": more, **look}


def _norm(layer):
    return {"op": "norm", "eps": layer.eps}


# type of a layer -> its entry in the plan; None: it does nothing in eval mode.
LAYERS = {
    nn.Linear: lambda m: {"op": "linear", "shape": list(m.weight.shape)},
    nn.Conv2d: lambda m: _window(m, "conv"),
    nn.ConvTranspose2d: lambda m: _window(m, "convT"),
    classics.SameConv2d: lambda m: _window(m, "conv", more=1) | {"padding": 1},
    classics.SameConvTranspose2d: lambda m: _window(m, "convT", more=1),
    nn.BatchNorm1d: _norm,
    nn.BatchNorm2d: _norm,
    nn.ReLU: lambda m: {"op": "leaky", "slope": 0},
    nn.LeakyReLU: lambda m: {"op": "leaky", "slope": m.negative_slope},
    nn.Tanh: lambda m: {"op": "tanh"},
    nn.PixelShuffle: lambda m: {"op": "shuffle", "r": m.upscale_factor},
    nn.PixelUnshuffle: lambda m: {"op": "unshuffle", "r": m.downscale_factor},
    nn.MaxPool2d: lambda m: {"op": "pool", "size": m.kernel_size},
    nn.Unflatten: lambda m: {"op": "unflatten", "shape": list(m.unflattened_size)},
    nn.Flatten: lambda m: {"op": "flatten"},
    nn.Dropout: lambda m: None,
}


def plan(network, name=""):
    """The layers of a network as web/network.js wants them: a list of dictionaries.

    Raises TypeError naming a layer that the page cannot do.
    """
    if type(network) in LAYERS:
        entry = LAYERS[type(network)](network)
        return [entry | {"name": name}] if entry else []
    inside = {k: plan(m, f"{name}.{k}".strip(".")) for k, m in _parts(network)}
    if isinstance(network, labels.LabelledGenerator):
        own = {"name": "log_shares", "style": STYLE, "strength": network.strength}
        return [{"op": "label", **own}, *inside["net"]]
    if isinstance(network, labels.ProjectionDiscriminator):
        last = {"op": "projection", "name": "last", "vectors": "vectors"}
        return [*inside["body"], last]
    return sum(inside.values(), [])


def _parts(network):
    """(name, layer) of what a network does one after the other."""
    parts = [(k, m) for k, m in network.named_children() if type(m) is not nn.Embedding]
    if isinstance(network, nn.Sequential | labels.ProjectionDiscriminator) or (
        len(parts) == 1  # such as self.net
    ):
        return parts
    raise TypeError(f"the page cannot do the layer {type(network).__name__}")


def network_script(name, network, input_shape, **facts):
    """A script that gives a page a network under a name: `addNetwork` of recipes.js.

    input_shape: of one input, such as [64] or [1, 28, 28]. facts: what else it is told.
    """
    told = json.dumps(_facts(network, input_shape, **facts))
    return f"addNetwork({json.dumps(name)}, {told});"


def _facts(network, input_shape, **facts):
    data = base64.b64encode(packed(network.state_dict(), half=True)).decode()
    return {
        "input": list(input_shape),
        "layers": plan(network),
        "weights": data,
        **facts,
    }


def weights_script(result, *, k=4):
    """The script `weights/NAME.js` of a Result: its G, k leading directions of it, and
    its D where `discriminator.safetensors` lies beside the generator.
    """
    G, latent_dim, name = result.generator, result.latent_dim, result.meta["recipe"]
    n_labels = latent_dim - STYLE if isinstance(G, labels.LabelledGenerator) else 0
    facts = {"labels": n_labels}
    facts["directions"] = leading_directions(G, latent_dim, k).tolist()
    file = result.folder and result.folder / "discriminator.safetensors"
    if file and file.is_file():
        D = RECIPES[name].D(**({"n_labels": n_labels} if n_labels else {}))
        load_into(D, file)
        facts["discriminator"] = _facts(D.eval(), [1, 28, 28])
    return network_script(name, G, [latent_dim], **facts)
