"""The games with shipped networks: spot the fake, draw a digit.

python tools/play_pages.py FOLDER      # spot.html and draw.html, one file each
"""

import json
import sys
from pathlib import Path

from torch import nn

from gan_utils.explore.page import inlined, network_facts, weights_script
from gan_utils.judge.judge import read_judge
from gan_utils.latent import STYLE
from gan_utils.recipes import RECIPES
from gan_utils.results import load_shipped
from gan_utils.support import paths
from gan_utils.support.files import write_atomic

GAMES = ("spot", "draw")
RECIPE = "modern_labels"  # whose weights, with the judge's, are inside


def judge_script():
    """The script `weights/judge.js`: the first judge, for the pages."""
    net = read_judge(paths.weights_dir() / "judge" / "first").net
    facts = network_facts(nn.Sequential(net.body, net.head), [1, 28, 28])
    return f'addNetwork("judge", {json.dumps(facts)});\n'


def write_game(name, path, scripts):
    """Write the game `name` as one HTML file, with scripts that give it networks."""
    source = paths.project_root() / "site" / "play" / f"{name}.html"
    page = inlined(source, {"networks.js": "".join(scripts)})
    return write_atomic(path, page.encode())


def alone(name, path):
    """The game with all that it needs inside: it opens from disk."""
    return write_game(
        name, path, [weights_script(load_shipped(RECIPE)), judge_script()]
    )


def beside(name, path, names):
    """The game that loads weights/NAME.js beside it: those of recipes, and `judge`."""
    known = {
        n: RECIPES[n].latent_dim - STYLE if RECIPES[n].labels else 0 for n in names
    }
    return write_game(name, path, [f"addBeside({json.dumps(known | {'judge': 0})});"])


if __name__ == "__main__":
    for game in GAMES:
        alone(game, Path(sys.argv[1]) / f"{game}.html")
