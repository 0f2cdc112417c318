"""What the runner costs, and what two notebooks at once gain.

    python benchmarks/runner.py [--seeds 0-3] [--pairs 2]

Five notebooks at smoke. First the runner against bare papermill, one after the other,
interleaved; then several seeds serially and with two jobs, and whether both leave the
same metrics, byte for byte. Before each run the estimate of `--dry-run` is taken down.
Runs for about a quarter of an hour; alone, or the numbers mean nothing.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from gan_utils.support import paths
from gan_utils.support.files import write_json

NUMBERS = ["01", "02", "03", "04", "05"]
GOALS = {"two jobs / serial": 0.6, "runner / papermill": 1.05, "estimate": 0.3}


def command(*words, **env):
    """Seconds and output of a command of this Python; raises when it fails."""
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        capture_output=True,
        text=True,
        env=os.environ | env,
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return time.monotonic() - start, done.stdout


def bare(folder):
    """The five notebooks by papermill's own command; seconds."""
    total = 0.0
    for number in NUMBERS:
        (notebook,) = paths.notebooks_dir().glob(f"{number}_*.ipynb")
        words = [notebook, folder / notebook.name, "--cwd", notebook.parent]
        words += ["-p", "profile", "smoke", "-p", "out_dir", folder]
        total += command("papermill", *words)[0]
    return total


def runner(folder, *options):
    """The same by `run`: seconds, and what --dry-run said before."""
    words = ["classroom", "run", *NUMBERS, "--profile", "smoke", *options]
    _, text = command(*words, "--dry-run")
    found = re.search(r"\(([\d.]+) s\)", text)
    seconds, _ = command(*words, "--out", folder)
    return seconds, float(found[1]) if found else None


def same_metrics(one, other):
    """Whether the metrics.json files of `other` are those of `one`, byte for byte."""
    found = {path.relative_to(other): path for path in other.rglob("metrics.json")}
    same = (path.read_bytes() == (one / p).read_bytes() for p, path in found.items())
    return bool(found) and all(same)


def overhead(scratch, pairs):
    """Interleaved pairs of bare papermill and the runner."""
    found = {"papermill": [], "runner": [], "estimates": []}
    for number in range(pairs):
        folder = scratch / f"bare{number}"
        folder.mkdir()
        found["papermill"].append(bare(folder))
        seconds, estimate = runner(scratch / f"run{number}")
        found["runner"].append(seconds)
        found["estimates"].append((estimate, seconds))
        print(json.dumps(found), flush=True)
    return found


def sweeps(scratch, seeds):
    """Several seeds, one and two at a time; two seeds with the latter's threads."""
    found = {"estimates": []}
    for name, options in {
        "serial": ["--seeds", seeds],
        "two jobs": ["--seeds", seeds, "--jobs", "2"],
        "two seeds, one thread": ["--seeds", "0-1", "--threads", "1"],
    }.items():
        seconds, estimate = runner(scratch / name, *options)
        found[name] = seconds
        found["estimates"].append((estimate, seconds))
        print(json.dumps(found), flush=True)
    found["same"] = same_metrics(scratch / "two jobs", scratch / name)
    return found


@click.command()
@click.option("--seeds", default="0-3", show_default=True)
@click.option("--pairs", default=2, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), help="copy a report here")
def main(seeds, pairs, keep):
    """Measure, print, store."""
    with tempfile.TemporaryDirectory() as name:
        os.environ["GAN_RUNS_DIR"] = str(
            Path(name) / "runs"
        )  # times start from nothing
        single, many = overhead(Path(name), pairs), sweeps(Path(name), seeds)
        if keep:
            shutil.copytree(Path(name) / "two jobs", keep)
    estimates = [(e, s) for e, s in single["estimates"] + many["estimates"] if e]
    result = {
        "seeds": seeds,
        "seconds": {k: v for k, v in (single | many).items() if k != "estimates"},
        "runner / papermill": statistics.median(single["runner"])
        / statistics.median(single["papermill"]),
        "two jobs / serial": many["two jobs"] / many["serial"],
        "same metrics": many["same"],
        "estimate, actual": estimates,
        "goals": GOALS,
    }
    print(json.dumps(result, indent=1))
    write_json(Path(__file__).with_suffix(".json"), result)


if __name__ == "__main__":
    main()
