"""What a training run leaves behind, and how to read it again.

Taught in notebook 05, section 1. A result is a folder: `generator.safetensors`,
`snapshots.safetensors` (one grid of the same latents through training), `history.json`
and `meta.json`. `weights/` ships such folders, with their checksums in
`weights/manifest.json`.
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import torch

from gan_utils.gan import draw
from gan_utils.support import paths, weights
from gan_utils.support.files import write_atomic, write_json
from gan_utils.support.randomness import fixed_latents
from gan_utils.support.weights import ResultError, packed


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
    folder: Path | None = None


def generate(generator, n, *, latent_dim, seed=0, batch_size=500, label=None):
    """n pictures of a generator, uint8 (n, 28, 28), from latents of `seed`.

    The latents are drawn on the CPU in one piece, so picture i is the same for any
    n > i and any device, up to a gray level where batches of another size are summed
    in another order. The generator is used in eval mode and left as it was found.
    label: all that is asked of a generator with labels, one or (n,); None: as z says.
    """
    z = fixed_latents(n, latent_dim, seed)
    if label is not None:
        from gan_utils.latent import ask  # late: few ask

        z = ask(z, torch.as_tensor(label).expand(n))
    return torch.cat([draw(generator, part) for part in z.split(batch_size)])


def save_result(folder, *, generator, snapshots, history, meta):
    """Write a result folder. `meta` names its recipe; versions and date are added."""
    folder = Path(folder)
    pictures = {
        "images": torch.from_numpy(snapshots.images),
        "steps": torch.tensor(snapshots.steps),
        "seconds": torch.tensor(snapshots.seconds, dtype=torch.float32),
    }
    write_atomic(folder / "generator.safetensors", packed(generator.state_dict()))
    write_atomic(folder / "snapshots.safetensors", packed(pictures))
    write_json(folder / "history.json", history.thinned())
    version, threads = torch.__version__.split("+")[0], torch.get_num_threads()
    more = {"torch": version, "threads": threads, "date": date.today().isoformat()}
    write_json(folder / "meta.json", {**meta, **more})
    return folder


def load_result(folder):
    """Read a result folder. Shipped ones are checked against their checksums.

    Raises ResultError with one line that names the file and what is wrong with it.
    """
    folder = Path(folder)
    meta = weights.read_table(folder / "meta.json")
    history = weights.read_table(folder / "history.json")
    pictures = weights.unpacked(folder / "snapshots.safetensors")
    try:
        images, steps, seconds = (pictures[k] for k in ("images", "steps", "seconds"))
        lengths = {len(images), len(steps), len(seconds)}
        if images.shape[2:] != (28, 28) or len(lengths) > 1:
            raise ValueError(f"snapshots {tuple(images.shape)} of {len(steps)} steps")
        return Result(
            generator=_generator(folder, meta),
            latent_dim=meta["latent_dim"],
            images=images.numpy(),
            steps=steps.tolist(),
            seconds=seconds.numpy(),
            history={name: _numbers(values) for name, values in history.items()},
            meta=meta,
            folder=folder,
        )
    except (KeyError, TypeError, ValueError) as error:
        said = f"lacks {error}" if isinstance(error, KeyError) else error
        raise ResultError(f"{folder} is no result: {said}") from None


def _numbers(values):
    numbers = np.array(values)
    if numbers.dtype.kind not in "if":
        raise ValueError("history.json holds more than numbers")
    return numbers


def load_own_or_shipped(folder, recipe, *, say=print):
    """Your own result of a recipe if there is one and it is sound, else the shipped.

    folder: of your own, or None. say: takes one line where your own does not do.
    """
    try:
        if folder is not None:
            own = load_result(folder)
            if own.meta["recipe"] == recipe:
                return own
            raise ResultError(f"{folder} is of the recipe {own.meta['recipe']!r}")
    except ResultError as error:
        say(f"Going on with the shipped result of {recipe}, as {error}.")
    return load_shipped(recipe)


def _generator(folder, meta):
    """The network that meta names, with the weights of the folder."""
    from gan_utils.recipes import RECIPES  # late: who only saves needs no recipes

    name, latent_dim = meta["recipe"], meta["latent_dim"]
    if name not in RECIPES:
        raise ResultError(f"{folder}: unknown recipe {name!r}")
    if not isinstance(latent_dim, int) or not 0 < latent_dim <= 10_000:
        raise ValueError(f"latent_dim is {latent_dim!r}")
    generator = RECIPES[name].G(latent_dim=latent_dim)
    weights.load_into(generator, folder / "generator.safetensors")
    return generator.eval()


def shipped_names(first=()):
    """Recipes with shipped weights, those in `first` in front."""
    from gan_utils.recipes import RECIPES

    there = {path.parent.name for path in paths.weights_dir().glob("*/meta.json")}
    return [name for name in dict.fromkeys([*first, *RECIPES]) if name in there]


def load_shipped(recipe):
    """The Result of a recipe that ships in weights/. Raises ResultError."""
    if recipe not in (there := shipped_names()):
        has = f"no weights of {recipe!r} are here, only {', '.join(there) or 'none'}"
        get = "python -m gan_utils train makes others, the repository has more"
        raise ResultError(f"{has}; {get}")
    return load_result(paths.weights_dir() / recipe)


def stored(name):
    """What a JSON file of the project holds, e.g. "benchmarks/one_factor.json"."""
    return json.loads(paths.shipped(name).read_text(encoding="utf-8"))


def shipped_scores():
    """weights/scores.json: {"runs": verdicts on every training, "claims": ...}."""
    return stored("weights/scores.json")
