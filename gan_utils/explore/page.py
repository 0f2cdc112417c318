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

NAMES = """Linear Conv2d ConvTranspose2d BatchNorm1d BatchNorm2d ReLU LeakyReLU Tanh
    Dropout PixelShuffle PixelUnshuffle MaxPool2d Flatten Unflatten""".split()
LAYERS = {getattr(nn, name) for name in NAMES}  # what web/network.js can do, and these
LAYERS |= {classics.SameConv2d, classics.SameConvTranspose2d}
CHAINS = (nn.Sequential, labels.ProjectionDiscriminator)


def plan(network, name=""):
    """The layers of a network in order, for web/network.js: type, name, settings.

    Raises TypeError naming a layer that the page cannot do.
    """
    kind, parts = type(network).__name__, dict(network.named_children())
    if type(network) in LAYERS:
        known = {k: v for k, v in vars(network).items() if k[0] != "_"}
        numbers = {k: v for k, v in known.items() if isinstance(v, int | float | tuple)}
        pairs = [v for v in numbers.values() if isinstance(v, tuple) and len(v) == 2]
        if numbers.get("groups", 1) > 1 or any(a != b for a, b in pairs):
            raise TypeError(f"the page cannot do {network}: only square, no groups")
        return [{"op": kind, "name": name, **numbers}]
    if not isinstance(network, CHAINS) and len(parts) != 1:  # one: such as self.net
        raise TypeError(f"the page cannot do the layer {kind}")
    parts.pop("vectors", None)  # of the projection, which is done with the last layer
    inside = {k: plan(m, f"{name}.{k}".strip(".")) for k, m in parts.items()}
    if isinstance(network, labels.LabelledGenerator):
        told = {name: getattr(network, name) for name in ("strength", "width")}
        return [{"op": kind, "style": STYLE, **told}, *inside["net"]]
    if isinstance(network, labels.ProjectionDiscriminator):
        return [*inside["body"], {"op": kind, "name": "last"}]
    return sum(inside.values(), [])


def network_facts(network, input_shape, **more):
    """What `loadNetwork` of web/recipes.js takes; input_shape: such as [1, 28, 28]."""
    weights = base64.b64encode(packed(network.state_dict(), half=True)).decode()
    known = {"input": list(input_shape), "layers": plan(network), "weights": weights}
    return known | more


def weights_script(result, *, k=4):
    """The text of weights/NAME.js for a Result: its G, k leading directions of G, and D
    where discriminator.safetensors lies in its folder.
    """
    G, latent_dim, name = result.generator, result.latent_dim, result.meta["recipe"]
    n_labels = (latent_dim - STYLE) * isinstance(G, labels.LabelledGenerator)
    directions = leading_directions(G, latent_dim, k).tolist()
    more = {"labels": n_labels, "directions": directions}
    file = result.folder and result.folder / "discriminator.safetensors"
    if file and file.is_file():
        D = RECIPES[name].D(**({"n_labels": n_labels} if n_labels else {})).eval()
        load_into(D, file)
        more["discriminator"] = network_facts(D, [1, 28, 28])
    told = json.dumps(network_facts(G, [latent_dim], **more))
    return f"addNetwork({json.dumps(name)}, {told});\n"


def inlined(html_path, made=None):
    """The text of an HTML file with the scripts and style sheets beside it put inside.

    They are named by `<script src="x">` and `<link rel="stylesheet" href="x">`. What is
    neither .js nor .css, such as a .wasm, becomes base64. made: {name: text} of scripts
    that are no files. Raises FileNotFoundError.
    """

    def inside(found):
        """The tag that a match becomes, with what it names in it."""
        tag, before, name, after = found.groups()
        data = (made or {}).get(name, "").encode() or (folder / name).read_bytes()
        is_text = name.endswith((".js", ".css"))
        text = (data if is_text else base64.b64encode(data)).decode()
        if tag == "link":
            return f"<style>{text}</style>"
        text = text.replace("</script", r"<\/script").replace("<!--", r"<\!--")
        return f"<script{before}{after}>{text}</script>"

    folder, text = Path(html_path).parent, Path(html_path).read_text("utf-8")
    local = (
        r'<(link|script)([^>]*) (?:href|src)="(?!data:)([^"]+)"([^>]*)>(?:</script>)?'
    )
    return re.sub(local, inside, text)


def explorer_page(results, path, *, beside=()):
    """Write a page whose explorers run the generator of a Result, or of several.

    One HTML file that opens from disk and asks for nothing. beside: recipes whose
    `weights_script` lies in weights/NAME.js beside the page, to choose as well. Returns
    the path. Raises ValueError beyond 8 MB, TypeError for a layer as `plan`.
    """
    results = [results] if isinstance(results, Result) else results
    sizes = {n: RECIPES[n].latent_dim - STYLE for n in beside if RECIPES[n].labels}
    scripts = [weights_script(result) for result in results]
    scripts.append(f"addBeside({json.dumps(dict.fromkeys(beside, 0) | sizes)});")
    page = inlined(WEB / "explore.html", {"networks.js": "".join(scripts)}).encode()
    if len(page) > LARGEST:
        size = f"{len(page) / 1e6:.1f} MB, more than {LARGEST / 1e6:.0f}"
        raise ValueError(f"{path} would have {size}; give it fewer results")
    return write_atomic(path, page)
