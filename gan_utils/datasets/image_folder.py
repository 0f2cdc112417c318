"""A folder of 28 x 28 pictures as a data set. Sub-folders are classes.

White is 255, as in MNIST. What is drawn on a transparent page becomes light ink on
black, whatever its colour. Colours become grey, 16 bits are scaled to 8, pictures are
turned as their EXIF tag says. Hidden files are passed over, what else is left out is
said.
"""

import re
import time
import warnings

import numpy as np
import torch
from PIL import Image, ImageOps

from gan_utils.support.words import DataError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm")
LITTER = re.compile(r"(^|/)(\.|(__macosx|thumbs\.db|desktop\.ini)(/|$))", re.I)
EVERY = 10  # one image of so many, by name, is held out for testing


def image_folder(path, *, say=print):
    """(train, train_labels, test, test_labels, classes) of the folder `path`.

    Images uint8 (N, 28, 28), labels int64 (N,). The split depends on the names alone.
    Raises DataError naming the file that is not a 28 x 28 picture.
    """
    try:
        files, left_out = _list(path)
        images = _on_black(*_read_all(files, say), say)
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"{error.filename or path} cannot be read: {reason}") from None
    if left_out:
        say(f"{path.name}: {len(left_out)} files are left out: {_few(left_out, path)}")
    _check(path.name, images, say)
    folders = sorted({file.parent for file in files})
    labels = torch.tensor([folders.index(file.parent) for file in files])
    images, test = torch.from_numpy(images), _held_out(labels)
    parts = images[~test], labels[~test], images[test], labels[test]
    return *parts, tuple(folder.name for folder in folders)


def _list(path):
    """(pictures by name, all other files that are not hidden).

    The pictures are those in sub-folders or, if there are none, those in `path`.
    """

    def there(pattern):
        files = (file for file in sorted(path.glob(pattern)) if file.is_file())
        return [f for f in files if not LITTER.search(f.relative_to(path).as_posix())]

    loose, inside, deeper = there("*"), there("*/*"), there("*/*/*")
    ours, far = _pictures(inside) or _pictures(loose), _pictures(deeper)
    others = sorted({*loose, *inside, *deeper} - {*ours})
    if len(ours) < 2:
        remedy = "a data set needs 2 at least, better thousands, or sub-folders of them"
        if far:
            remedy = f"pictures lie deeper: give {far[0].parent.parent}"
        what = f"{len(ours)} pictures ({', '.join(SUFFIXES[:3])} ...)"
        beside = f", but {_few(others, path)}" if others else ""
        raise DataError(f"{path} holds {what}{beside}", remedy)
    return ours, others


def _pictures(files):
    return [file for file in files if file.suffix.lower() in SUFFIXES]


def _few(files, path):
    names = ", ".join(file.relative_to(path).as_posix() for file in files[:3])
    return names + ", ..." * (len(files) > 3)


def _read_all(files, say):
    """(greys, opacities), both uint8 (N, 28, 28)."""
    both = np.empty((2, len(files), 28, 28), dtype=np.uint8)
    last = time.monotonic()
    for number, file in enumerate(files):
        both[0, number], both[1, number] = _read(file)
        if time.monotonic() - last >= 2:
            last = time.monotonic()
            say(f"  {number + 1} of {len(files)} pictures read")
    return both


def _read(file):
    """(grey, opacity) of one picture, each (28, 28), from 0 to 255."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(file) as image:
            if image.size != (28, 28):
                reason = "{} is {} x {} pixels, not 28 x 28".format(file, *image.size)
                raise DataError(reason, "scale all pictures to 28 x 28 first")
            if getattr(image, "n_frames", 1) > 1:
                raise DataError(f"{file} holds {image.n_frames} pictures, not one")
            return _grey_and_opacity(file, ImageOps.exif_transpose(image))
    except (DataError, PermissionError):
        raise
    except Image.DecompressionBombError:
        raise DataError(f"{file} is far larger than 28 x 28 pixels") from None
    except Exception:  # whatever a broken file makes a decoder raise
        raise DataError(f"{file} cannot be read as a picture") from None


def _grey_and_opacity(file, image):
    if image.mode[0] in "IF":  # of more than 8 bits; Pillow cuts off all above 255
        grey = np.asarray(image).astype(float) / 257
        if image.mode == "F" or grey.min() < 0 or grey.max() > 255:
            raise DataError(f"{file} has 32 bits a pixel", "save it with 8 or 16 bits")
        return grey.round(), 255
    if image.has_transparency_data:
        return np.asarray(image.convert("RGBA").convert("LA")).transpose(2, 0, 1)
    return np.asarray(image.convert("RGB").convert("L")), 255


def _on_black(grey, opacity, say):
    """Compose pictures on black, in place; dark strokes become light. Returns grey."""
    clear = (opacity < 255).any(axis=(1, 2))
    visible = grey[clear][opacity[clear] > 0]
    if visible.size and np.quantile(visible, 0.95) < 128:
        say(f"{clear.sum()} dark pictures on a transparent page: made light on black")
        grey[clear] = 255 - grey[clear]
    grey[clear] = (grey[clear] * (opacity[clear] / 255)).round()
    return grey


def _check(name, images, say):
    """Refuse pictures that are all equal; say it if they are no light ink on black."""
    low, high = images.min(), images.max()
    if (images == images[0]).all():
        same = f"{name}: all {len(images)} pictures are the same"
        raise DataError(f"{same} (greys from {low} to {high} of 255)")
    if high < 64:
        say(f"{name}: very dark, no pixel is above {high} of 255")
    if np.median(images[:, [0, -1]]) > 127:
        say(f"{name}: dark ink on a light page, MNIST is the reverse: invert it first?")


def _held_out(labels):
    """True for every tenth image of each class; at least for one image in all."""
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for label in labels.unique():
        held_out[(labels == label).nonzero()[EVERY - 1 :: EVERY]] = True
    held_out[-1] |= not held_out.any()
    return held_out
