"""Put trained generators into weights/, for those who train nothing.

    make notebooks                         # trains mlp and dcgan, into runs/lab
    python tools/ship_weights.py           # ships these two
    python benchmarks/kept.py dcgan_28     # the training of gan_utils train
    python tools/ship_weights.py dcgan_28  # any other recipe, from runs/dcgan_28-0

The generator is stored in half precision, and with it the command that repeats its
training: with the same steps, number format and threads, whatever was typed.
weights/manifest.json has the SHA-256 and the size of every file. `python -m gan_utils
train mlp` (or dcgan) makes the same weights as the notebooks. Of the recipes in
OPPONENTS the discriminator is stored, too, from the checkpoint: pages show its score.
"""

import json
import sys

from safetensors.torch import load_file

from gan_utils import metrics, results
from gan_utils.callbacks import checkpoint
from gan_utils.data import load
from gan_utils.recipes import RECIPES
from gan_utils.support import paths
from gan_utils.support.files import sha256_bytes, write_atomic, write_json
from gan_utils.support.weights import packed
from gan_utils.training import constant

OPPONENTS = ("modern", "modern_labels", "modern_clusters")
LESSONS = {"mlp": "02_vanilla_gan", "dcgan": "03_dcgan"}


def repeating(meta):
    """The command that makes the training of `meta` again, on such a machine.

    It says what `train` would choose by itself, and steps in place of seconds, which
    another machine fills with more or fewer. (Where the rates follow the clock, no
    number of steps repeats them: there the seconds stay.)
    """
    by_clock = "seconds" in meta and RECIPES[meta["recipe"]].schedule is not constant
    unit = "seconds" if by_clock else "epochs" if "epochs" in meta else "steps"
    told = {unit: meta[unit]} | {k: meta[k] for k in ("device", "precision", "threads")}
    if meta["seed"]:
        told["seed"] = meta["seed"]
    words = [f"--{name} {value}" for name, value in told.items()]
    return " ".join(["python -m gan_utils train", meta["recipe"], *words])


def ship(name, folder, command=None):
    """Copy a result into weights/, the generator in half precision.

    command: what repeats its training; None: `repeating` of its meta.
    """
    target = paths.weights_dir() / name
    meta = json.loads((folder / "meta.json").read_text())
    if meta["dataset"] != "MNIST":
        raise SystemExit(f"{folder} was trained on {meta['dataset']}; ship MNIST only")
    if meta.get("steps_on_one_thread"):
        raise SystemExit(f"{folder}: its threads changed, and no command repeats that")
    if meta.get("stopped") not in (None, "", "time is up"):
        raise SystemExit(
            f"{folder}: {meta['stopped']}; end it with --resume, then ship"
        )
    command = command or repeating(meta)
    weights = packed(load_file(folder / "generator.safetensors"), half=True)
    write_atomic(target / "generator.safetensors", weights)
    if name in OPPONENTS:
        state = checkpoint.read(folder / "checkpoint.pt")["state"]["D"]
        write_atomic(target / "discriminator.safetensors", packed(state, half=True))
    for file in ("snapshots.safetensors", "history.json", "log.txt"):
        if (folder / file).is_file():
            write_atomic(target / file, (folder / file).read_bytes())
    write_json(target / "meta.json", {**meta, "command": command})


def write_manifest():
    """SHA-256 and size of every shipped file."""
    root = paths.weights_dir()
    found = sorted(f for f in root.rglob("*") if f.is_file() and f.parent != root)
    files = {
        file.relative_to(root).as_posix(): {
            "sha256": sha256_bytes(file.read_bytes()),
            "bytes": file.stat().st_size,
        }
        for file in found
    }
    write_json(root / "manifest.json", {"files": files})


def add_measures(name):
    """Count classes and speckles of the shipped generator, for its meta."""
    folder = paths.weights_dir() / name
    result = results.load_result(folder)
    images = load("mnist")
    size = {"latent_dim": result.latent_dim}
    fakes = results.generate(result.generator, 2000, seed=1, **size)
    labels = metrics.guess_labels(fakes, images.train, images.train_labels)
    measured = {
        "class_counts": metrics.class_counts(labels).tolist(),
        "speckles": round(metrics.speckles(fakes), 3),
        "speckles_real": round(metrics.speckles(images.test), 3),
    }
    write_json(folder / "meta.json", {**result.meta, **measured})
    print(f"{name}: {measured}")


def main(names):
    for name in names:
        if name in LESSONS:
            command = f"make notebooks NOTEBOOKS={LESSONS[name][:2]}"
            ship(name, paths.runs_dir() / "lab" / LESSONS[name], command)
        else:
            ship(name, paths.runs_dir() / f"{name}-0")
    write_manifest()
    for name in set(names) & set(LESSONS):
        add_measures(name)
    write_manifest()


if __name__ == "__main__":
    main(sys.argv[1:] or list(LESSONS))
