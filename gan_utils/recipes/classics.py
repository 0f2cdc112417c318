"""The networks of five classic MNIST GANs, layer by layer.

Where an original is in Keras, its defaults are ported: they differ from torch's in
batch norm (momentum, epsilon), in the first weights (Glorot), in the slope of LeakyReLU
(0.3) and in how a strided convolution pads an even image ("same"). What is not ported,
Adam's epsilon and the biased running variance, has its size told in describe.toml.

All take z (B, 100) and images (B, 1, 28, 28) in [-1, 1], and give logits (B,).
"""

from functools import partial

import torch.nn.functional as F
from torch import nn


def glorot(net):
    """Keras's first weights: Glorot uniform, biases 0. Changes `net` and returns it.

    Glorot and Bengio 2010, eq. 16: U(-a, a) with a = sqrt(6 / (fan_in + fan_out)).
    """
    for layer in net.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return net


def small_normal(net):
    """DCGAN's first weights: convolutions N(0, 0.02), batch-norm factors N(1, 0.02).

    Radford et al. 2016, arXiv 1511.06434, section 4; batch norm as in the PyTorch
    tutorial. Changes `net` and returns it.
    """
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0, 0.02)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1, 0.02)
    return net


def keras_norm(layer, size, momentum):
    """Batch norm as Keras means it: its momentum is the share of the OLD average."""
    return layer(size, eps=1e-3, momentum=1 - momentum)


leaky = partial(nn.LeakyReLU, 0.2)
keras_leaky = partial(nn.LeakyReLU, 0.3)  # the default of Keras


def dense(sizes, *after):
    """Linear layers of these sizes; `after` each: functions of its width -> layer."""
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(inputs, outputs), *(make(outputs) for make in after)]
    return layers


def dense_generator(latent_dim, *after):
    """latent_dim -> 256 -> 512 -> 1024 -> 784, tanh; all five MLPs agree on this."""
    hidden = dense([latent_dim, 256, 512, 1024], *after)
    image = [nn.Linear(1024, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28))]
    return nn.Sequential(*hidden, *image)


def dense_discriminator(sizes, *after):
    """784 -> sizes -> 1."""
    hidden = dense([784, *sizes], *after)
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(sizes[-1], 1), nn.Flatten(0))


def keras_mlp_generator(latent_dim=100):
    """G of mlp_bn_fullbatch: batch norm comes AFTER the activation."""
    norm = partial(keras_norm, nn.BatchNorm1d, momentum=0.8)
    return glorot(dense_generator(latent_dim, lambda width: leaky(), norm))


def keras_mlp_discriminator():
    """D of mlp_bn_fullbatch: without any regularisation."""
    return glorot(dense_discriminator([512, 256], lambda width: leaky()))


def plain_generator(latent_dim=100):
    """G of mlp_plain: no normalisation at all."""
    return dense_generator(latent_dim, lambda width: leaky())


def plain_discriminator():
    """D of mlp_plain: one layer more than the others."""
    return dense_discriminator([1024, 512, 256], lambda width: leaky())


def norm_relu_generator(latent_dim=100):
    """G of mlp_bn_smooth: batch norm before the activation, as usual."""
    return dense_generator(latent_dim, nn.BatchNorm1d, lambda width: nn.ReLU())


def dropout_discriminator():
    """D of mlp_bn_smooth, with dropout."""
    after = (lambda width: leaky(), lambda width: nn.Dropout(0.3))
    return dense_discriminator([512, 256], *after)


def dcgan_28_generator(latent_dim=100):
    """G of dcgan_28: the DCGAN of the PyTorch tutorial with two scales less."""
    double = dict(kernel_size=4, stride=2, padding=1, bias=False)
    net = nn.Sequential(
        nn.Unflatten(1, (latent_dim, 1, 1)),
        *(nn.ConvTranspose2d(latent_dim, 256, 7, bias=False), nn.BatchNorm2d(256)),
        nn.ReLU(),  # 7 x 7
        *(nn.ConvTranspose2d(256, 128, **double), nn.BatchNorm2d(128)),
        nn.ReLU(),  # 14 x 14
        *(nn.ConvTranspose2d(128, 1, **double), nn.Tanh()),  # 28 x 28
    )
    return small_normal(net)


def dcgan_28_discriminator():
    """D of dcgan_28: two strided convolutions and one over all that is left."""
    halve = dict(kernel_size=4, stride=2, padding=1, bias=False)
    net = nn.Sequential(
        *(nn.Conv2d(1, 64, **halve), leaky()),  # 14 x 14
        *(nn.Conv2d(64, 128, **halve), nn.BatchNorm2d(128), leaky()),  # 7 x 7
        *(nn.Conv2d(128, 1, 7, bias=False), nn.Flatten(0)),
    )
    return small_normal(net)


class SameConv2d(nn.Conv2d):
    """5 x 5, stride 2, padded as TensorFlow pads an even image: 1 before, 2 after."""

    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs, 5, stride=2)

    def forward(self, images):
        return super().forward(F.pad(images, (1, 2, 1, 2)))


class SameConvTranspose2d(nn.ConvTranspose2d):
    """The transpose of such a convolution: twice the size, cut at the same places."""

    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs, 5, stride=2, padding=1, bias=False)

    def forward(self, images):
        return super().forward(images)[..., :-1, :-1]


def dcgan_tf_generator(latent_dim=100):
    """G of dcgan_tf: that of TensorFlow's DCGAN tutorial."""
    flat, image = 7 * 7 * 256, partial(keras_norm, nn.BatchNorm2d, momentum=0.99)
    same = dict(kernel_size=5, padding=2, bias=False)
    net = nn.Sequential(
        nn.Linear(latent_dim, flat, bias=False),
        *(keras_norm(nn.BatchNorm1d, flat, momentum=0.99), keras_leaky()),
        nn.Unflatten(1, (256, 7, 7)),  # 7 x 7
        *(nn.ConvTranspose2d(256, 128, **same), image(128), keras_leaky()),
        *(SameConvTranspose2d(128, 64), image(64), keras_leaky()),  # 14 x 14
        *(SameConvTranspose2d(64, 1), nn.Tanh()),  # 28 x 28
    )
    return glorot(net)


def dcgan_tf_discriminator():
    """D of dcgan_tf: that of TensorFlow's tutorial; no batch norm, but dropout."""
    net = nn.Sequential(
        *(SameConv2d(1, 64), keras_leaky(), nn.Dropout(0.3)),  # 14 x 14
        *(SameConv2d(64, 128), keras_leaky(), nn.Dropout(0.3)),  # 7 x 7
        *(nn.Flatten(), nn.Linear(7 * 7 * 128, 1), nn.Flatten(0)),
    )
    return glorot(net)
