"""The cells of notebook 09 in which a digit is drawn, and what they stand on."""

import jupytext

SETUP = """
import importlib.util
from types import SimpleNamespace

import ipywidgets
import numpy as np
import torch
import torch.nn.functional as F
from IPython.display import display
from PIL import Image, ImageDraw
from torch import nn

from gan_utils import data, latent, results
from gan_utils.explore import sliders
from gan_utils.gan import draw
from gan_utils.judge.judge import read_judge
from gan_utils.latent import STYLE, ask
from gan_utils.support import paths

cfg, rng = SimpleNamespace(device="cpu"), torch.Generator().manual_seed(0)
first = read_judge(paths.weights_dir() / "judge" / "first")
result = results.load_shipped("modern_labels")
G = result.generator
mine = torch.zeros(1, 28, 28, dtype=torch.uint8)
z_mine = torch.zeros(1, result.latent_dim)
"""
STARTS = ("def pixel_error", "def find", "SHEET, PEN", "def drawn", "class Asked")
STARTS += ("def drawing_board", "def let_draw", "if importlib.util")


def cells(project):
    """SETUP, then those cells of the source, in order."""
    found = jupytext.read(project / "notebooks/src/09_control.py").cells
    chosen = [cell.source for cell in found if cell.source.startswith(STARTS)]
    assert len(chosen) == len(STARTS)
    return [SETUP, *chosen]
