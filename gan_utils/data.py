"""Images as one uint8 tensor in memory, and batches that depend on (seed, step) alone.

Taught in notebook 01, sections 1 and 2.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import torch

from gan_utils.support import paths
from gan_utils.support.randomness import LATENTS, ORDER, checked_seed, rng
from gan_utils.support.words import DataError, did_you_mean

DATASETS = ("auto", "mnist", "fashion", "kmnist", "offline")
OFFLINE_NOTE = "offline digits, not MNIST"


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images uint8 (N, 28, 28), 0 is background and 255 is ink; labels int64 (N,)."""

    name: str
    train: torch.Tensor
    train_labels: torch.Tensor
    test: torch.Tensor
    test_labels: torch.Tensor
    classes: tuple[str, ...]
    digest: str  # SHA-256 of the bytes of train, then test
    note: str = ""  # what a reader of results must know


def load(dataset="auto", *, folder=None, say=print):
    """The data set called `dataset`, verified, as an ImageSet.

    dataset: "auto", "mnist", "fashion", "kmnist", "offline" or a folder of pictures.
        "auto" is MNIST or, if it cannot be had, the offline digits.
    folder: where the files are; None: GAN_DATA_DIR, then data/ in the project.
    say: takes a line when a file is bad or slow to come, or the digits are not MNIST.
    Raises DataError with the remedy.
    """
    # Not at import: who only trains on images needs no checksums, mirrors and formats.
    from gan_utils.datasets.offline import offline_digits
    from gan_utils.datasets.sources import SOURCES

    name = str(dataset).strip().lower()
    if name in SOURCES:
        return _from_source(SOURCES[name], folder, say)
    if name == "auto":
        try:
            return load("mnist", folder=folder, say=say)
        except DataError as error:
            say(f"{error.reason}. Going on with handwritten digits that are not MNIST.")
    if name in ("auto", "offline"):
        digits, classes = offline_digits(), "0123456789"
        return _image_set("offline digits", digits, classes, OFFLINE_NOTE)
    return _from_folder(str(dataset).strip(), say)


def _from_source(source, folder, say):
    from gan_utils.datasets.download import obtain
    from gan_utils.datasets.sources import FILES

    first = paths.absolute(folder) if folder else paths.data_dir()
    ours = paths.project_root() / "data"
    places = [first] if first == ours else [first, ours]
    files = obtain(source, places, say=say)
    parts = [parse_idx(files[name]) for name in FILES]
    return _image_set(source.name, parts, source.classes)


def _from_folder(dataset, say):
    from gan_utils.datasets.image_folder import image_folder

    path = paths.absolute(dataset)
    if path.is_file():
        remedy = "if it is an archive unpack it, and give the folder"
        raise DataError(f"{path} is a file, not a folder of pictures", remedy)
    if not dataset or not path.is_dir():
        hint = did_you_mean(dataset, DATASETS)
        raise DataError(f"no data set and no folder is called {dataset!r}", hint)
    *parts, classes = image_folder(path, say=say)
    # A folder that is called MNIST is not MNIST: notebooks go by the name.
    taken = path.name.lower() in ("mnist", "fashion-mnist", "kmnist", "offline digits")
    return _image_set(path.name + " (pictures)" * taken, parts, classes)


def _image_set(name, parts, classes, note=""):
    train, train_labels, test, test_labels = parts
    digest = hashlib.sha256(train.numpy())
    digest.update(test.numpy())
    parts = train, train_labels.long(), test, test_labels.long()
    return ImageSet(name, *parts, tuple(classes), digest.hexdigest(), note)


def parse_idx(data):
    """Bytes of an idx file as a uint8 tensor: (N, 28, 28) images or (N,) labels.

    The header is 0, 0, 8 (for uint8), the number of dimensions, then each size as four
    bytes, the highest first.
    """
    dims = data[3] if data[:3] == b"\0\0\x08" and len(data) > 3 else 0
    shape = np.frombuffer(data[4 : 4 + 4 * dims], dtype=">u4").astype(int).tolist()
    if not dims or len(data) != 4 + 4 * dims + np.prod(shape):
        raise DataError(f"these {len(data)} bytes are not an idx file of uint8")
    values = torch.frombuffer(bytearray(data), dtype=torch.uint8, offset=4 + 4 * dims)
    return values.view(shape)


