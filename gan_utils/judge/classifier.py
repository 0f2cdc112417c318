"""Two small digit classifiers, and how they are trained: the networks of the judge.

Both have a linear layer of 128 features, taken before the activation (so that they are
not cut off at 0, and a Gaussian fits them better), and one or two layers after them for
the classes.

A classifier that is trained well forgets all but the class: its 128 features then vary
in few directions, and a distance between features is blind to handwriting. So there is
a second task: a linear layer has to redraw the image from the same features. Only
training needs that layer.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.swa_utils import AveragedModel

from gan_utils.data import to_float
from gan_utils.support.randomness import LATENTS, ORDER, rng
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


JUDGES = {"first": first_judge, "second": second_judge}


class Labelled:
    """Batches (images, labels) as a pure function of (seed, step), a little distorted.

    images uint8 (N, 28, 28), labels (N,). Every image is turned by up to 12 degrees,
    scaled by up to 12 % and moved by up to 2 pixels. A training set smaller than a
    batch is one batch.
    """

    def __init__(self, images, labels, *, batch_size, seed):
        self.images, self.labels, self.seed = images, labels, seed
        self.batch_size = min(batch_size, len(images))
        self.steps_per_epoch = len(images) // self.batch_size

    def __call__(self, step):
        epoch, number = divmod(step, self.steps_per_epoch)
        shuffle = rng(self.seed, ORDER, epoch)
        order = torch.randperm(len(self.images), generator=shuffle)
        chosen = order[number * self.batch_size : (number + 1) * self.batch_size]
        images = to_float(self.images[chosen])
        return distorted(images, rng(self.seed, LATENTS, step)), self.labels[chosen]


def distorted(images, random):
    """Each image (B, 1, 28, 28) in [-1, 1] under an affine map of its own."""
    turn, *scales, move_x, move_y = torch.rand(5, len(images), generator=random) * 2 - 1
    cos, sin = (turn * math.radians(12)).cos(), (turn * math.radians(12)).sin()
    stretch_x, stretch_y = (1 + 0.12 * scale for scale in scales)
    across = torch.stack([stretch_x * cos, -sin, move_x * 2 / 14], 1)
    down = torch.stack([sin, stretch_y * cos, move_y * 2 / 14], 1)
    maps = torch.stack([across, down], 1)
    grid = F.affine_grid(maps, images.shape, align_corners=False)
    return F.grid_sample(images + 1, grid, align_corners=False) - 1  # padded with 0


@dataclass
class Learner:
    """What `fit` trains here: a classifier and a running average of its weights."""

    net: Classifier
    redraw: nn.Module  # features (B, 128) -> pixels (B, 784)
    redraw_weight: float
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
    class_loss = F.cross_entropy(learner.net.head(features).float(), labels)
    redraw_loss = F.mse_loss(learner.redraw(features).float(), images.flatten(1))
    loss = class_loss + learner.redraw_weight * redraw_loss
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


def train_classifier(build, images, *, seed, redraw_weight, **how):
    """A classifier of an ImageSet in eval mode, trained by `fit` as `how` says.

    redraw_weight: of the mean squared error of the redrawn pixels, beside a weight of 1
    for the cross-entropy of the classes; 0 for a classifier and nothing else.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = build(len(images.classes)).to(memory_format=torch.channels_last)
        redraw = nn.Linear(FEATURES, 28 * 28)
    parameters = [*net.parameters(), *redraw.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=3e-3, weight_decay=0.05)
    average = AveragedModel(net, avg_fn=running, use_buffers=True)
    learner = Learner(net, redraw, redraw_weight, optimiser, average)
    batches = Labelled(images.train, images.train_labels, batch_size=256, seed=seed)
    fit(classify_step, learner, batches, schedule=one_cycle, **how)
    return average.module.eval()
