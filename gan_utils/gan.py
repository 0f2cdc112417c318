"""A recipe is a row of choices; `build` turns it into networks and optimisers.

Taught in notebook 04, section 2 (`Gan`: notebook 02, section 4). The defaults of
`Recipe` are the vanilla GAN of notebook 02. Each trick changes one field. `train_step`
is the step of notebook 04 and has no `if` on a recipe.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_utils.data import to_uint8
from gan_utils.losses import GanLoss, bce, identity, no_penalty
from gan_utils.models import MLPDiscriminator, MLPGenerator
from gan_utils.support.randomness import checked_seed
from gan_utils.training import linear_decay


@torch.no_grad()
def draw(G, z):
    """Pictures uint8 (N, 28, 28) of latents z (N, latent_dim), from G in eval mode.

    They come back on the CPU. G works where it is, and keeps its mode.
    """
    was_training = G.training
    images = to_uint8(G.eval()(z.to(next(G.parameters()).device)))
    G.train(was_training)
    return images.cpu()


@dataclass
class Gan:
    """The two players, their optimisers, and what else a checkpoint must hold."""

    G: nn.Module
    D: nn.Module
    opt_G: torch.optim.Optimizer
    opt_D: torch.optim.Optimizer
    ema: AveragedModel | None = None  # a running average of G
    step: int = 0

    def after_step(self):
        """Count the step and update the running average of G."""
        self.step += 1
        if self.ema is not None:
            self.ema.update_parameters(self.G)

    def sampler(self):
        """The generator to draw pictures from: the average if there is one."""
        return self.G if self.ema is None else self.ema.module

    def draw(self, z):
        """Pictures uint8 (N, 28, 28) of latents z (N, latent_dim), as they are now."""
        return draw(self.sampler(), z)


def update_D(recipe, gan, real, fake):
    """D learns from real and fake (B, 1, 28, 28); returns (d_loss, real_logits)."""
    real_in, fake_in = recipe.before_D(real), recipe.before_D(fake.detach())
    real_logits, fake_logits = gan.D(real_in), gan.D(fake_in)
    penalty = recipe.penalty(gan.D, real_in, fake_in)
    d_loss = recipe.loss.d(real_logits, fake_logits) + penalty
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()
    return d_loss, real_logits.detach()


def update_G(recipe, gan, fake, real_logits):
    """G learns from what D says of its fakes (B, 1, 28, 28); returns g_loss."""
    fake_logits = gan.D(recipe.before_D(fake))
    g_loss = recipe.loss.g(fake_logits, real_logits)
    gan.opt_G.zero_grad()
    g_loss.backward()
    gan.opt_G.step()
    return g_loss


def train_step(recipe, gan, real, z):
    """One update of D, then one of G; real (B, 1, 28, 28), z (B, latent_dim)."""
    fake = gan.G(z)
    d_loss, real_logits = update_D(recipe, gan, real, fake)
    g_loss = update_G(recipe, gan, fake, real_logits)
    return {"d_loss": d_loss, "g_loss": g_loss}


@dataclass(frozen=True)
class Recipe:
    """One way to train a GAN. Every field is a value that the step simply uses."""

    G: Callable = MLPGenerator  # called with latent_dim=
    D: Callable = MLPDiscriminator
    change_G: Callable = identity  # a network in, a network out
    change_D: Callable = identity
    loss: GanLoss = bce
    penalty: Callable = no_penalty  # (D, real, fake) -> scalar, added to d_loss
    before_D: Callable = identity  # what D sees of an image
    lr_G: float = 5e-4
    lr_D: float = 5e-4
    betas: tuple = (0.5, 0.999)
    eps: float = 1e-8
    schedule: Callable = linear_decay  # progress in [0, 1] -> factor on both rates
    ema_images: float = 0  # half-life of G's running average: see `running_average`
    latent_dim: int = 64
    batch_size: int = 64
    grow: tuple = ()  # epochs after which the batch doubles
    epochs: float = 8
    steps: int | None = None  # the length in steps, where that is how it is told
    seconds: float | None = None  # the length on the clock, likewise
    update: Callable = train_step  # (recipe, gan, real, z) -> logs
    labels: Callable | None = None  # ImageSet -> (N,): its step takes labels, too

    def step(self, gan, *batch):
        """One update of both players; real (B, 1, 28, 28), z (B, latent_dim)."""
        return self.update(self, gan, *batch)

    @property
    def length(self):
        """How long it trains: one of {"seconds": t}, {"steps": n}, {"epochs": e}."""
        given = {"seconds": self.seconds, "steps": self.steps, "epochs": self.epochs}
        return next({unit: n} for unit, n in given.items() if n is not None)


def build(recipe, *, seed, device="cpu"):
    """Fresh networks and optimisers for a recipe; the weights depend on `seed` only."""
    with torch.random.fork_rng():
        torch.manual_seed(checked_seed(seed))
        G = recipe.change_G(recipe.G(latent_dim=recipe.latent_dim))
        D = recipe.change_D(recipe.D())
    G, D = (net.to(device, memory_format=torch.channels_last) for net in (G, D))
    return Gan(
        G=G,
        D=D,
        opt_G=adam(G, lr=recipe.lr_G, betas=recipe.betas, eps=recipe.eps),
        opt_D=adam(D, lr=recipe.lr_D, betas=recipe.betas, eps=recipe.eps),
        ema=running_average(G, recipe) if recipe.ema_images else None,
    )


def adam(net, *, lr, betas, eps=1e-8):
    """Adam in its fused form: the same formula, one pass over the memory.

    On a GPU its rate is a tensor, so that a recorded step can follow it.
    """
    device = next(net.parameters()).device
    how = {"betas": betas, "eps": eps, "fused": True}
    if device.type == "cuda":
        lr, how["capturable"] = torch.tensor(lr, device=device), True
    return torch.optim.Adam(net.parameters(), lr=lr, **how)


def running_average(G, recipe):
    """A running average of G that forgets half in `recipe.ema_images` images.

    beta = 0.5^(batch / half-life); Karras et al. 2018, arXiv 1710.10196, and Yazici
    et al. 2018, arXiv 1806.04498. Below 1 it is a share: half is forgotten in so large
    a part of the steps so far, so the average grows with the training, as `ema_rampup`
    in the code of Karras et al. 2020, arXiv 2006.06676.
    """
    if recipe.ema_images < 1:
        update = partial(_grown_average, recipe.ema_images)
    else:
        beta = 0.5 ** (recipe.batch_size / recipe.ema_images)
        update = get_ema_multi_avg_fn(beta)
    return AveragedModel(G, multi_avg_fn=update, use_buffers=True)


@torch.no_grad()
def _grown_average(share, averages, weights, steps):
    new = 1 - 0.5 ** (1 / (share * steps))  # a tensor, as steps is: a GPU need not wait
    for average, weight in zip(averages, weights):
        if average.is_floating_point():
            average.lerp_(weight, new)
        else:  # a counter of batch norm
            average.copy_(weight)
