"""Trained generators that run inside a web page: no kernel, no server, no network.

The page's own code lies in `web/`. What it needs of a network is written here: its
weights as a safetensors file in float16, and a plan that says what its layers are.
"""

import base64
import json
import re
from pathlib import Path

from torch import nn

from gan_utils.latent import STYLE, leading_directions
from gan_utils.recipes import RECIPES, classics, labels
from gan_utils.results import Result
from gan_utils.support.files import write_atomic
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


def inlined(html_path, made=None):
    """The text of an HTML file with the scripts and style sheets beside it put inside.

    `<script src="x">` and `<link rel="stylesheet" href="x.css">` are replaced by what x
    holds; a script that is no .js, such as a .wasm, becomes base64 in a tag of its own
    type. made: {name: text} for scripts that are no files. Raises FileNotFoundError.
    """

    def script(found):
        before, name, after = found.groups()
        if name.endswith(".js"):
            text = (made or {}).get(name) or (folder / name).read_text("utf-8")
            text = text.replace("</script", "<\\/script").replace("<!--", "<\\!--")
        else:
            text = base64.b64encode((folder / name).read_bytes()).decode()
        return f"<script{before}{after}>{text}</script>"

    def style(found):
        return f"<style>{(folder / found[1]).read_text('utf-8')}</style>"

    folder = Path(html_path).parent
    text = Path(html_path).read_text("utf-8")
    text = re.sub(r'<link rel="stylesheet" href="([^"]+)">', style, text)
    return re.sub(r'<script([^>]*) src="([^"]+)"([^>]*)></script>', script, text)


def explorer_page(results, path, *, beside=()):
    """Write one HTML file whose explorers run the generators of a Result or several.

    It opens from disk and asks for nothing. beside: names of recipes that it lists too,
    and whose `weights_script` lies in weights/NAME.js beside it. Returns the path.
    Raises ValueError if it were larger than 8 MB, TypeError as `plan` does.
    """
    results = [results] if isinstance(results, Result) else list(results)
    known = {
        n: RECIPES[n].latent_dim - STYLE if RECIPES[n].labels else 0 for n in beside
    }
    scripts = [weights_script(result) for result in results]
    scripts.append(f"addBeside({json.dumps(known)});")
    page = inlined(WEB / "explore.html", {"networks.js": "\n".join(scripts)}).encode()
    if len(page) > LARGEST:
        said = f"{len(page) / 1e6:.1f} MB, more than {LARGEST / 1e6:.0f}"
        raise ValueError(f"{path} would have {said}; give it fewer results")
    return write_atomic(path, page)
