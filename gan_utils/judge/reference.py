"""What the judge sees in real images: measured once, kept, and the floors from it."""

import collections
from dataclasses import dataclass
from statistics import fmean, stdev

import torch
from safetensors.torch import load_file
from safetensors.torch import save as save_tensors

from gan_utils import metrics
from gan_utils.judge.judge import kept, load_judge
from gan_utils.metrics import frechet_distance, nearest
from gan_utils.support.files import write_atomic
from gan_utils.support.randomness import ORDER, rng

PAIRS = 2000  # images that look for their nearest training image, pixel by pixel
SUBSETS = 10  # of the training images, for the floors


@dataclass(frozen=True, eq=False)
class Reference:
    """Real images as a judge sees them."""

    judge: object
    images: object  # ImageSet
    train: torch.Tensor  # features (N, 128) of the training images
    test: torch.Tensor  # features (M, 128) of the test images
    radii: torch.Tensor  # (M,), from each test image to its 5th neighbour
    confidence: torch.Tensor  # (M,), the judge's highest probability on test images
    train_classes: torch.Tensor  # (N,), what the judge takes the training images for
    to_train: torch.Tensor  # (M,) from test to nearest training features
    pixels_to_train: torch.Tensor  # (PAIRS,) the same in pixels

    @property
    def balls(self):
        """Balls around the test images."""
        return metrics.Balls(self.test, self.radii, 5)

    @property
    def class_counts(self):
        """How often the judge sees each class in the training images: (C,)."""
        return metrics.class_counts(self.train_classes, len(self.images.classes))


FIELDS = list(Reference.__dataclass_fields__)[2:]


def open_reference(images, which="first", *, say=print):
    """The Reference of an ImageSet to one of the JUDGES for it."""
    return load_reference(images, load_judge(images, which, say=say), say=say)


def load_reference(images, judge, *, say=print):
    """The Reference of an ImageSet; kept in runs/judges after the first time."""
    name = f"{judge.sha256[:12]}_{images.digest[:12]}_{len(images.train)}.safetensors"
    file = kept(name, say=say)
    if not file.is_file():
        count = len(images.train)
        say(f"the {judge} looks at {count} real images, once: half a minute")
        write_atomic(file, save_tensors(_measure(images, judge)))
    return Reference(judge, images, **load_file(file))


def _measure(images, judge):
    train, probabilities = judge.look(images.train)
    test, test_probabilities = judge.look(images.test)
    values = [train, test, metrics.radii(test, 5)]
    values += [test_probabilities.amax(1), probabilities.argmax(1)]
    values.append(metrics.nearest_distance(test, train))
    values.append(nearest(spaced(images.test), images.train)[0][:, 0])
    return dict(zip(FIELDS, (value.contiguous() for value in values)))


def spaced(images, n=PAIRS):
    """n of the images at equal distances: the order of MNIST is not a random one."""
    return images[:: max(1, len(images) // n)][:n]


def floors(reference, n):
    """What n real training images score against the test images.

    Returns {metric: (mean, sd)}: over 10 subsets for the Fréchet distance and the class
    divergence, over 4 for the others (they vary little). n at most all of them.
    """
    found = collections.defaultdict(list)
    for number in range(SUBSETS):
        random = rng(0, ORDER, number)  # other images each time, none of them twice
        chosen = torch.randperm(len(reference.train), generator=random)[:n]
        real, classes = reference.train[chosen], reference.train_classes[chosen]
        counts = metrics.class_counts(classes, len(reference.images.classes))
        values = {
            "fd": frechet_distance(real, reference.test),
            "class_kl": metrics.class_divergence(counts, reference.class_counts),
        }
        if number < 4:
            values |= metrics.neighbourhoods(reference.balls, real)
            values["kid"] = metrics.subset_kernel_distance(reference.test, real)[0]
        for name, value in values.items():
            found[name].append(value)
    return {name: (fmean(values), stdev(values)) for name, values in found.items()}
