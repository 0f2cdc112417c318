"""The loops that other tutorials publish: the opponents of the other programs here.

The settings are theirs, the text is ours. Images become PIL pictures and run through
torchvision's transforms one by one, networks are fp32 in the default layout, Adam is
the default one, and both losses are read after every step.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from gan_utils.gan import Recipe
from gan_utils.recipes import CLASSICS
from gan_utils.recipes.steps import lean
from gan_utils.training import constant


class Pictures(Dataset):
    """What torchvision's MNIST does: item i is picture i, made and transformed now."""

    def __init__(self, images, transform):
        self.images, self.transform = images, transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        picture = Image.fromarray(self.images[index].numpy())
        return self.transform(picture), 0


def plain_pipeline():
    """ToTensor, Normalize: pixels in [-1, 1]."""
    return transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize([0.5], [0.5])]
    )


def resized_pipeline(size=28):
    """PyTorch-GAN's: Resize first, even if nothing changes."""
    return transforms.Compose([transforms.Resize(size), *plain_pipeline().transforms])


# --- networks of PyTorch-GAN (github.com/eriklindernoren/PyTorch-GAN, gan and dcgan)


def pytorch_gan_generator(latent_dim=100):
    """latent_dim -> 128 -> 256 -> 512 -> 1024 -> 784; norms have eps 0.8."""
    sizes, layers = [128, 256, 512, 1024], [nn.Linear(latent_dim, 128)]
    layers += [nn.LeakyReLU(0.2)]
    for before, width in zip(sizes, sizes[1:]):
        layers += [nn.Linear(before, width), nn.BatchNorm1d(width, 0.8)]
        layers += [nn.LeakyReLU(0.2)]
    layers += [nn.Linear(1024, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28))]
    return nn.Sequential(*layers)


def pytorch_gan_discriminator():
    """784 -> 512 -> 256 -> 1."""
    hidden = [nn.Linear(784, 512), nn.LeakyReLU(0.2)]
    hidden += [nn.Linear(512, 256), nn.LeakyReLU(0.2)]
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(256, 1), nn.Flatten(0))


def pytorch_dcgan_generator(latent_dim=100):
    """Two nearest-neighbour upsamplings, 128 channels nearly everywhere."""
    same = dict(kernel_size=3, padding=1)
    net = nn.Sequential(
        nn.Linear(latent_dim, 128 * 7 * 7),
        nn.Unflatten(1, (128, 7, 7)),
        nn.BatchNorm2d(128),
        *(nn.Upsample(scale_factor=2), nn.Conv2d(128, 128, **same)),  # 14 x 14
        *(nn.BatchNorm2d(128, 0.8), nn.LeakyReLU(0.2)),
        *(nn.Upsample(scale_factor=2), nn.Conv2d(128, 64, **same)),  # 28 x 28
        *(nn.BatchNorm2d(64, 0.8), nn.LeakyReLU(0.2)),
        *(nn.Conv2d(64, 1, **same), nn.Tanh()),
    )
    return small_normal(net)


def pytorch_dcgan_discriminator():
    """Four strided convolutions with dropout, each but the first with a batch norm."""
    sizes, layers = [1, 16, 32, 64, 128], []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Conv2d(inputs, outputs, 3, stride=2, padding=1)]
        layers += [nn.LeakyReLU(0.2), nn.Dropout2d(0.25)]
        layers += [nn.BatchNorm2d(outputs, 0.8)] if inputs > 1 else []
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 1), nn.Flatten(0))
    return small_normal(net)


def small_normal(net):
    """Convolutions from N(0, 0.02), norms from N(1, 0.02)."""
    for layer in net:
        if isinstance(layer, nn.Conv2d):
            nn.init.normal_(layer.weight, 0, 0.02)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1, 0.02)
    return net


published = partial(
    Recipe,
    lr_G=2e-4,
    lr_D=2e-4,
    betas=(0.5, 0.999),
    schedule=constant,
    latent_dim=100,
    batch_size=64,
)


@dataclass(frozen=True)
class Opponent:
    """A published loop: its settings, and how it reads its pictures."""

    recipe: Recipe  # our loop uses its `step`, the textbook loop its own
    pipeline: Callable = field(default=plain_pipeline)
    simultaneous: bool = False  # one pass of D over the fakes serves both players
    source: str = ""
    epochs: int = 0  # how long it trains where it was published


OPPONENTS = {
    "pytorch-gan gan": Opponent(
        published(G=pytorch_gan_generator, D=pytorch_gan_discriminator, update=lean),
        resized_pipeline,
        source="PyTorch-GAN, implementations/gan: batch 64",
        epochs=200,
    ),
    "plain mlp": Opponent(
        replace(CLASSICS["mlp_plain"], batch_size=128, update=lean),
        source="the networks of `mlp_plain`, batch 128",
        epochs=100,
    ),
    "pytorch-gan dcgan": Opponent(
        published(G=pytorch_dcgan_generator, D=pytorch_dcgan_discriminator),
        resized_pipeline,
        source="PyTorch-GAN, implementations/dcgan, at 28 pixels in place of 32",
        epochs=200,
    ),
    "pytorch dcgan": Opponent(
        CLASSICS["dcgan_28"],
        source="pytorch/examples, dcgan, at 28 pixels: `dcgan_28`",
        epochs=25,
    ),
    "tensorflow dcgan": Opponent(
        CLASSICS["dcgan_tf"],
        simultaneous=True,
        source="TensorFlow's DCGAN tutorial: `dcgan_tf`",
        epochs=50,
    ),
}


def loop(opponent, images, *, seed=0):
    """The textbook loop, without end: yields (d_loss, g_loss) after each step.

    images: uint8 (N, 28, 28).
    """
    torch.manual_seed(seed)
    recipe = opponent.recipe
    G, D = recipe.G(latent_dim=recipe.latent_dim), recipe.D()
    adam = partial(torch.optim.Adam, betas=recipe.betas, eps=recipe.eps)
    opt_G, opt_D = adam(G.parameters(), recipe.lr_G), adam(D.parameters(), recipe.lr_D)
    loader = DataLoader(
        Pictures(images, opponent.pipeline()), recipe.batch_size, shuffle=True
    )
    step = simultaneous if opponent.simultaneous else alternating
    while True:
        for real, _ in loader:
            z = torch.randn(len(real), recipe.latent_dim)
            d_loss, g_loss = step(G, D, opt_G, opt_D, real, z)
            yield d_loss.item(), g_loss.item()


def alternating(G, D, opt_G, opt_D, real, z):
    """D on real and on fake images, then G through the updated D."""
    loss = nn.BCEWithLogitsLoss()
    ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
    fake = G(z)
    opt_D.zero_grad()
    d_loss = loss(D(real), ones) + loss(D(fake.detach()), zeros)
    d_loss.backward()
    opt_D.step()

    opt_G.zero_grad()
    g_loss = loss(D(fake), ones)
    g_loss.backward()
    opt_G.step()
    return d_loss, g_loss


def simultaneous(G, D, opt_G, opt_D, real, z):
    """Both gradients from the same weights, then both updates."""
    loss = nn.BCEWithLogitsLoss()
    ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
    fake = G(z)
    real_logits, fake_logits = D(real), D(fake)
    d_loss = loss(real_logits, ones) + loss(fake_logits, zeros)
    g_loss = loss(fake_logits, ones)
    opt_D.zero_grad()
    opt_G.zero_grad()
    d_loss.backward(inputs=list(D.parameters()), retain_graph=True)
    g_loss.backward(inputs=list(G.parameters()))
    opt_D.step()
    opt_G.step()
    return d_loss, g_loss
