"""Train the recipes that the notebooks use and put their results into weights/.

    python tools/ship_weights.py                 # train, then ship
    python tools/ship_weights.py --only dcgan

Each shipped folder holds what `python -m gan_utils train` leaves, with the generator in
half precision. weights/manifest.json has the SHA-256 and size of every file.
"""

import argparse
import json
import subprocess
import sys

from safetensors.torch import load_file, save

from gan_utils import measure, paths, results
from gan_utils.data import load
from gan_utils.files import sha256_file, write_atomic, write_json

EPOCHS = {"mlp": 30, "dcgan": 15}


def train(name):
    """Run the public command; returns its folder and the command as typed."""
    folder = paths.runs_dir() / "ship" / name
    words = ["train", name, "--epochs", str(EPOCHS[name]), "--dataset", "mnist"]
    shown = "python -m gan_utils " + " ".join(words)
    more = ["--resume", "--out", str(folder)]
    subprocess.run([sys.executable, "-m", "gan_utils", *words, *more], check=True)
    return folder, shown


def ship(name, folder, command):
    """Copy a result into weights/, the generator in half precision."""
    target = paths.weights_dir() / name
    weights = load_file(folder / "generator.safetensors")
    half = {k: v.half() if v.is_floating_point() else v for k, v in weights.items()}
    write_atomic(target / "generator.safetensors", save(half))
    for file in ("snapshots.safetensors", "history.json"):
        write_atomic(target / file, (folder / file).read_bytes())
    meta = json.loads((folder / "meta.json").read_text())
    write_json(target / "meta.json", {**meta, "command": command})


def write_manifest():
    """SHA-256 and size of every shipped file."""
    root = paths.weights_dir()
    found = sorted(f for f in root.rglob("*") if f.is_file() and f.parent != root)
    files = {
        file.relative_to(root).as_posix(): {
            "sha256": sha256_file(file),
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
    fakes = results.generate(
        result.generator, 2000, latent_dim=result.latent_dim, seed=1
    )
    labels = measure.guess_labels(fakes, images.train, images.train_labels)
    measured = {
        "class_counts": measure.class_counts(labels).tolist(),
        "speckles": round(measure.speckles(fakes), 3),
        "speckles_real": round(measure.speckles(images.test), 3),
    }
    write_json(folder / "meta.json", {**result.meta, **measured})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=EPOCHS, action="append")
    for name in parser.parse_args().only or EPOCHS:
        ship(name, *train(name))
        write_manifest()
        add_measures(name)
        write_manifest()


if __name__ == "__main__":
    main()
