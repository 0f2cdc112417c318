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

from gan_utils import paths
from gan_utils.data import to_uint8
from gan_utils.files import sha256_bytes, write_atomic, write_json
from gan_utils.recipes import RECIPES
from gan_utils.tensors import packed
from gan_utils.training import Callback


class ResultError(RuntimeError):
    """A result folder is missing, incomplete or damaged. The message says which."""


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


class Snapshots(Callback):
    """Pictures of the same latents at n moments, dense at the start of the run.

    The square roots of the moments are evenly spaced, as most happens early.

    z: (N, latent_dim). After the run: `images` uint8 (T, N, 28, 28), `steps` and
    `seconds`.
    """

    def __init__(self, z, *, n=12):
        self.z = z
        self.moments = [(i / (n - 1)) ** 2 for i in range(n)]  # as progress of the run
        self.steps, self.seconds, self._images, self._due = [], [], [], 0

    @property
    def images(self):
        """uint8 array (T, N, 28, 28)."""
        return np.stack(self._images)

    def start(self, run):
        """Take the picture before training."""
        self.step(run)

    @torch.no_grad()
    def step(self, run):
        """Take a picture if one more moment has come."""
        due = sum(run.progress >= moment for moment in self.moments)
        if due <= self._due:
            return
        self._due = due
        generator = run.model.sampler()
        was_training = generator.training
        images = to_uint8(generator.eval()(self.z))
        generator.train(was_training)
        self._images.append(images.cpu().numpy())
        self.steps.append(run.model.step)
        self.seconds.append(run.seconds)

    def state_dict(self):
        """What a checkpoint must hold to go on taking the same pictures."""
        images = torch.from_numpy(self.images) if self._images else None
        clock = {"steps": list(self.steps), "seconds": list(self.seconds)}
        return {**clock, "due": self._due, "images": images}

    def load_state_dict(self, state):
        """Take over what `state_dict` returned."""
        self.steps, self.seconds = list(state["steps"]), list(state["seconds"])
        self._due = state["due"]
        self._images = [] if state["images"] is None else list(state["images"].numpy())


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


def checked_bytes(path):
    """The bytes of a file; if it is a shipped one, only with the right checksum."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ResultError(
            f"cannot read {path}: {error.strerror}; train the recipe"
        ) from None
    if path.resolve().is_relative_to(paths.weights_dir()):
        name = path.resolve().relative_to(paths.weights_dir()).as_posix()
        if sha256_bytes(data) != read_manifest().get(name, {}).get("sha256"):
            raise ResultError(
                f"{path} differs from the manifest; restore it with git checkout"
            )
    return data


def read_manifest():
    """weights/manifest.json: file name -> {"sha256", "bytes"}; empty if not there."""
    file = paths.weights_dir() / "manifest.json"
    return json.loads(file.read_text())["files"] if file.is_file() else {}


def shipped_names(first=()):
    """Recipes with shipped weights, those in `first` in front."""
    there = {path.parent.name for path in paths.weights_dir().glob("*/meta.json")}
    front = [name for name in first if name in there]
    return front + [name for name in RECIPES if name in there and name not in front]
