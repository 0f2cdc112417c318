"""Real handwritten digits for a computer without a network. They are not MNIST.

scikit-learn ships 1797 digits of 43 writers as 8 x 8 pixels (`load_digits`; UCI Machine
Learning Repository, "Optical Recognition of Handwritten Digits", Alpaydin and Kaynak
1998, CC BY 4.0). Here they are scaled up smoothly to 28 x 28, given strokes as crisp as
MNIST's, centred by mass like MNIST, and varied a little (rotation, shear, size, shift,
stroke width) into 20 000 training and 2 000 test images.

The test images are made from other digits than the training images. Still, they are
easier and less varied than MNIST: a number measured on them says nothing about MNIST.
"""

import torch
import torch.nn.functional as F

TRAIN, TEST = 20_000, 2_000
TEST_SOURCES = 180  # the last tenth of the 1797 digits
SEED = 8
BOX_IN_OUTPUT = 19.5  # pixels of the 28 that the 8 x 8 box covers, as in MNIST


def offline_digits():
    """(train, train_labels, test, test_labels): uint8 (N, 28, 28), int64 (N,).

    Deterministic; takes about a second.
    """
    pixels, labels = source_digits()
    smooth = _upscale(pixels)
    rng = torch.Generator().manual_seed(SEED)
    train, test, parts = slice(-TEST_SOURCES), slice(-TEST_SOURCES, None), []
    for chosen, count in ((train, TRAIN), (test, TEST)):
        index = torch.arange(count) % len(labels[chosen])
        parts += [_vary(smooth[chosen], index, rng), labels[chosen][index]]
    return tuple(parts)


def source_digits():
    """The digits as they are: float32 (1797, 8, 8) in [0, 1], labels int64 (1797,)."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels = torch.from_numpy(digits.images).float() / 16
    return pixels, torch.from_numpy(digits.target).long()


def _upscale(pixels):
    """Smooth and with clear gaps, not yet crisp: (N, 8, 8) -> (N, 1, 32, 32).

    Subtracting the local mean (unsharp masking) opens the loops of 6, 8 and 9.
    """
    padded = F.pad(pixels[:, None], (1, 1, 1, 1))
    fine = F.interpolate(padded, scale_factor=4, mode="bicubic")
    smooth = _box_blur(_box_blur(fine, 3), 3)
    sharp = smooth + 2.5 * (smooth - _box_blur(_box_blur(smooth, 9), 9))
    return sharp[:, :, 4:-4, 4:-4].clamp(0, 2)


def _box_blur(images, width):
    return F.avg_pool2d(images, width, stride=1, padding=width // 2)


def _vary(smooth, index, rng):
    """One varied image for each entry of `index`: uint8 (len(index), 28, 28)."""

    def uniform(low, high):
        return low + (high - low) * torch.rand(len(index), generator=rng)

    theta = _transforms(smooth, index, uniform)
    level = uniform(0.6, 1.1)  # where ink begins: low is a thick stroke
    pieces = zip(*(rows.split(2000) for rows in (index, theta, level)))  # fit the cache
    return torch.cat([_draw(smooth[chosen], *how) for chosen, *how in pieces])


def _transforms(smooth, index, uniform):
    """Affine maps (N, 2, 3) from output to source: jittered, centred by mass."""
    angle, shear = uniform(-0.16, 0.16), uniform(-0.2, 0.2)
    wide, high = uniform(0.95, 1.25), uniform(0.92, 1.06)
    cos, sin = (turn(angle) * (28 / BOX_IN_OUTPUT) for turn in (torch.cos, torch.sin))
    across = torch.stack([cos, sin], dim=1) / wide[:, None]
    down = torch.stack([shear * cos - sin, shear * sin + cos], dim=1) / high[:, None]
    linear = torch.stack([across, down], dim=2)
    jitter = torch.stack([uniform(-0.04, 0.04), uniform(-0.04, 0.04)], dim=1)
    offset = _centre_of_mass(smooth)[index] + jitter
    return torch.cat([linear, offset[:, :, None]], dim=2)


def _centre_of_mass(smooth):
    """(x, y) of each image's ink in [-1, 1]: (N, 1, 32, 32) -> (N, 2)."""
    axis = (torch.arange(32) + 0.5) / 16 - 1
    ink = smooth[:, 0] / smooth.sum(dim=(1, 2, 3))[:, None, None]
    return torch.stack([(ink.sum(1) * axis).sum(1), (ink.sum(2) * axis).sum(1)], dim=1)


def _draw(smooth, theta, level):
    """Sample, make strokes crisp with antialiased edges: uint8 (N, 28, 28)."""
    at = F.affine_grid(theta, (len(theta), 1, 28, 28), align_corners=False)
    ink = F.grid_sample(smooth, at, mode="bilinear", align_corners=False)[:, 0]
    edge = (ink - level.view(-1, 1, 1) + 0.5).clamp_(0, 1)
    crisp = edge * edge * (3 - 2 * edge)  # smoothstep
    return crisp.mul_(255).round_().to(torch.uint8)
