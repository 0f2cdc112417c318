"""Is the time told truly? What each notebook was said to take, and what it took.

    python benchmarks/times.py                       # all at quick, 15 minutes
    python benchmarks/times.py 02 03 --profile smoke

Each notebook runs once, headless, as on the first day: nothing measured before. Its own
first line and the plan of `--dry-run` are taken down beside the clock. Alone, or the
numbers mean nothing. Writes benchmarks/times.json, or the file of --out.

The published seconds themselves (notebooks/times.json) come from `make notebooks`, and
`python tools/build_notebooks.py --profile smoke` takes those of another profile.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import click
from _common import machine

from gan_utils.support.files import write_json

FILE = Path(__file__).with_suffix(".json")
GOAL = 0.3  # off by at most so much
PLAN = re.compile(r"seed-0/(\w+) +(\d+):(\d+) ")
LINE = re.compile(r"time +(about [^(\\]+) on this machine")


def run(*words):
    """What `python -m classroom run` prints; raises when it fails."""
    command = [sys.executable, "-m", "classroom", "run", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout


def measured(folder, said):
    """A row for each notebook of a run: seconds said, seconds taken, its own words."""
    rows = []
    for row in json.loads((folder / "status.json").read_text())["notebooks"]:
        name, took = row["notebook"], row["seconds"]
        text = (folder / row["key"] / f"{name}.ipynb").read_text(encoding="utf-8")
        words = LINE.search(text)
        rows.append({"notebook": name, "said_s": said[name], "took_s": took})
        rows[-1] |= {
            "first_line": words[1] if words else "",
            "ratio": said[name] / took,
        }
    return rows


@click.command()
@click.argument("notebooks", nargs=-1)
@click.option("--profile", default="quick", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=FILE)
def main(notebooks, profile, out):
    """Measure, print, store."""
    words = [*notebooks, "--profile", profile]
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["GAN_RUNS_DIR"] = str(Path(scratch) / "runs")
        plan = PLAN.findall(run(*words, "--dry-run"))
        said = {name: 60 * int(minutes) + int(rest) for name, minutes, rest in plan}
        run(*words, "--out", str(Path(scratch) / "out"))
        rows = measured(Path(scratch) / "out", said)
    for row in rows:
        print(
            f"{row['notebook']:26s} said {row['said_s']:5.0f} s, took "
            f"{row['took_s']:5.0f} s, ratio {row['ratio']:.2f}  {row['first_line']}"
        )
    within = all(abs(row["ratio"] - 1) <= GOAL for row in rows)
    print(f"all within {GOAL:.0%}: {'yes' if within else 'no'}")
    write_json(out, machine() | {"profile": profile, "goal": GOAL, "rows": rows})


if __name__ == "__main__":
    main()
