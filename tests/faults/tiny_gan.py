"""A GAN with all that has a state, in miniature, and trainings of it that die."""

import hashlib
import os
import signal
from dataclasses import replace
from functools import partial

import torch

from gan_utils import tricks
from gan_utils.callbacks.checkpoint import Checkpoint, read
from gan_utils.data import Batches, ImageSet
from gan_utils.gan import Recipe, build, train_step
from gan_utils.models import MLPDiscriminator, MLPGenerator
from gan_utils.support import files
from gan_utils.training import fit, linear_decay

SEEDED = torch.Generator().manual_seed(0)
IMAGES = torch.randint(0, 256, (96, 28, 28), dtype=torch.uint8, generator=SEEDED)
LABELS = torch.arange(96) % 10
DIGITS = ImageSet("tiny", IMAGES, LABELS, IMAGES, LABELS, tuple("0123456789"), "0")
RECIPE = replace(
    Recipe(),
    G=partial(MLPGenerator, hidden=16),
    D=partial(MLPDiscriminator, hidden=16),
    ema_images=100,
    change_G=tricks.batch_norm,
    change_D=lambda net: tricks.spectral(tricks.dropout(net)),
    before_D=tricks.InstanceNoise(0.1),
    latent_dim=8,
    batch_size=16,
)
STEPS = 20


def train(path, *, recipe=RECIPE, steps=STEPS, step=train_step, watch=(), **options):
    """Train with a checkpoint after every step: (gan, history)."""
    gan = build(recipe, seed=0)
    batches = Batches.of(recipe, IMAGES, seed=0)
    saver = Checkpoint(path, every=0.0, **options)
    how = {"schedule": linear_decay, "callbacks": [saver, *watch]}
    step = replace(recipe, update=step).step
    return gan, fit(step, gan, batches, steps=steps, **how)


def resumed(path):
    """Go on to the end."""
    train(path, resume=True)


def digests(path):
    """SHA-256 of each part of a checkpoint; the clock of the history is left out."""
    content = read(path)
    history = {k: v for k, v in content["history"].items() if k != "seconds"}
    return {k: _digest(v) for k, v in {**content["state"], "history": history}.items()}


def _digest(value):
    sha = hashlib.sha256()
    _update(sha, value)
    return sha.hexdigest()


def _update(sha, value):
    if isinstance(value, torch.Tensor):
        sha.update(f"{value.dtype} {tuple(value.shape)}".encode())
        sha.update(value.contiguous().view(-1).numpy().tobytes())
    elif isinstance(value, dict):
        for key in value:
            sha.update(repr(key).encode())
            _update(sha, value[key])
    elif isinstance(value, (list, tuple)):
        for part in value:
            _update(sha, part)
    else:
        sha.update(repr(value).encode())


# --- deaths --------------------------------------------------------------------------


def die(*_):
    """As hard as a process can."""
    os.kill(os.getpid(), signal.SIGKILL)


def dies_in_step(path, at, resume):
    """SIGKILL in step number `at`, when D is updated and G is not."""

    def step(recipe, gan, real, z):
        if gan.step == at:
            gan.opt_D.register_step_post_hook(die)
        return train_step(recipe, gan, real, z)

    train(path, step=step, resume=resume)


def dies_half_written(path, at, resume):
    """SIGKILL when half of the checkpoint after step `at` is on the disk."""
    real, count = os.fdopen, iter(range(_saved(path) + 1, 10**6))

    class Half:
        def __init__(self, handle, mode):
            self.handle = handle

        def __enter__(self):
            return self

        def __exit__(self, *_):
            os.close(self.handle)

        def write(self, data):
            os.write(self.handle, data[: len(data) // 2])
            die()

    def fdopen(handle, mode):
        return (Half if next(count) == at else real)(handle, mode)

    files.os.fdopen = fdopen
    train(path, resume=resume)


def dies_before_replace(path, at, resume):
    """SIGKILL when the checkpoint after step `at` is written and not yet named."""
    real, count = os.replace, iter(range(_saved(path) + 1, 10**6))

    def replace_or_die(*names):
        return (die if next(count) == at else real)(*names)

    files.os.replace = replace_or_die
    train(path, resume=resume)


def _saved(path):
    return read(path)["state"]["step"] if path.exists() else 0
