"""On a GPU: what does recording the step as a CUDA graph buy, and does it change it?

    python benchmarks/graph.py                 # under three minutes; needs a GPU
    python benchmarks/graph.py mlp --rounds 3 --seconds 0.5

For each recipe, in fp32 and in bf16: the same training twice, with the graph and kernel
by kernel ("eager"). Compares the weights of G and D after 60 steps bit by bit (and two
eager trainings with each other: a GPU need not repeat itself), then the steps per
second of blocks in turn. Writes benchmarks/graph.json after each row.

It runs from a bare copy of the repository and needs torch, numpy, pydantic and pillow,
and no data set: pictures are made up where the offline digits of scikit-learn are not.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a copy, not installed

import torch  # noqa: E402
from _common import machine, steady  # noqa: E402

from gan_utils.data import Batches  # noqa: E402
from gan_utils.engine.cuda_graph import recorded  # noqa: E402
from gan_utils.gan import build  # noqa: E402
from gan_utils.support.files import write_json  # noqa: E402
from gan_utils.training import fit  # noqa: E402

FILE = Path(__file__).with_suffix(".json")
NAMES = ("mlp", "dcgan", "modern")
SAME = 60  # steps after which the weights are compared


def pictures():
    """(uint8 (N, 28, 28), what they are): the step does not care which they show."""
    try:
        from gan_utils.datasets.offline import offline_digits

        return offline_digits()[0], "offline digits"
    except Exception as error:  # no scikit-learn, or no data in it
        print(f"made-up pictures, as there are no offline digits: {error}")
    random = torch.Generator().manual_seed(0)
    shape = (6000, 28, 28)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=random), "made up"


class Run:
    """A training that goes on a few steps at a time."""

    def __init__(self, name, images, precision, device, graph):
        recipe = steady(name)
        self.gan = build(recipe, seed=0, device=device)
        self.batches = Batches.of(recipe, images, seed=0, device=device)
        self.said, self.precision, self.step = [], precision, recipe.step
        if graph:
            self.step = recorded(recipe.step, self.gan, say=self.said.append)

    def __call__(self, steps):
        """Train so many steps more and wait for them; the seconds."""
        start = time.perf_counter()
        end = self.gan.step + steps
        fit(self.step, self.gan, self.batches, steps=end, precision=self.precision)
        torch.cuda.synchronize()
        return time.perf_counter() - start

    def weights(self):
        """All weights of both players in a row."""
        weights = [*self.gan.G.parameters(), *self.gan.D.parameters()]
        return torch.cat([values.detach().flatten() for values in weights])


def difference(a, b):
    """The largest difference of the weights of two runs; 0 means the same bits."""
    return (a.weights() - b.weights()).abs().max().item()


def compare(name, precision, images, args):
    """One row: differences after SAME steps, then steps per second, in turn."""
    kinds = {"eager": False, "again": False, "graph": True}
    how = (name, images, precision, args.device)
    runs = {kind: Run(*how, graph) for kind, graph in kinds.items()}
    for run in runs.values():
        run(SAME)
    row = {
        "name": name,
        "precision": precision,
        "graph_against_eager": difference(runs["graph"], runs["eager"]),
        "eager_against_eager": difference(runs["again"], runs["eager"]),
        "refused": runs["graph"].said,
    }
    del runs["again"]
    steps = max(20, round(args.seconds * 50 / runs["eager"](50)))
    rates = {kind: [] for kind in runs}
    for _ in range(args.rounds):
        for kind, run in runs.items():
            rates[kind].append(steps / run(steps))
    median = {kind: statistics.median(values) for kind, values in rates.items()}
    ratio = median["graph"] / median["eager"]
    return row | {"steps_per_s": median, "ratio": ratio, "blocks": rates}


def show(row):
    """A row in two lines."""
    same = "the same bits" if row["graph_against_eager"] == 0 else "other bits"
    print(
        f"{row['name']:7s}{row['precision']}  after {SAME} steps {same}: largest "
        f"difference {row['graph_against_eager']:.2g} (eager against eager "
        f"{row['eager_against_eager']:.2g})\n{'':13s}steps/s: eager "
        f"{row['steps_per_s']['eager']:.0f}, graph {row['steps_per_s']['graph']:.0f}, "
        f"ratio {row['ratio']:.2f}  {' '.join(row['refused'])}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=NAMES, help=", ".join(NAMES))
    parser.add_argument("--rounds", type=int, default=5, help="blocks of each kind")
    parser.add_argument("--seconds", type=float, default=1.5, help="of an eager block")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--out", type=Path, default=FILE)
    args = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("nothing measured: this needs a GPU, and none is here")
    images, what = pictures()
    gpu = torch.cuda.get_device_name(args.device)
    print(f"{gpu}, torch {torch.__version__}; {len(images)} pictures: {what}")
    rows = []
    for name in args.names:
        for precision in ("fp32", "bf16"):
            rows.append(compare(name, precision, images, args))
            show(rows[-1])
            found = {**machine(), "gpu": gpu, "images": what, "same_after": SAME}
            write_json(args.out, {**found, "cuda": torch.version.cuda, "rows": rows})
    print(f"written: {args.out}")


if __name__ == "__main__":
    main()
