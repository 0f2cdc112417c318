"""A sweep of the series on a Dask cluster: speed-up, and a worker lost on the way.

    python benchmarks/scale.py                    # an hour on two cores; nothing else
    python benchmarks/scale.py --seeds 0 --parts "2 jobs" "2 workers"
    python benchmarks/scale.py --parts story

Workers are processes of this machine, one thread each; a scheduler on 127.0.0.1 hands
them notebooks at profile smoke. `N workers` and `2 jobs` (the runner without Dask) run
the same notebooks one after the other, so their times make the speed-up. `story` is the
whole series for ten seeds on four workers: one of them runs at the lowest priority
throughout, one is killed (SIGKILL) once a third of the notebooks has passed, and does
not come back. Then each notebook is looked for: lost, failed, run again though it had
passed. Writes benchmarks/scale.json after each part and goes on with what is there.
"""

import argparse
import contextlib
import csv
import json
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from _common import machine, seeds

from gan_utils.support.files import write_json

FILE = Path(__file__).with_suffix(".json")
COUNTS = (1, 2, 3, 4)  # workers
PARTS = ("2 jobs", *(f"{n} workers" for n in COUNTS), "story")
RUN = [sys.executable, "-m", "classroom", "run", "--profile", "smoke", "--threads", "1"]
DASK = [sys.executable, "-m", "dask"]
LOST_AFTER = 1 / 3  # of the notebooks have passed


@contextlib.contextmanager
def process(words, log):
    """A process that writes to a file and is killed at the end."""
    with log.open("w") as file:
        started = subprocess.Popen(words, stdout=file, stderr=subprocess.STDOUT)
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def found_in(log, pattern, patience=60):
    """The first match of a pattern in a file that is being written."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if match := re.search(pattern, log.read_text()):
            return match[0]
        time.sleep(0.2)
    raise SystemExit(f"{log}: no {pattern} in {patience} s\n{log.read_text()}")


@contextlib.contextmanager
def cluster(count, scratch, slow=0):
    """(address, the workers): a scheduler and so many workers, `slow` of them nice."""
    log, quiet = scratch / "scheduler.log", ["--host", "127.0.0.1", "--no-dashboard"]
    with contextlib.ExitStack() as stack:
        stack.enter_context(process([*DASK, "scheduler", "--port", "0", *quiet], log))
        address, workers = found_in(log, r"tcp://127\.0\.0\.1:\d+"), []
        for number in range(count):
            words = [*DASK, "worker", address, "--nthreads", "1", "--no-nanny", *quiet]
            words += ["--local-directory", str(scratch)]
            words = ["nice", "-n", "19", *words] if number < slow else words
            log = scratch / f"worker{number}.log"
            workers.append(stack.enter_context(process(words, log)))
            found_in(log, "Registered to")
        yield address, workers


def passed(folder):
    """{status file of a notebook that has passed so far: when that was written}."""
    files = folder.glob("seed-*/*/status.json")
    return {f: f.stat().st_mtime for f in files if '"passed"' in f.read_text()}


def kill_midway(worker, folder, count, noted):
    """SIGKILL for a worker once LOST_AFTER of `count` notebooks have passed.

    Into noted: "killed", when that was, and "passed" by then.
    """
    while len(found := passed(folder)) < LOST_AFTER * count:
        time.sleep(0.5)
    worker.send_signal(signal.SIGKILL)
    noted |= {"killed": time.time(), "passed": found}


def swept(words, folder):
    """What a run of the series came to: seconds, and a look at every notebook."""
    start = time.time()
    done = subprocess.run([*RUN, *words, "--out", folder], capture_output=True)
    seconds = time.time() - start
    ends = sorted(round(written - start, 1) for written in passed(folder).values())
    rows = json.loads((folder / "status.json").read_text())["notebooks"]
    with (folder / "summary.csv").open(newline="") as file:
        summary = Counter(
            (row["notebook"], row["seed"]) for row in csv.DictReader(file)
        )
    return {
        "began": start,
        "seconds": round(seconds, 1),
        "ends": ends,
        "exit": done.returncode,
        "notebooks": len(rows),
        "status": Counter(row["status"] for row in rows),
        "twice": [" ".join(key) for key, n in summary.items() if n > 1],
        "in_summary": len(summary),
        "each": {f"{row['notebook']} {row['seed']}": row["seconds"] for row in rows},
    }


def measured(part, args, scratch):
    """One part of the file."""
    if part == "2 jobs":
        words = ["--seeds", args.seeds, "--jobs", "2", *args.notebooks]
        return swept(words, scratch / "run")
    story = part == "story"
    count, noted = 4 if story else int(part.split()[0]), {}
    with cluster(count, scratch, slow=int(story)) as (address, workers):
        words = ["--seeds", args.story_seeds if story else args.seeds]
        words += ["--engine", "dask", "--scheduler", address, *args.notebooks]
        if story:
            total = len(seeds(args.story_seeds)) * (len(args.notebooks) or 10)
            how = (workers[-1], scratch / "run", total, noted)
            threading.Thread(target=kill_midway, args=how, daemon=True).start()
        found = swept(words, scratch / "run")
        alive = [worker.poll() is None for worker in workers]
        if noted:
            now, then = passed(scratch / "run"), noted["passed"]
            found["killed_after"] = round(noted["killed"] - found["began"], 1)
            found["passed_then"] = len(then)
            found["ran_again"] = sum(
                now.get(f) != written for f, written in then.items()
            )
        return found | {"workers": count, "alive_at_the_end": sum(alive)}


def concluded(parts):
    """Speed-up against one worker, and what Dask adds to a notebook."""
    times = {name: part["seconds"] for name, part in parts.items()}
    found = {"speed_up": {}}
    for n in COUNTS:
        if {"1 workers", f"{n} workers"} <= times.keys():
            found["speed_up"][n] = round(times["1 workers"] / times[f"{n} workers"], 3)
    if {"2 jobs", "2 workers"} <= times.keys():
        found["dask / jobs"] = round(times["2 workers"] / times["2 jobs"], 3)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=[*PARTS])
    parser.add_argument("--notebooks", nargs="*", default=[], help="default: all ten")
    parser.add_argument("--seeds", default="0-1", help="of all parts but the story")
    parser.add_argument("--story-seeds", default="0-9")
    parser.add_argument("--out", type=Path, default=FILE)
    args = parser.parse_args()
    found = json.loads(args.out.read_text()) if args.out.is_file() else {"parts": {}}
    for part in args.parts:
        if part in found["parts"]:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            entry = measured(part, args, Path(scratch))
        found["parts"][part] = entry | {"machine": machine()}
        found["conclusion"] = concluded(found["parts"])
        shown = {k: v for k, v in entry.items() if k not in ("each", "ends")}
        print(part, json.dumps(shown), json.dumps(found["conclusion"]), flush=True)
        write_json(args.out, found)


if __name__ == "__main__":
    main()
