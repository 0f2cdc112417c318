"""The networks of notebooks 02 and 03, with the same text as there.

Taught in notebook 02, sections 1 and 2, and notebook 03, section 3 (DCGAN). A generator
takes z (B, latent_dim) and returns images (B, 1, 28, 28) in [-1, 1]. A discriminator
takes such images and returns logits (B,), never a sigmoid.
"""

from torch import nn

BY_TWO = dict(kernel_size=4, stride=2, padding=1)  # halves; transposed it doubles


class MLPGenerator(nn.Module):
    """z (B, latent_dim) -> images (B, 1, 28, 28) in [-1, 1]."""

    def __init__(self, latent_dim=64, hidden=256):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(latent_dim, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, 2 * hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(2 * hidden, 4 * hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(4 * hidden, 28 * 28),
            nn.Tanh(),  # the range of real images
            nn.Unflatten(1, (1, 28, 28)),
        )

    def forward(self, z):
        return self.net(z)


class MLPDiscriminator(nn.Module):
    """images (B, 1, 28, 28) in [-1, 1] -> logits (B,)."""

    def __init__(self, hidden=256):
        super().__init__()
        self.net = nn.Sequential(
            nn.Flatten(),  # 784 numbers in a row
            nn.Linear(28 * 28, 4 * hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(4 * hidden, 2 * hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(2 * hidden, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, 1),
            nn.Flatten(0),  # (B, 1) -> (B,)
        )

    def forward(self, images):
        return self.net(images)


class DCGANGenerator(nn.Module):
    """z (B, latent_dim) -> images (B, 1, 28, 28) in [-1, 1]."""

    def __init__(self, latent_dim=64, ngf=32, hidden=512):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(latent_dim, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Linear(hidden, 2 * ngf * 7 * 7, bias=False),
            nn.BatchNorm1d(2 * ngf * 7 * 7),
            nn.ReLU(),
            nn.Unflatten(1, (2 * ngf, 7, 7)),  # 7 x 7
            nn.ConvTranspose2d(2 * ngf, ngf, bias=False, **BY_TWO),  # 14 x 14
            nn.BatchNorm2d(ngf),
            nn.ReLU(),
            nn.ConvTranspose2d(ngf, 1, **BY_TWO),  # 28 x 28
            nn.Tanh(),  # the range of real images
        )

    def forward(self, z):
        return self.net(z)


class DCGANDiscriminator(nn.Module):
    """images (B, 1, 28, 28) in [-1, 1] -> logits (B,)."""

    def __init__(self, ndf=32, hidden=256):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, ndf, **BY_TWO),  # 14 x 14
            nn.LeakyReLU(0.2),
            nn.Conv2d(ndf, 2 * ndf, **BY_TWO),  # 7 x 7
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(2 * ndf * 7 * 7, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, 1),
            nn.Flatten(0),  # (B, 1) -> (B,)
        )

    def forward(self, images):
        return self.net(images)


def to_7x7(latent_dim, hidden, channels):
    """The layers that make (B, channels, 7, 7) of z (B, latent_dim)."""
    layers = []
    for inputs, outputs in ((latent_dim, hidden), (hidden, channels * 7 * 7)):
        linear = nn.Linear(inputs, outputs, bias=False)
        layers += [linear, nn.BatchNorm1d(outputs), nn.ReLU()]
    return [*layers, nn.Unflatten(1, (channels, 7, 7))]


class ShuffleGenerator(nn.Module):
    """z (B, latent_dim) -> images (B, 1, 28, 28) in [-1, 1]."""

    def __init__(self, latent_dim=64, ngf=64, hidden=512):
        super().__init__()
        fine = ngf // 4  # channels at 14 x 14
        self.net = nn.Sequential(
            *to_7x7(latent_dim, hidden, ngf),
            nn.Conv2d(ngf, ngf, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(ngf),
            nn.ReLU(),
            nn.Conv2d(ngf, 4 * fine, kernel_size=1, bias=False),
            nn.PixelShuffle(2),  # 14 x 14
            nn.BatchNorm2d(fine),
            nn.ReLU(),
            nn.Conv2d(fine, 4, kernel_size=3, padding=1),
            nn.PixelShuffle(2),  # 28 x 28
            nn.Tanh(),  # the range of real images
        )

    def forward(self, z):
        return self.net(z)


class ShuffleDiscriminator(nn.Module):
    """images (B, 1, 28, 28) in [-1, 1] -> logits (B,)."""

    def __init__(self, ndf=64, hidden=256):
        super().__init__()
        self.net = nn.Sequential(
            nn.PixelUnshuffle(4),  # 16 channels at 7 x 7
            nn.Conv2d(16, ndf, kernel_size=3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(ndf, ndf, kernel_size=3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(ndf * 7 * 7, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, 1),
            nn.Flatten(0),  # (B, 1) -> (B,)
        )

    def forward(self, images):
        return self.net(images)