def write_idx(images, root):
    """Write an ImageSet as the files that `torchvision.datasets.MNIST(root)` reads.

    The inverse of `parse_idx`, below root/MNIST/raw. Returns root.
    """
    from gan_utils.datasets.sources import FILES
    from gan_utils.support.files import write_atomic

    parts = images.train, images.train_labels, images.test, images.test_labels
    for name, part in zip(FILES, parts):
        header = bytes([0, 0, 8, part.dim()]) + np.array(part.shape, ">u4").tobytes()
        content = header + part.byte().numpy().tobytes()
        write_atomic(paths.absolute(root) / "MNIST" / "raw" / name, content)
    return root


def to_float(images):
    """uint8 (B, 28, 28) -> float32 (B, 1, 28, 28) in [-1, 1]."""
    return images.unsqueeze(1).float().div_(127.5).sub_(1)


def to_uint8(images):
    """float (B, 1, 28, 28) in [-1, 1] -> uint8 (B, 28, 28), clamped and rounded."""
    pixels = images.detach().float().clamp(-1, 1).add(1).mul(127.5)
    return pixels.round().to(torch.uint8).squeeze(1)


class Batches:
    """Training batches: `real, z = batches(step)`, a pure function of (seed, step).

    images: uint8 (N, 28, 28). Every epoch is a fresh permutation of them; what does not
    fill a batch is left out of that epoch. z does not depend on the images.
    So training that goes on at step 1000 sees what it would have seen.
    With labels (N,), a batch has those of its images, too: `real, z, labels`.
    """

    def __init__(
        self, images, *, batch_size, latent_dim, seed, device="cpu", labels=None
    ):
        _check_sizes(images, batch_size, latent_dim)
        self.images, self.device = images.to(device), device
        self.labels = [] if labels is None else [labels.to(device)]
        self.batch_size, self.latent_dim = batch_size, latent_dim
        self.seed = checked_seed(seed)
        self.steps_per_epoch = len(images) // batch_size  # in the first ones
        self._epoch, self._order = None, None
        self._stages = [(0, 0, batch_size)]  # (first step, first epoch, batch size)

    @classmethod
    def of(cls, recipe, images, **how):
        """Batches of uint8 images (N, 28, 28), as large as a Recipe wants them."""
        sizes = {"batch_size": recipe.batch_size, "latent_dim": recipe.latent_dim}
        batches = cls(images, **sizes, **how)
        for epoch in recipe.grow:
            batches.double(epoch)
        return batches

    def double(self, epoch):
        """From this epoch on, counted from 0, batches are twice as large."""
        size = 2 * self._stages[-1][2]
        _check_sizes(self.images, size, self.latent_dim)
        self._stages.append((self.steps(epoch), epoch, size))

    def steps(self, epochs):
        """How many steps show the images so often; a fraction is rounded down."""
        first, epoch, size = [s for s in self._stages if s[1] <= epochs][-1]
        return int(first + (epochs - epoch) * (len(self.images) // size))

    def place(self, step):
        """(epoch, number of the step in it, batch size), all counted from 0."""
        first, epoch, size = [s for s in self._stages if s[0] <= step][-1]
        more, number = divmod(step - first, len(self.images) // size)
        return epoch + more, number, size

    def __call__(self, step):
        """(real (B, 1, 28, 28) in [-1, 1], z (B, latent_dim) from N(0, 1))."""
        epoch, number, size = self.place(step)
        if epoch != self._epoch:
            random = rng(self.seed, ORDER, epoch)
            order = torch.randperm(len(self.images), generator=random)
            self._epoch, self._order = epoch, order.to(self.device)
        chosen = self._order[number * size : (number + 1) * size]
        real = to_float(self.images.index_select(0, chosen))
        random = rng(self.seed, LATENTS, step)
        z = torch.randn(size, self.latent_dim, generator=random)
        return real, z.to(self.device), *(labels[chosen] for labels in self.labels)


def _check_sizes(images, batch_size, latent_dim):
    if images.dtype != torch.uint8 or images.shape[1:] != (28, 28):
        shape = tuple(images.shape)
        raise DataError(f"images are {images.dtype} {shape}, not uint8 (N, 28, 28)")
    if batch_size < 1 or latent_dim < 1:
        raise DataError(f"{batch_size=} and {latent_dim=} must be at least 1")
    if batch_size > len(images):
        reason = f"{batch_size=} is more than the {len(images)} training images"
        raise DataError(reason, "choose a smaller batch or a larger profile")
