"""How long does a verdict on 10 000 pictures take?

    python benchmarks/judging.py [--repeats 3]

Features of the real images and the floors are measured before, once, and kept; that
time is printed as well. Writes benchmarks/judging.json.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import torch

from gan_utils.data import load
from gan_utils.judge.reference import open_reference
from gan_utils.judge.verdict import N_SAMPLES, SAMPLE_SEED, judge_images, load_floors
from gan_utils.results import generate, load_result
from gan_utils.support import paths
from gan_utils.support.files import write_json

FILE = Path(__file__).with_suffix(".json")


def timed(work):
    """(seconds, what `work` returned)."""
    start = time.perf_counter()
    found = work()
    return round(time.perf_counter() - start, 2), found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    images = load("mnist")
    result = load_result(paths.weights_dir() / "dcgan")
    size = {"latent_dim": result.latent_dim, "seed": SAMPLE_SEED}
    drawing, fakes = timed(lambda: generate(result.generator, N_SAMPLES, **size))
    found = {"threads": torch.get_num_threads(), "torch": torch.__version__}
    found["drawing 10 000 pictures"] = drawing
    for name in ("first", "second"):
        real, reference = timed(lambda name=name: open_reference(images, name))
        floors, _ = timed(lambda ref=reference: load_floors(ref, N_SAMPLES))
        runs = [
            timed(lambda ref=reference: judge_images(ref, fakes))[0]
            for _ in range(repeats)
        ]
        found[name] = {"real images": real, "floors": floors, "verdicts": runs}
        found[name]["median verdict"] = statistics.median(runs)
    print(json.dumps(found, indent=1))
    write_json(FILE, found)


if __name__ == "__main__":
    main()
