"""Stabilisation tricks, as values to pass on.

Taught in notebook 04, section 4. Four kinds, each with one signature:

- a **loss** replaces the pair (D loss, G loss): see `losses`;
- a **penalty** is added to D's loss: `penalty(D, real, fake) -> scalar`;
- an **input layer** changes what D sees: `before_D(images) -> images`;
- a **change** rebuilds a network: `change(net) -> net`.

Penalties differentiate D a second time, without autocast: bfloat16 is too coarse.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_utils.losses import GanLoss, bce_g


def smoothed(target=0.9):
    """One-sided label smoothing: D aims at `target` instead of 1 for real images.

    Salimans et al. 2016, arXiv 1606.03498, section 3.4. `target` in (0, 1].
    """

    def smoothed_d(real_logits, fake_logits):
        labels = torch.full_like(real_logits, target)
        real_loss = F.binary_cross_entropy_with_logits(real_logits, labels)
        return real_loss + F.softplus(fake_logits).mean()

    return GanLoss(d=smoothed_d, g=bce_g)


def squared_slope(D, images):
    """|grad D(x)|^2 for each image (B, 1, 28, 28) -> (B,), differentiable."""
    with torch.autocast(images.device.type, enabled=False):
        x = images.detach().float().requires_grad_()
        (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return slope.flatten(1).square().sum(1)


@dataclass(frozen=True)
class R1:
    """gamma/2 * E|grad D(real)|^2: D must be flat where the data are.

    Mescheder et al. 2018, arXiv 1801.04406, eq. 9.
    """

    gamma: float = 1.0

    def __call__(self, D, real, fake):
        return self.gamma / 2 * squared_slope(D, real).mean()


@dataclass(frozen=True)
class R1R2:
    """R1 on the real images plus the same on the fakes.

    Huang et al. 2024 (R3GAN), arXiv 2501.05441, section 2.2.
    """

    gamma: float = 1.0

    def __call__(self, D, real, fake):
        slopes = squared_slope(D, real) + squared_slope(D, fake)
        return self.gamma / 2 * slopes.mean()


@dataclass(frozen=True)
class GradientPenalty:
    """weight * E(|grad D(x)| - 1)^2 on random points between real and fake.

    Gulrajani et al. 2017, arXiv 1704.00028, eq. 3. No batch norm in D with this.
    """

    weight: float = 10.0

    def __call__(self, D, real, fake):
        mix = torch.rand(len(real), 1, 1, 1, device=real.device)
        between = mix * real + (1 - mix) * fake.detach()
        slope = (squared_slope(D, between) + 1e-12).sqrt()  # a finite gradient at 0
        return self.weight * (slope - 1).square().mean()


@dataclass(frozen=True)
class InstanceNoise:
    """Gaussian noise on every image D sees, real or fake.

    Sonderby et al. 2017, arXiv 1610.04490; Arjovsky and Bottou 2017, arXiv 1701.04862.
    `std` is in units of the image range [-1, 1].
    """

    std: float = 0.1

    def __call__(self, images):
        return images + self.std * torch.randn_like(images)


def rebuilt(net, layers):
    """`net` with its `.net` made of `layers` instead."""
    net.net = nn.Sequential(*layers)
    return net


def dropout(net, p=0.3):
    """Dropout after every hidden activation. Srivastava et al. 2014, JMLR 15."""
    layers = []
    for layer in net.net:
        layers.append(layer)
        if isinstance(layer, (nn.ReLU, nn.LeakyReLU)):
            layers.append(nn.Dropout(p))
    return rebuilt(net, layers)


def batch_norm(net, skip=1):
    """Batch norm in front of every activation but the first `skip`.

    Ioffe and Szegedy 2015, arXiv 1502.03167. In a GAN, and not in the layer of D that
    sees the image: Radford et al. 2015, arXiv 1511.06434, section 3.
    """
    layers, seen = [], 0
    for layer in net.net:
        if isinstance(layer, (nn.ReLU, nn.LeakyReLU)):
            size, wide = len(layers[-1].weight), isinstance(layers[-1], nn.Conv2d)
            if seen >= skip:
                layers.append(nn.BatchNorm2d(size) if wide else nn.BatchNorm1d(size))
            seen += 1
        layers.append(layer)
    return rebuilt(net, layers)


def spectral(net):
    """Divide every weight, as a matrix (out, rest), by its largest singular value.

    Miyato et al. 2018, arXiv 1802.05957. A Linear is then 1-Lipschitz. A convolution
    need not be: its norm is bounded by 3 (3 x 3) or 2 (4 x 4, stride 2), not by 1.
    """
    for layer in net.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            spectral_norm(layer)
    return net
