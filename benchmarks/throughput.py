"""How many images a second: our loop against the loops that others publish.

    python benchmarks/throughput.py                      # about six minutes
    python benchmarks/throughput.py "pytorch dcgan" --rounds 9
    ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 \\
        python benchmarks/throughput.py --out benchmarks/throughput_avx2.json

Same networks, same batch, one process, blocks of steps in turn, so that a busy moment
hits both. Prints a table and writes benchmarks/throughput.json: medians over the
blocks, their ratio, the arithmetic as a share of the best rate that matrix products and
convolutions reached in the same run, and the memory of each loop in its own process.
The opponents and their sources are in benchmarks/_textbook.py. The third command lets
torch use what a processor without AVX-512 has, and so stands in for one.
"""

import argparse
import itertools
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from _common import machine
from _textbook import OPPONENTS, loop
from torch.utils.flop_counter import FlopCounterMode

from gan_utils.config import choose_precision
from gan_utils.data import Batches, load
from gan_utils.gan import build
from gan_utils.support.files import write_json
from gan_utils.training import fit

FILE = Path(__file__).with_suffix(".json")
CASES = [*OPPONENTS]
BLOCK = 2.0  # seconds that the slower loop trains between two turns


class Ours:
    """Our loop on the opponent's recipe."""

    def __init__(self, opponent, images, precision):
        recipe = opponent.recipe
        self.model = build(recipe, seed=0)
        self.batches = Batches.of(recipe, images, seed=0)
        self.step, self.precision = recipe.step, precision

    def __call__(self, steps):
        """Train so many steps more."""
        end = self.model.step + steps
        how = {"steps": end, "precision": self.precision}
        fit(self.step, self.model, self.batches, **how)


class Textbook:
    """The loop as published."""

    def __init__(self, opponent, images):
        self.losses = loop(opponent, images)

    def __call__(self, steps):
        """Train so many steps more."""
        for _ in itertools.islice(self.losses, steps):
            pass


def timed(train, steps):
    """Seconds for so many steps."""
    start = time.perf_counter()
    train(steps)
    return time.perf_counter() - start


def both(opponent, images):
    """{"textbook": a loop, "ours": a loop}"""
    precision, _ = choose_precision("cpu")
    ours = Ours(opponent, images, precision)
    return {"textbook": Textbook(opponent, images), "ours": ours}


def compare(name, images, rounds, peaks):
    """One row of the table."""
    opponent = OPPONENTS[name]
    loops = both(opponent, images)
    for train in loops.values():
        train(5)  # the first steps allocate
    steps = max(5, round(BLOCK / (timed(loops["textbook"], 5) / 5)))
    blocks = {which: [] for which in loops}
    for _ in range(rounds):
        for which, train in loops.items():
            blocks[which].append(timed(train, steps) / steps)
    step_s = {which: statistics.median(times) for which, times in blocks.items()}
    ratios = [a / b for a, b in zip(blocks["textbook"], blocks["ours"])]
    flop = flops(loops["ours"])
    batch = opponent.recipe.batch_size
    return {
        "name": name,
        "source": opponent.source,
        "batch_size": batch,
        "blocks_s_per_step": blocks,
        "s_per_step": step_s,
        "images_per_s": {which: batch / s for which, s in step_s.items()},
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "gflop_per_step": flop / 1e9,
        "gflop_per_s": flop / step_s["ours"] / 1e9,
        "share_of_peak": flop / step_s["ours"] / 1e9 / unit(opponent, peaks),
        "peak_memory_mb": {which: memory(name, which) for which in loops},
    }


def unit(opponent, peaks):
    """The best rate of the unit that does this recipe's work, GFLOP/s."""
    convolves = any(
        isinstance(layer, torch.nn.Conv2d) for layer in opponent.recipe.D().modules()
    )
    precision, _ = choose_precision("cpu")
    return peaks[f"{precision} {'convolution' if convolves else 'product'}"]


def flops(ours):
    """Floating-point operations of one of our steps: products and convolutions."""
    with FlopCounterMode(display=False) as counter:
        ours(1)
    return counter.get_total_flops()


def peak_rates(repeats=15):
    """{"bf16 product": GFLOP/s, ...}: the best of several, of several sizes."""
    found = {}
    for dtype, name in [(torch.float32, "fp32"), (torch.bfloat16, "bf16")]:
        a = torch.randn(1024, 1024).to(dtype)
        found[f"{name} product"] = best_rate(lambda a=a: a @ a, 2 * 1024**3, repeats)
        found[f"{name} convolution"] = max(
            convolution_rate(channels, dtype, repeats) for channels in (64, 128, 256)
        )
    return found


def convolution_rate(channels, dtype, repeats):
    """GFLOP/s of a 3 x 3 convolution of 64 pictures of 14 x 14, channels last."""
    image = torch.randn(64, channels, 14, 14).to(dtype)
    image = image.to(memory_format=torch.channels_last)
    layer = torch.nn.Conv2d(channels, channels, 3, padding=1, bias=False).to(dtype)
    layer = layer.to(memory_format=torch.channels_last)
    flop = 2 * 64 * 14 * 14 * channels**2 * 9
    with torch.no_grad():
        return best_rate(lambda: layer(image), flop, repeats)


def best_rate(work, flop, repeats):
    """GFLOP/s of the fastest of several repeats."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return flop / best / 1e9


def memory(name, which):
    """Peak memory in MB of one loop in a process of its own, 20 steps (Linux only)."""
    if not Path("/proc/self/status").is_file():
        return None
    command = [sys.executable, __file__, name, "--memory-of", which]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr.strip().splitlines()[-1])
    return int(done.stdout)


def print_memory(name, which):
    """The child of `memory`."""
    both(OPPONENTS[name], load("mnist").train)[which](20)
    # Not getrusage: a child starts with the peak of its parent.
    status = Path("/proc/self/status").read_text()
    print(int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024)


def show(row):
    """One line of the table."""
    ours, textbook = row["images_per_s"]["ours"], row["images_per_s"]["textbook"]
    print(
        f"{row['name']:17s} batch {row['batch_size']:3d}  images/s: textbook "
        f"{textbook:6.0f}, ours {ours:6.0f}, ratio {row['ratio']:5.2f}  "
        f"{row['gflop_per_s']:4.0f} GFLOP/s, {row['share_of_peak']:.0%} of the peak  "
        f"MB: {row['peak_memory_mb']['textbook']}, {row['peak_memory_mb']['ours']}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=CASES, help=", ".join(OPPONENTS))
    parser.add_argument("--rounds", type=int, default=7, help="blocks of each loop")
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument("--memory-of", choices=["textbook", "ours"], help="(internal)")
    args = parser.parse_args()
    if args.memory_of:
        return print_memory(args.names[0], args.memory_of)
    images, peaks = load("mnist").train, peak_rates()
    print("peaks, GFLOP/s:", ", ".join(f"{k} {v:.0f}" for k, v in peaks.items()))
    rows = []
    for name in args.names:
        rows.append(compare(name, images, args.rounds, peaks))
        show(rows[-1])
        write_json(args.out, {**machine(), "peaks_gflop_per_s": peaks, "rows": rows})


if __name__ == "__main__":
    main()
