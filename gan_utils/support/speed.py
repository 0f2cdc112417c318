"""How fast this machine trains, beside the one that published the notebooks' times.

`notebooks/times.json` holds for each profile and notebook: seconds, those of them in
training, what a small training step took there on one thread (`step_ms`), how many
threads there were, the machine in words. The same step is timed here, and training is
stretched by the ratio.
"""

import math
import time
from contextlib import suppress
from functools import cache, partial

import torch
from torch import nn

from gan_utils.support import files, paths, versions

AUTOCAST = ("03_dcgan",)  # train in the chosen format, others in fp32
MNIST_IMAGES = 60_000
# Their networks are too small to share.
ONE_THREAD = ("04_stabilization_tricks", "07_two_dimensions", "08_failure_zoo")
PARALLEL = 0.8  # of a step is done by all threads together
PATIENCE = 0.25  # seconds for each measurement


def product_times(*dtypes):
    """Seconds of a matrix product in each format, small if one is hopelessly slow.

    A processor without bf16 may take a hundred times longer with it.
    """
    small = _products(dtypes, n=128, repeats=4)
    hopeless = max(small) > 4 * min(small)
    return small if hopeless else _products(dtypes, n=768, repeats=20)


def _products(dtypes, n, repeats):
    matrices = [torch.ones(n, n, dtype=dtype) for dtype in dtypes]
    return _best_times([partial(torch.mm, m, m) for m in matrices], repeats, least=3)


def _best_times(tasks, repeats, *, least, device="cpu"):
    """Seconds of each task at its best, in turn: a busy moment hits all alike.

    On a processor they run in one thread, by a clock that does not count its waiting:
    others that work on the machine hardly change what it says.
    """
    fine = time.get_clock_info("thread_time").resolution < 1e-4  # not on Windows
    clock = time.thread_time if fine and device == "cpu" else time.perf_counter
    best, end = [math.inf] * len(tasks), time.perf_counter() + PATIENCE
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for number in range(repeats):
            if number >= least and time.perf_counter() > end:
                break
            for i, task in enumerate(tasks):
                start = clock()
                task()
                best[i] = min(best[i], clock() - start)
    finally:
        torch.set_num_threads(threads)
    return best


@cache
def step_ms(device="cpu", precision="fp32"):
    """Milliseconds of a small training step, with 64 pictures and three layers.

    It is the best that was seen on this machine, which is kept in runs/speed.json.
    """
    with torch.random.fork_rng(devices=[]):
        layers = [nn.Linear(*size) for size in ((784, 512), (512, 512), (512, 784))]
        net = nn.Sequential(*layers).to(device)
        x = torch.rand(64, 784).to(device)
    adam, kind = torch.optim.Adam(net.parameters()), torch.device(device).type

    def step():
        with torch.autocast(kind, torch.bfloat16, precision == "bf16"):
            loss = (net(x) - x).square().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        loss.item()  # waits for a GPU

    (seconds,) = _best_times([step], repeats=50, least=8, device=kind)
    where = f"{versions.processor()}, {torch.backends.cpu.get_cpu_capability()}"
    key = f"{where}, torch {torch.__version__}, {device}, {precision}"
    return _best(key, round(1000 * seconds, 3))


def _best(key, found):
    """The smaller of `found` and what was kept under `key`; it is kept."""
    file = paths.runs_dir() / "speed.json"
    kept = files.read_json(file)
    with suppress(ValueError, TypeError):
        found = min(found, float(kept.get(key, found)))
    with suppress(OSError):  # a folder for reading only
        files.write_json(file, kept | {key: found})
    return found


def published(name, profile):
    """The entry of notebook `name` in times.json; None: not measured."""
    times = files.read_json(paths.notebooks_dir() / "times.json")
    return times.get(profile, {}).get(name)


def expected(name, profile, device="cpu", precision="fp32", *, threads=None, work=1.0):
    """Seconds that a notebook will take on this machine; None: not known.

    threads: of the processor; None: as many as torch takes.
    work: how much training there is, as a multiple of the profile's own; None: unknown.
    """
    found = published(name, profile)
    if found is None or work is None:
        return None
    if not found["training"]:
        return found["seconds"]
    there = found["step_ms"] * _shared(name, found["threads"])
    here = step_ms(device, precision if name in AUTOCAST else "fp32")
    if device == "cpu":
        here *= _shared(name, threads or torch.get_num_threads())
    return found["seconds"] + found["training"] * (work * here / there - 1)


def _shared(name, threads):
    """The time of a step on so many threads, as a part of that on one (Amdahl)."""
    return 1.0 if name in ONE_THREAD else 1 - PARALLEL + PARALLEL / threads


def work(profile, *, epochs=None, batch_size=None, images=MNIST_IMAGES):
    """How much training that is, as a multiple of what a config.Profile says.

    images: how many there are to learn from; None: not known, and then so is the work.
    A step with 64 pictures is taken to cost as much for itself as for its pictures.
    """
    if not profile.epochs:
        return 1.0
    if images is None:
        return None
    limit, size = profile.n_images or MNIST_IMAGES, profile.batch_size
    longer = (epochs or profile.epochs) / profile.epochs
    fewer = min(images, limit) / min(MNIST_IMAGES, limit)
    return longer * fewer * (64 / (batch_size or size) + 1) / (64 / size + 1)
