"""A folder of 28 x 28 pictures as a data set. Sub-folders are classes.

White is 255, as in MNIST: dark ink on a white page should be inverted beforehand.
"""

import time

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from gan_utils.support.words import DataError

SUFFIXES = (".png", ".jpg", ".jpeg")
EVERY = 10  # one image of so many, by name, is held out for testing


def image_folder(path, *, say=print):
    """(train, train_labels, test, test_labels, classes) of the folder `path`.

    Images uint8 (N, 28, 28), labels int64 (N,). The split depends on the names alone.
    Raises DataError naming the file that is not a 28 x 28 picture.
    """
    files, labels, classes = _list(path)
    if len(files) < 2:
        raise DataError(
            f"{path} holds {len(files)} pictures (.png, .jpg)",
            "a data set needs at least 2, better thousands, or sub-folders with them",
        )
    images = torch.from_numpy(_read_all(files, say))
    labels = torch.tensor(labels)
    held_out = _held_out(labels)
    train = ~held_out
    return images[train], labels[train], images[held_out], labels[held_out], classes


def _list(path):
    """Sorted files, their labels, the names of the classes."""
    folders = sorted(f for f in path.iterdir() if f.is_dir() and _pictures(f))
    groups = [_pictures(folder) for folder in folders] or [_pictures(path)]
    classes = tuple(folder.name for folder in folders) or (path.name,)
    files = [file for group in groups for file in group]
    labels = [label for label, group in enumerate(groups) for _ in group]
    return files, labels, classes


def _pictures(folder):
    return sorted(f for f in folder.iterdir() if f.suffix.lower() in SUFFIXES)


def _read_all(files, say):
    images = np.empty((len(files), 28, 28), dtype=np.uint8)
    last = time.monotonic()
    for number, file in enumerate(files):
        images[number] = _read(file)
        if time.monotonic() - last >= 2:
            last = time.monotonic()
            say(f"  {number + 1} of {len(files)} pictures read")
    return images


def _read(file):
    try:
        with Image.open(file) as image:
            if image.size != (28, 28):
                wide, high = image.size
                raise DataError(f"{file} is {wide} x {high} pixels, not 28 x 28")
            return np.asarray(image.convert("L"))
    except (UnidentifiedImageError, OSError, SyntaxError):
        raise DataError(f"{file} cannot be read as a picture") from None


def _held_out(labels):
    """True for every tenth image of each class; at least for one image in all."""
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for label in labels.unique():
        of_class = (labels == label).nonzero()[:, 0]
        held_out[of_class[EVERY - 1 :: EVERY]] = True
    if not held_out.any():
        held_out[-1] = True
    return held_out
