"""How fast is training beside another program, with threads that spin or soon sleep?

    python benchmarks/spinning.py                 # about two minutes on two cores
    python benchmarks/spinning.py --repeats 5 --out runs/spinning.json

OpenMP threads that wait for each other spin for a while, by default for long. Beside a
program that uses a core, a spinning thread keeps the one it waits for from running.
`gan_utils` therefore sets GOMP_SPINCOUNT=1000. This program measures both, interleaved,
alone and beside a busy loop, with the MLP recipe: the median step of each run.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

POLICIES, BESIDE = ("default", "1000"), ("alone", "busy loop")
CHILD = """
import numpy as np, torch  # before gan_utils, which would set its own
from functools import partial
from gan_utils.data import Batches
from gan_utils.recipes import RECIPES, build, train_step
from gan_utils.training import fit
images = torch.randint(0, 256, (6400, 28, 28), dtype=torch.uint8)
recipe = RECIPES["mlp"]
batches = Batches(images, batch_size=64, latent_dim=64, seed=0)
history = fit(partial(train_step, recipe), build(recipe, seed=0), batches, steps=STEPS)
print(1000 * np.median(np.diff(history["seconds"])[10:]))
"""


def one_run(policy, steps):
    """Median milliseconds of a step in a fresh process."""
    command = [sys.executable, "-c", CHILD.replace("STEPS", str(steps))]
    environment = {**os.environ, "GOMP_SPINCOUNT": policy}
    if policy == "default":
        del environment["GOMP_SPINCOUNT"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr.strip().splitlines()[-1])
    return float(done.stdout)


def measure(repeats, steps):
    """{(beside, policy): [milliseconds, ...]}, both policies in turn."""
    times = {(beside, policy): [] for beside in BESIDE for policy in POLICIES}
    for beside in BESIDE:
        busy = None
        if beside == "busy loop":
            busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        try:
            for _ in range(repeats):
                for policy in POLICIES:
                    times[beside, policy].append(one_run(policy, steps))
        finally:
            if busy:
                busy.kill()
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3, help="runs of each kind")
    parser.add_argument("--steps", type=int, default=100, help="updates in a run")
    parser.add_argument("--out", type=Path, help="write the numbers here as JSON")
    options = parser.parse_args()
    times = measure(options.repeats, options.steps)
    rows = []
    for beside in BESIDE:
        spin, sleep = (statistics.median(times[beside, policy]) for policy in POLICIES)
        rows.append({"beside": beside, "default_ms": spin, "spin_1000_ms": sleep})
        ratio = spin / sleep
        print(
            f"{beside:10s} default {spin:6.1f} ms, 1000 {sleep:6.1f} ms x {ratio:.1f}"
        )
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    about = {"machine": machine, "python": platform.python_version()}
    runs = {f"{a}, {b}": values for (a, b), values in times.items()}
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        result = {**about, "rows": rows, "runs": runs, "steps": options.steps}
        options.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
