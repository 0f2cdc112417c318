"""Our own networks, which do nearly all of their work on a grid of 7 x 7.

Same interface as in `models`. A 3 x 3 convolution at 7 x 7 costs a sixteenth of one at
28 x 28, so the same seconds buy more updates. PixelShuffle (Shi et al. 2016, arXiv
1609.05158) turns four channels into a finer grid of one, and no multiplication is
spent on zeros, as in a strided transposed convolution.
"""

from torch import nn


class ShuffleGenerator(nn.Module):
    """z (B, latent_dim) -> images (B, 1, 28, 28) in [-1, 1]."""

    def __init__(self, latent_dim=64, ngf=64, hidden=512):
        super().__init__()
        fine = ngf // 4  # channels at 14 x 14
        self.net = nn.Sequential(
            nn.Linear(latent_dim, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Linear(hidden, ngf * 7 * 7, bias=False),
            nn.BatchNorm1d(ngf * 7 * 7),
            nn.ReLU(),
            nn.Unflatten(1, (ngf, 7, 7)),  # 7 x 7
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
