"""How long until something happens: import, first batch, first picture, first notebook.

    python benchmarks/startup.py                # half a minute
    python benchmarks/startup.py --notebooks    # all notebooks at `smoke` as well

Each row is measured in fresh processes, from their start; the median of several. The
first process of a fresh boot is slower, as files come from the disk. Writes
benchmarks/startup.json.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from _common import machine

from gan_utils.support.files import write_json

FILE = Path(__file__).with_suffix(".json")

PROGRAMS = {
    "python alone": "pass",
    "import gan_utils": "import gan_utils",
    "import torch": "import torch",
    "a worker of `run`": "import classroom.runner.worker",
    "first batch": (
        "from gan_utils.data import Batches, load\n"
        "images = load('auto').train\n"
        "Batches(images, batch_size=64, latent_dim=64, seed=0)(0)"
    ),
    "first picture": (
        "from gan_utils.support import paths\n"
        "from gan_utils.results import generate, load_result\n"
        "result = load_result(paths.weights_dir() / 'modern')\n"
        "generate(result.generator, 1, latent_dim=result.latent_dim, seed=0)"
    ),
}


def seconds(command):
    """How long a command takes; its last line if it fails."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        text = (done.stderr or done.stdout).strip()
        raise SystemExit(f"{command[1:3]} failed: {text.splitlines()[-1]}")
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--notebooks", action="store_true", help="minutes more")
    args = parser.parse_args()
    times = {name: [] for name in PROGRAMS}
    for _ in range(args.repeats):
        for name, program in PROGRAMS.items():
            times[name].append(seconds([sys.executable, "-c", program]))
    if args.notebooks:
        series = [sys.executable, "-m", "classroom", "run", "--profile", "smoke"]
        times["all notebooks at smoke"] = [seconds(series)]
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, value in medians.items():
        print(f"{name:24s} {value:7.2f} s")
    write_json(FILE, {**machine(), "median_s": medians, "runs_s": times})


if __name__ == "__main__":
    main()
