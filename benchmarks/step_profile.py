"""Where the time of a training step goes.

    python benchmarks/step_profile.py                      # a minute; alone
    ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 \\
        python benchmarks/step_profile.py --out benchmarks/step_profile_avx2.json

PyTorch's profiler on twenty steps of each recipe as `fit` makes them, on one thread and
on all, in the number format that is chosen on this machine. Each operator's own time
goes to one part of the step: products, convolutions, Adam, conversions (between number
formats and layouts), the average of G, activations and norms, and the rest, which is
mostly Python and autograd. The profiler itself slows a step; so shares are told, and
beside them the milliseconds of a step without it.
"""

import argparse
import statistics
import time
from collections import Counter
from pathlib import Path

import torch
from _common import machine, steady
from ladder import beginning
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from gan_utils.config import choose_precision
from gan_utils.support.files import write_json
from gan_utils.training import fit

FILE = Path(__file__).with_suffix(".json")
NAMES = ("mlp", "dcgan", "modern")
STEPS, ROUNDS = 20, 5
PARTS = {  # of a step: how the names of its operators begin
    "products": ("aten::mm", "aten::addmm", "aten::bmm"),
    "convolutions": ("aten::convolution", "aten::mkldnn_conv", "aten::_convolution"),
    "Adam": ("aten::_fused_adam", "Optimizer."),
    "conversions": ("aten::copy_", "aten::_to_copy", "aten::to"),
    "average of G": ("aten::lerp", "aten::_foreach_lerp"),
    "activations and norms": (
        *("aten::leaky", "aten::threshold", "aten::clamp", "aten::relu", "aten::tanh"),
        *("aten::native_batch_norm", "aten::pixel", "aten::softplus"),
    ),
}


def part_of(operator):
    """The part of a step to which an operator's own time belongs."""
    fits = (part for part, starts in PARTS.items() if operator.startswith(starts))
    return next(fits, "the rest")


def shares(train):
    """{part: its share of the profiled time} of STEPS steps."""
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        train(STEPS)
    times = Counter()
    for event in seen.key_averages():
        times[part_of(event.key)] += event.self_cpu_time_total
    whole = sum(times.values())
    return {part: round(times[part] / whole, 3) for part in [*PARTS, "the rest"]}


def step_ms(train):
    """Milliseconds of a step, each of ROUNDS."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        train(STEPS)
        found.append(round(1000 * (time.perf_counter() - start) / STEPS, 2))
    return found


def row(name, threads, precision):
    """One row of the table."""
    recipe, gan, batches = beginning(steady(name), 0)

    def train(steps):
        fit(recipe.step, gan, batches, steps=gan.step + steps, precision=precision)

    torch.set_num_threads(threads)
    train(5)  # the first steps allocate
    with FlopCounterMode(display=False) as counter:
        train(1)
    times = step_ms(train)
    gflop = counter.get_total_flops() / 1e9
    rate = round(1000 * gflop / statistics.median(times), 1)
    known = {"recipe": name, "threads": threads, "gflop": round(gflop, 3)}
    return known | {"ms": times, "gflop_per_s": rate, "shares": shares(train)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=FILE)
    args = parser.parse_args()
    precision, most = choose_precision("cpu")[0], torch.get_num_threads()
    rows = []
    for name in NAMES:
        for threads in sorted({1, most}):
            rows.append(row(name, threads, precision))
            print(rows[-1], flush=True)
    torch.set_num_threads(most)
    write_json(args.out, machine() | {"rows": rows})


if __name__ == "__main__":
    main()
