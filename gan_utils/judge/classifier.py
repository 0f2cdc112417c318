"""Three small digit classifiers, and how they are trained: the networks of the judges.

All have a linear layer of 128 features, taken before the activation (so that they are
not cut off at 0, and a Gaussian fits them better), and one or two layers after them for
the classes.

A classifier that is trained well forgets all but the class: its 128 features then vary
in few directions, and a distance between features is blind to handwriting. So the first
judge has a second task: a linear layer has to redraw the image from the same features.
Only training needs that layer.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.swa_utils import AveragedModel

from gan_utils.data import Batches
from gan_utils.support.randomness import LATENTS, rng
from gan_utils.training import fit

FEATURES = 128


class Classifier(nn.Module):
    """images (B, 1, 28, 28) in [-1, 1] -> logits (B, n_classes).

    body: images -> `flat` numbers each. hidden: width of one more layer between the
    features and the logits; 0 for none.
    """

    def __init__(self, body, flat, n_classes, *, hidden=0):
        super().__init__()
        normed = (nn.Linear(flat, FEATURES), nn.BatchNorm1d(FEATURES, affine=False))
        self.body = nn.Sequential(body, nn.Flatten(), *normed)
        more = (nn.ReLU(), nn.Linear(FEATURES, hidden)) if hidden else ()
        last = (nn.ReLU(), nn.Dropout(0.3), nn.Linear(hidden or FEATURES, n_classes))
        self.head = nn.Sequential(*more, *last)

    def features(self, images):
        """(B, 128), before the activation."""
        return self.body(images)

    def forward(self, images):
        return self.head(self.features(images))


def _block(inputs, outputs):
    """3 x 3 convolution, batch norm, ReLU; the size of the image stays."""
    conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())


def first_judge(n_classes=10):
    """Five 3 x 3 convolutions with batch norm."""
    body = nn.Sequential(
        *(_block(1, 24), _block(24, 32), nn.MaxPool2d(2)),  # 14 x 14
        *(_block(32, 64), _block(64, 64), nn.MaxPool2d(2)),  # 7 x 7
        *(_block(64, 128), nn.MaxPool2d(2)),  # 3 x 3
    )
    return Classifier(body, 128 * 9, n_classes, hidden=FEATURES)


def second_judge(n_classes=10):
    """Two 5 x 5 convolutions without batch norm, in the manner of LeNet."""
    body = nn.Sequential(
        *(nn.Conv2d(1, 32, 5), nn.GELU(), nn.AvgPool2d(2)),  # 24 x 24, 12 x 12
        *(nn.Conv2d(32, 64, 5), nn.GELU(), nn.AvgPool2d(2)),  # 8 x 8, 4 x 4
    )
    return Classifier(body, 64 * 16, n_classes)


def third_judge(n_classes=10):
    """Three strided convolutions: no pooling and no batch norm among them."""
    body = nn.Sequential(
        *(nn.Conv2d(1, 32, 4, stride=2, padding=1), nn.SiLU()),  # 14 x 14
        *(nn.Conv2d(32, 64, 4, stride=2, padding=1), nn.SiLU()),  # 7 x 7
        *(nn.Conv2d(64, 128, 3, stride=2, padding=1), nn.SiLU()),  # 4 x 4
    )
    return Classifier(body, 128 * 16, n_classes)


def turned(images, random):
    """Each image (B, 1, 28, 28) in [-1, 1] under an affine map of its own.

    Turned by up to 12 degrees, scaled by up to 12 % and moved by up to 2 pixels.
    """
    turn, *scales, move_x, move_y = torch.rand(5, len(images), generator=random) * 2 - 1
    cos, sin = (turn * math.radians(12)).cos(), (turn * math.radians(12)).sin()
    stretch_x, stretch_y = (1 + 0.12 * scale for scale in scales)
    across = torch.stack([stretch_x * cos, -sin, move_x * 2 / 14], 1)
    down = torch.stack([sin, stretch_y * cos, move_y * 2 / 14], 1)
    return _moved(images, torch.stack([across, down], 1))


def bent(images, random):
    """Each image (B, 1, 28, 28) in [-1, 1] pulled about by a smooth field of its own.

    Pixels move by 1.1 (sd) along each axis, neighbours nearly alike: the field has
    4 x 4 random numbers for each axis, and cubic curves between them.
    """
    coarse = 0.08 * torch.randn(len(images), 2, 4, 4, generator=random)
    field = F.interpolate(coarse, (28, 28), mode="bicubic").permute(0, 2, 3, 1)
    return _moved(images, torch.eye(2, 3).expand(len(images), 2, 3), field)


def _moved(images, maps, shifts=0.0):
    """Images under affine maps (B, 2, 3) and shifts (B, 28, 28, 2) of the places."""
    grid = F.affine_grid(maps, images.shape, align_corners=False) + shifts
    return F.grid_sample(images + 1, grid, align_corners=False) - 1  # padded with 0


class Labelled(Batches):
    """Batches (images, labels) as a pure function of (seed, step), a little distorted.

    images uint8 (N, 28, 28), labels (N,). distort: images (B, 1, 28, 28) in [-1, 1] and
    random numbers -> images. A training set smaller than a batch is one batch.
    """

    def __init__(self, images, labels, *, batch_size, seed, distort=turned):
        sizes = {"batch_size": min(batch_size, len(images)), "latent_dim": 1}
        super().__init__(images, labels=labels, seed=seed, **sizes)
        self.distort = distort

    def __call__(self, step):
        images, _, labels = super().__call__(step)
        return self.distort(images, rng(self.seed, LATENTS, step)), labels


def brier(logits, labels):
    """Squared error of the probabilities, summed over classes. Logits (B, C) -> ().

    Like the cross-entropy it is least for the true probabilities, but it does not pay
    for ever more certainty. Brier 1950.
    """
    probabilities, wanted = logits.softmax(1), F.one_hot(labels, logits.shape[1])
    return (probabilities - wanted).square().sum(1).mean()


@dataclass(frozen=True)
class Kind:
    """How a judge is made: its network, and how that is trained."""

    build: Callable  # n_classes -> Classifier
    seed: int  # of its weights, the order of its images, their distortions
    epochs: int  # of the shipped one
    distort: Callable = turned
    loss: Callable = F.cross_entropy  # logits (B, C), labels (B,) -> ()
    redraw: float = 0.0  # weight of the mean squared error of the redrawn pixels


JUDGES = {
    "first": Kind(first_judge, seed=1, epochs=14, redraw=8.0),
    "second": Kind(second_judge, seed=2, epochs=20),
    "third": Kind(third_judge, seed=3, epochs=16, distort=bent, loss=brier),
}


@dataclass
class Learner:
    """What `fit` trains here: a classifier and a running average of its weights."""

    net: Classifier
    redraw: nn.Module  # features (B, 128) -> pixels (B, 784)
    kind: Kind
    optimiser: torch.optim.Optimizer
    average: AveragedModel
    step: int = 0

    def after_step(self):
        """Count the step and update the average."""
        self.step += 1
        self.average.update_parameters(self.net)


def classify_step(learner, images, labels):
    """One update; images (B, 1, 28, 28) in [-1, 1], labels (B,)."""
    features = learner.net.features(images)
    class_loss = learner.kind.loss(learner.net.head(features).float(), labels)
    redraw_loss = F.mse_loss(learner.redraw(features).float(), images.flatten(1))
    loss = class_loss + learner.kind.redraw * redraw_loss
    learner.optimiser.zero_grad()
    loss.backward()
    learner.optimiser.step()
    return {"class_loss": class_loss, "redraw_loss": redraw_loss}


def running(average, weight, n):
    """A running average over about a hundred steps, over fewer while there are few."""
    return average + (weight - average) * max(0.01, 9 / (9 + int(n)))


def one_cycle(progress):
    """Up over the first fifth of a run, then down to 0 along a cosine."""
    if progress < 0.2:
        return 0.05 + 0.95 * progress / 0.2
    return (1 + math.cos(math.pi * (progress - 0.2) / 0.8)) / 2


def train_classifier(kind, images, **how):
    """A classifier of an ImageSet in eval mode, trained by `fit` as `how` says."""
    with torch.random.fork_rng():
        torch.manual_seed(kind.seed)
        net = kind.build(len(images.classes)).to(memory_format=torch.channels_last)
        redraw = nn.Linear(FEATURES, 28 * 28)
    parameters = [*net.parameters(), *redraw.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=3e-3, weight_decay=0.05)
    average = AveragedModel(net, avg_fn=running, use_buffers=True)
    learner = Learner(net, redraw, kind, optimiser, average)
    sizes = {"batch_size": 256, "seed": kind.seed, "distort": kind.distort}
    batches = Labelled(images.train, images.train_labels, **sizes)
    fit(classify_step, learner, batches, schedule=one_cycle, **how)
    return average.module.eval()
