"""GAN losses, as pairs of functions on logits.

Taught in notebook 02, sections 3 and 8 (cross-entropy), and 04, section 4 (the rest).
A loss is a `GanLoss(d, g)`: `loss.d(real_logits, fake_logits)` is what D minimises and
`loss.g(fake_logits)` what G minimises. Logits have shape (B,): the raw last value of D,
before any sigmoid. `softplus(t) = log(1 + exp(t))` is the stable way to write the
logarithm of a sigmoid: `-log sigmoid(t) = softplus(-t)`.

A relativistic loss also looks at the real logits, so every `g` accepts them as a second
argument; all others ignore it.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch.nn.functional as F


class GanLoss(NamedTuple):
    """What D minimises and what G minimises."""

    d: Callable  # (real_logits, fake_logits) -> scalar
    g: Callable  # (fake_logits, real_logits=None) -> scalar


def bce_d(real_logits, fake_logits):
    """Cross-entropy of D in nats; logits (B,). It is 2 ln 2 when D cannot tell.

    Goodfellow et al. 2014, arXiv 1406.2661, eq. 1 with the sign turned.
    """
    return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


def bce_g(fake_logits, real_logits=None):
    """Non-saturating G: minus log D(G(z)), in nats. It is ln 2 when D cannot tell.

    Goodfellow et al. 2014, end of section 3.
    """
    return F.softplus(-fake_logits).mean()


def saturating_g(fake_logits, real_logits=None):
    """Minimax G: log(1 - D(G(z))), in nats. It is -ln 2 when D cannot tell.

    Its gradient vanishes where D rejects a fake with confidence.
    Goodfellow et al. 2014, eq. 1.
    """
    return -F.softplus(fake_logits).mean()


def hinge_d(real_logits, fake_logits):
    """Push real logits above 1 and fake logits below -1; 2 when all logits are 0.

    Lim and Ye 2017, arXiv 1705.02894; Miyato et al. 2018, arXiv 1802.05957, eq. 16.
    """
    return F.relu(1 - real_logits).mean() + F.relu(1 + fake_logits).mean()


def minus_logit_g(fake_logits, real_logits=None):
    """Minus the mean fake logit: G's side of the hinge and the Wasserstein loss."""
    return -fake_logits.mean()


def least_squares_d(real_logits, fake_logits):
    """Half the squared distance of real logits to 1 and of fake logits to 0.

    Mao et al. 2017, arXiv 1611.04076, eq. 9 (a = 0, b = 1). 1/2 when all logits are 0.
    """
    return 0.5 * ((real_logits - 1).square().mean() + fake_logits.square().mean())


def least_squares_g(fake_logits, real_logits=None):
    """Half the squared distance of fake logits to 1. Mao et al. 2017, eq. 9 (c = 1)."""
    return 0.5 * (fake_logits - 1).square().mean()


def wasserstein_d(real_logits, fake_logits):
    """Mean fake logit minus mean real logit; 0 when D cannot tell.

    Arjovsky et al. 2017, arXiv 1701.07875, eq. 2. It means something only for a D whose
    slope is bounded: use it with a gradient penalty.
    """
    return fake_logits.mean() - real_logits.mean()


def relativistic_d(real_logits, fake_logits):
    """D's view of pairs: how much more real is real i than fake i? ln 2 at a draw.

    RpGAN, Jolicoeur-Martineau 2018, arXiv 1807.00734; as in R3GAN, arXiv 2501.05441.
    """
    return F.softplus(-(real_logits - fake_logits)).mean()


def relativistic_g(fake_logits, real_logits):
    """G's view of the same pairs, with the roles exchanged. ln 2 at a draw."""
    return F.softplus(-(fake_logits - real_logits)).mean()


def identity(x):
    """No trick: what goes in comes out."""
    return x


def no_penalty(D, real, fake):
    """No trick: nothing is added to D's loss."""
    return 0.0


bce = GanLoss(d=bce_d, g=bce_g)
saturating = GanLoss(d=bce_d, g=saturating_g)
hinge = GanLoss(d=hinge_d, g=minus_logit_g)
least_squares = GanLoss(d=least_squares_d, g=least_squares_g)
wasserstein = GanLoss(d=wasserstein_d, g=minus_logit_g)
relativistic = GanLoss(d=relativistic_d, g=relativistic_g)
