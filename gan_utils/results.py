"""What a training run leaves behind, and how to read it again.

A result is a folder: `generator.safetensors`, `snapshots.safetensors` (one grid of the
same latents through training), `history.json` and `meta.json`. `weights/` ships such
folders, with their checksums in `weights/manifest.json`.
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load as load_tensors

from gan_utils.data import to_uint8
from gan_utils.recipes import RECIPES
from gan_utils.support import paths
from gan_utils.support.files import write_atomic, write_json
from gan_utils.support.weights import ResultError, checked_bytes, packed


@dataclass(frozen=True)
class Result:
    """One trained generator and its way there."""

    generator: torch.nn.Module  # in eval mode: z (B, latent_dim) -> (B, 1, 28, 28)
    latent_dim: int
    images: np.ndarray  # uint8 (T, N, 28, 28): the same N latents at T steps
    steps: list  # T step numbers
    seconds: np.ndarray  # (T,) training seconds at these steps
    history: dict  # name -> array, thinned; "step" holds the step numbers
    meta: dict


@torch.no_grad()
def generate(generator, n, *, latent_dim, seed=0, batch_size=500):
    """n pictures of a generator, uint8 (n, 28, 28), from latents of `seed`.

    The latents are drawn on the CPU in one piece, so picture i is the same for any
    n > i and any device, up to a gray level where batches of another size are summed
    in another order. The generator is used in eval mode and left as it was found.
    """
    z = torch.randn(n, latent_dim, generator=torch.Generator().manual_seed(seed))
    device = next(generator.parameters()).device
    was_training = generator.training
    generator.eval()
    images = [
        to_uint8(generator(part.to(device))).cpu() for part in z.split(batch_size)
    ]
    generator.train(was_training)
    return torch.cat(images)


def save_result(folder, *, generator, snapshots, history, meta):
    """Write a result folder. `meta` names its recipe; versions and date are added."""
    folder = Path(folder)
    weights = packed(generator.state_dict())
    pictures = {
        "images": torch.from_numpy(snapshots.images),
        "steps": torch.tensor(snapshots.steps),
        "seconds": torch.tensor(snapshots.seconds, dtype=torch.float32),
    }
    write_atomic(folder / "generator.safetensors", weights)
    write_atomic(folder / "snapshots.safetensors", packed(pictures))
    write_json(folder / "history.json", history.thinned())
    versions = {
        "torch": torch.__version__.split("+")[0],
        "threads": torch.get_num_threads(),
    }
    write_json(
        folder / "meta.json", {**meta, **versions, "date": date.today().isoformat()}
    )
    return folder


def load_result(folder):
    """Read a result folder. Shipped ones are checked against their checksums.

    Raises ResultError naming the file that is missing or damaged.
    """
    folder = Path(folder)
    meta = json.loads(checked_bytes(folder / "meta.json"))
    if meta["recipe"] not in RECIPES:
        raise ResultError(f"{folder}: unknown recipe {meta['recipe']!r}")
    pictures = load_tensors(checked_bytes(folder / "snapshots.safetensors"))
    history = json.loads(checked_bytes(folder / "history.json"))
    return Result(
        generator=_generator(meta, checked_bytes(folder / "generator.safetensors")),
        latent_dim=meta["latent_dim"],
        images=pictures["images"].numpy(),
        steps=pictures["steps"].tolist(),
        seconds=pictures["seconds"].numpy(),
        history={name: np.array(values) for name, values in history.items()},
        meta=meta,
    )


def _generator(meta, data):
    generator = RECIPES[meta["recipe"]].G(latent_dim=meta["latent_dim"])
    weights = load_tensors(data)
    generator.load_state_dict(
        {k: v.float() if v.is_floating_point() else v for k, v in weights.items()}
    )
    return generator.eval()


def shipped_names(first=()):
    """Recipes with shipped weights, those in `first` in front."""
    there = {path.parent.name for path in paths.weights_dir().glob("*/meta.json")}
    front = [name for name in first if name in there]
    return front + [name for name in RECIPES if name in there and name not in front]
