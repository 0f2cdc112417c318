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

import torch
import torch.distributed as dist

# Its functions keep the group that exists when they are first imported (an optimiser's
# step does it) as their default. `destroy_process_group` then leaves gloo's threads
# alive, and one that frees a tensor while Python ends aborts the process: import early.
import torch.distributed.nn.functional  # noqa: F401

from gan_utils.engine import ranks
from gan_utils.support.randomness import RANKS, mixed_seed


class RankLost(RuntimeError):
    """Another process of this training has stopped."""


@contextlib.contextmanager
def joined(device):
    """Inside, the ranks that torchrun started know each other. Without it: nothing."""
    if not ranks.launched():
        yield
        return
    if device.startswith("cuda"):
        number, there = ranks.told("LOCAL_RANK", 0), torch.cuda.device_count()
        if number >= there:
            raise ValueError(f"rank {number} needs a GPU of its own; there are {there}")
        torch.cuda.set_device(number)
    elif device != "cpu":
        raise ValueError(f"several processes train on cpu or cuda, not on {device}")
    backend = "cpu:gloo,cuda:nccl" if "cuda" in device else "gloo"
    # torchrun's store outlives a restart. Ranks that found an address from the life
    # before would wait for one another, so each life has a place of its own.
    store, rank, world_size = next(dist.rendezvous("env://"))
    store = dist.PrefixStore(f"life {ranks.restarts()}", store)
    dist.init_process_group(backend, store=store, rank=rank, world_size=world_size)
    try:
        yield
    finally:
        dist.destroy_process_group()


def first(value):
    """What rank 0 says."""
    said = [value]
    if dist.is_initialized():
        dist.broadcast_object_list(said, src=0)
    return said[0]


def share(training):
    """Make a `cli.trainer.Training` one of all ranks'; without torchrun it stays."""
    if not dist.is_initialized():
        return
    rank, count = dist.get_rank(), dist.get_world_size()
    training.batches = Slices(training.batches, rank, count)
    training.step = _together(training.step, training.gan)
    saver, *others = training.callbacks
    saver.writes = rank == 0  # all resume, one saves
    training.callbacks = [saver, OneClock(), *(others if rank == 0 else [])]


class Slices:
    """`data.Batches` of which a rank sees its slice: together, those of one process.

    `seed` gives each rank its own noise, rank 0 that of one process.
    """

    def __init__(self, batches, rank, count):
        if batches.batch_size % count:
            raise ValueError(ranks.uneven(batches.batch_size, count))
        self.batches, self.rank, self.count = batches, rank, count
        self.seed = mixed_seed(batches.seed, RANKS, rank) if rank else batches.seed

    def __getattr__(self, name):
        return getattr(self.batches, name)  # steps_per_epoch, images, ...

    def __call__(self, step):
        """(real, z), both (B / count, ...)."""
        return tuple(part.chunk(self.count)[self.rank] for part in self.batches(step))


class OneClock:
    """A callback: rank 0's clock, and anybody's Ctrl-C, for all ranks."""

    def start(self, run):
        """Take the place of `run.asked`, which `fit` looks at once after every step."""
        self.run, self.own, run.asked = run, run.asked, self

    def step(self, run):
        """Nothing to do."""

    end = step

    def is_set(self):
        """Whether any rank was asked to stop. Puts the clock right."""
        clock = self.run.seconds if dist.get_rank() == 0 else 0.0
        news = torch.tensor([clock, self.own.is_set()], dtype=torch.float64)
        _reduce(news, dist.ReduceOp.MAX)
        self.run.seconds = news[0].item()
        return bool(news[1])


def _together(step, gan):
    """A step after which gradients, losses and running averages are those of all."""
    for optimiser in (gan.opt_D, gan.opt_G):
        optimiser.register_step_pre_hook(_share_gradients)

    def together(gan, *batch):
        logs = step(gan, *batch)
        logs = {name: value.detach().clone() for name, value in logs.items()}
        buffers = [*gan.G.buffers(), *gan.D.buffers()]  # batch norm, spectral norm
        _mean([*logs.values(), *(b for b in buffers if b.is_floating_point())])
        return logs

    return together


def _share_gradients(optimiser, *_):
    weights = [w for group in optimiser.param_groups for w in group["params"]]
    _mean([weight.grad for weight in weights if weight.grad is not None])


@torch.no_grad()
def _mean(tensors):
    """Every tensor becomes its mean over all ranks, in one exchange."""
    flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
    _reduce(flat, dist.ReduceOp.SUM)
    parts = (flat / dist.get_world_size()).split([t.numel() for t in tensors])
    for tensor, part in zip(tensors, parts):
        tensor.copy_(part.view_as(tensor))


def _reduce(values, operation):
    try:
        dist.all_reduce(values, operation)
    except RuntimeError as error:
        lost = "another process of this training has stopped"
        raise RankLost(f"{lost}; the last checkpoint is good") from error
