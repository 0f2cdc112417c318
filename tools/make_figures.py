"""Draw figures/ from the results in weights/ and benchmarks/: `make figures`.

Nothing is picked: every picture shows the first latents of a stated seed.
"""

import json
from functools import cache

import matplotlib

matplotlib.use("agg")
import explorer_pages as pages
import matplotlib.pyplot as plt
import numpy as np
import speed_figures
import torch
from game_figure import draw_game

from gan_utils import latent, pictures, results, viz
from gan_utils.explore.page import explorer_page, inlined
from gan_utils.judge.verdict import SAMPLE_SEED
from gan_utils.pictures import tile
from gan_utils.support import paths
from gan_utils.support.files import write_atomic

FIGURES = paths.project_root() / "figures"


def save(axes, name):
    """Write a figure as PNG into figures/."""
    axes.figure.savefig(FIGURES / f"{name}.png", bbox_inches="tight")
    plt.close(axes.figure)


def learning(result):
    """GIF: the same 40 latents through training."""
    frames = np.stack([tile(images[:40], 10) for images in result.images])
    labels = [f"step {step:,}" for step in result.steps]
    path = FIGURES / "learning.gif"
    pictures.gif(frames, path, labels=labels, ms=450, scale=2)


@torch.no_grad()
def morph(result):
    """GIF: a closed walk through six latents, eight walks side by side."""
    random = torch.Generator().manual_seed(0)
    keys = torch.randn(8, 6, result.latent_dim, generator=random)
    walks = [latent.path(k, 8, closed=True) for k in keys]
    images = [result.generator(walk).squeeze(1) for walk in walks]
    frames = torch.stack(images, dim=1).add(1).mul(127.5).round().to(torch.uint8)
    grids = np.stack([tile(frame, 8) for frame in frames.numpy()])
    pictures.gif(grids, FIGURES / "morph.gif", ms=110, last_ms=110, scale=3)


def rows():
    """The first pictures of every scored recipe, lowest Frechet distance on top."""
    runs = json.loads((paths.weights_dir() / "scores.json").read_text())["runs"]
    found = {r["recipe"]: r["first"]["metrics"]["fd"] for r in runs if r["seed"] == 0}
    names = sorted(found, key=found.get)
    pictures = []
    for name in names:
        result = results.load_result(paths.weights_dir() / name)
        size = {"latent_dim": result.latent_dim, "seed": SAMPLE_SEED}
        pictures.append(results.generate(result.generator, 14, **size))
    titles = [f"{name}  {found[name]:.2f}" for name in names]
    title = "Every recipe and its Frechet distance, first judge. Nothing is picked"
    return viz.show_rows(pictures, titles=titles, title=title)


def explorers():
    """The explorers of notebook 05 as pages of their own."""
    load = cache(lambda name: results.load_result(paths.weights_dir() / name))
    explorer_page(load("modern"), FIGURES / "explore.html")
    trained = ["dcgan", "mlp", "modern"]  # the losses of the first one are shown
    pages.time_page(load, trained, FIGURES / "explore_time.html")


def main():
    FIGURES.mkdir(exist_ok=True)
    shipped = {
        n: results.load_result(paths.weights_dir() / n) for n in ("mlp", "dcgan")
    }
    save(draw_game(), "game")
    for name, result in shipped.items():
        images = results.generate(result.generator, 64, latent_dim=result.latent_dim)
        title = f"{name.upper()}: 64 latents of seed 0, not picked"
        save(viz.show_grid(images, ncol=16, title=title), f"digits_{name}")
    save(rows(), "recipes")
    save(speed_figures.sweep(), "sweep")
    save(speed_figures.curves(), "time_to_quality")
    save(speed_figures.cluster(), "cluster")
    learning(shipped["dcgan"])
    morph(shipped["dcgan"])
    explorers()
    game = inlined(paths.project_root() / "site" / "play" / "game.html")
    write_atomic(FIGURES / "explore_game.html", game.encode())


if __name__ == "__main__":
    main()
