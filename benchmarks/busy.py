"""What a busy machine costs a training, with and without `gan_utils.engine.threads`.

    python benchmarks/busy.py            # ten minutes; nothing else may run
    ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 \\
        python benchmarks/busy.py --out benchmarks/busy_avx2.json

A recipe trains for some seconds alone, beside one process that computes in Python, and
beside one that multiplies matrices with all threads, in turn. *watched*: as `fit` does
it, with the steps that it spends on looking. *fixed*: all threads throughout, as with
OMP_NUM_THREADS set. Prints and writes to benchmarks/busy.json the milliseconds of a
step over each whole stretch, medians over the rounds, and how many times the time alone
that is.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from _common import machine, steady
from ladder import beginning

from gan_utils.config import choose_precision
from gan_utils.support.files import write_json
from gan_utils.training import fit

FILE = Path(__file__).with_suffix(".json")
NAMES = ("mlp", "dcgan", "modern")
OTHERS = {
    "alone": None,
    "beside Python": "while True: pass",
    "beside products": "import torch\na = torch.ones(1500, 1500)\nwhile True: a @ a",
}
WARM_UP = 4.0  # seconds until the other process is under way


@contextlib.contextmanager
def company(code):
    """A process that runs this code meanwhile; None: nobody."""
    if code is None:
        yield
        return
    with subprocess.Popen([sys.executable, "-c", code]) as other:
        try:
            time.sleep(WARM_UP)
            yield
        finally:
            other.kill()


def stretch(recipe, gan, batches, seconds, precision, *, fixed):
    """(milliseconds of a step, share of the steps on one thread) of such a stretch."""
    if fixed:
        os.environ["OMP_NUM_THREADS"] = str(torch.get_num_threads())
    begun, start = gan.step, time.monotonic()
    try:
        history = fit(recipe.step, gan, batches, seconds=seconds, precision=precision)
    finally:
        os.environ.pop("OMP_NUM_THREADS", None)
    steps = gan.step - begun
    return 1000 * (time.monotonic() - start) / steps, history.on_one / steps


def measured(name, args):
    """{way: {company: {"ms": [of each round], "on_one": [share of its steps]}}}."""
    parts, (precision, _) = beginning(steady(name), 0), choose_precision("cpu")
    stretch(*parts, 1, precision, fixed=True)  # the first steps allocate
    found = {way: {} for way in ("watched", "fixed")}
    for _ in range(args.rounds):
        for other, code in OTHERS.items():
            with company(code):
                for way, rows in found.items():
                    seen = stretch(
                        *parts, args.seconds, precision, fixed=way == "fixed"
                    )
                    row = rows.setdefault(other, {"ms": [], "on_one": []})
                    row["ms"].append(round(seen[0], 2))
                    row["on_one"].append(round(seen[1], 3))
    return found


def times_alone(rows):
    """{company: median step over that of the same recipe alone on all threads}."""
    alone = statistics.median(rows["fixed"]["alone"]["ms"])
    return {
        way: {
            other: round(statistics.median(row["ms"]) / alone, 2)
            for other, row in rows[way].items()
        }
        for way in rows
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8, help="of each stretch")
    parser.add_argument("--out", type=Path, default=FILE)
    args = parser.parse_args()
    if os.environ.pop("OMP_NUM_THREADS", None):
        print("OMP_NUM_THREADS is set: left out, as it would fix the threads")
    found = {"seconds": args.seconds, "rows": {}, "times_alone": {}}
    for name in NAMES:
        found["rows"][name] = measured(name, args)
        found["times_alone"][name] = times_alone(found["rows"][name])
        print(name, found["times_alone"][name], flush=True)
        write_json(args.out, found | {"machine": machine()})


if __name__ == "__main__":
    main()
