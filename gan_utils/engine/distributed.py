"""Several processes train one GAN, each on its part of every batch.

Each rank holds the same networks. It takes its slice of the batch of a step, and before
an optimiser steps, the gradients are averaged over all ranks. A loss that is a mean
over images then has the gradient of the whole batch, up to the order of the sums, and
`train_step` needs no change.

What differs from one process: batch norm normalises with the slice of its rank, and the
running averages are averaged over the ranks after each step. Noise that a step draws
itself (dropout, instance noise) is other noise in each rank.
"""

import contextlib
import os

import torch
import torch.distributed as dist

from gan_utils.engine import ranks
from gan_utils.support.randomness import RANKS, mixed_seed


class RankLost(RuntimeError):
    """Another process of this training has stopped."""


class Alone:
    """One process: nothing to share. `Team` has the same methods."""

    leads, about = True, {}

    def first(self, value):
        """What rank 0 says."""
        return value

    def share(self, batches):
        """This rank's part of all batches."""
        return batches

    def step(self, step, gan):
        """The step, for several ranks."""
        return step

    def agree(self, run, stop):
        """One clock and one reason to stop for all ranks."""


class Team(Alone):
    """The ranks that torchrun started; the process group is there already."""

    def __init__(self):
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self.leads = self.rank == 0
        self.about = {"processes": self.size} if self.size > 1 else {}

    def first(self, value):
        """What rank 0 says."""
        said = [value]
        dist.broadcast_object_list(said, src=0)
        return said[0]

    def share(self, batches):
        """This rank's slice of every batch."""
        return Slices(batches, self.rank, self.size)

    def step(self, step, gan):
        """A step after which losses and running averages are those of all ranks."""
        for optimiser in (gan.opt_D, gan.opt_G):
            optimiser.register_step_pre_hook(_average_gradients)

        def together(model, *batch):
            logs = step(model, *batch)
            logs = {name: value.detach().clone() for name, value in logs.items()}
            average([*logs.values(), *_running_averages(model)])
            return logs

        together.counts_in_python = True  # the exchange is no part of a CUDA graph
        return together

    def agree(self, run, stop):
        """Rank 0's clock, and anybody's Ctrl-C, for all."""
        clock = run.seconds if self.leads else 0.0
        news = torch.tensor([clock, float(stop.is_set())], dtype=torch.float64)
        _reduce(news, dist.ReduceOp.MAX)
        run.seconds = news[0].item()
        if news[1]:
            stop.set()


class Slices:
    """Batches of which a rank sees its slice; a pure function of (seed, step), too.

    batches: see `data.Batches`. The whole batch is drawn, so all slices together are
    the batch of one process. `seed` gives each rank its own noise, rank 0 the old one.
    """

    def __init__(self, batches, rank, size):
        if batches.batch_size % size:
            raise ValueError(ranks.uneven(batches.batch_size, size))
        self.batches, self.rank, self.size = batches, rank, size
        self.steps_per_epoch = batches.steps_per_epoch
        self.seed = mixed_seed(batches.seed, RANKS, rank) if rank else batches.seed

    def __call__(self, step):
        """(real, z), both (B / size, ...)."""
        return tuple(part.chunk(self.size)[self.rank] for part in self.batches(step))


@contextlib.contextmanager
def joined(device):
    """The Team of this process on `device`, or Alone without torchrun."""
    if not ranks.launched():
        yield Alone()
        return
    if device.startswith("cuda"):
        _take_gpu(ranks.local_rank())
    elif device != "cpu":
        raise ValueError(f"several processes train on cpu or cuda, not on {device}")
    backend = "cpu:gloo,cuda:nccl" if "cuda" in device else "gloo"
    dist.init_process_group(backend, **_meeting())
    try:
        yield Team()
    finally:
        dist.destroy_process_group()


def _meeting():
    """Where the ranks find each other: a place of its own for each life.

    torchrun's store outlives a restart. Ranks that found an address from the life
    before would wait for one another.
    """
    store, rank, size = next(dist.rendezvous("env://"))
    life = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    store = dist.PrefixStore(f"life {life}", store)
    return {"store": store, "rank": rank, "world_size": size}


def _take_gpu(number):
    if number >= torch.cuda.device_count():
        there = torch.cuda.device_count()
        raise ValueError(f"rank {number} needs a GPU of its own; there are {there}")
    torch.cuda.set_device(number)


@torch.no_grad()
def average(tensors):
    """Every tensor becomes its mean over all ranks, in one exchange."""
    flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
    _reduce(flat, dist.ReduceOp.SUM)
    flat /= dist.get_world_size()
    parts = flat.split([tensor.numel() for tensor in tensors])
    for tensor, part in zip(tensors, parts):
        tensor.copy_(part.view_as(tensor))


def _reduce(values, operation):
    try:
        dist.all_reduce(values, operation)
    except RuntimeError as error:
        raise RankLost(
            "another process of this training has stopped; the last checkpoint is good"
        ) from error


def _average_gradients(optimiser, *_):
    weights = [w for group in optimiser.param_groups for w in group["params"]]
    average([weight.grad for weight in weights if weight.grad is not None])


def _running_averages(gan):
    """What batch norm and spectral norm remember: the same in all ranks."""
    buffers = [*gan.G.buffers(), *gan.D.buffers()]
    return [buffer for buffer in buffers if buffer.is_floating_point()]
