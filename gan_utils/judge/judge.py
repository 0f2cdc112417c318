"""The judge: a digit classifier whose features tell how far pictures are from real.

Three judges for MNIST are shipped in weights/judge. The first is for comparing and
tuning; the second, another network, only checks that what pleases the first is no
accident; the third is of another kind (distortions, loss and width, too) and has chosen
nothing. For any other data set a judge is trained on demand and kept.
"""

import functools
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load as load_tensors

from gan_utils.callbacks.progress import Progress
from gan_utils.data import to_float
from gan_utils.judge import classifier
from gan_utils.judge.classifier import JUDGES, train_classifier
from gan_utils.metrics import guess_labels
from gan_utils.support import paths
from gan_utils.support.files import sha256_bytes, write_atomic, write_json
from gan_utils.support.weights import checked_bytes, packed

ON_DEMAND = 4  # epochs of a judge for another data set


@dataclass(frozen=True, eq=False)
class Judge:
    """A trained classifier and its papers."""

    name: str  # one of JUDGES
    net: torch.nn.Module  # in eval mode
    meta: dict  # dataset, digest, accuracy on its test images, epochs, seed
    sha256: str  # of its weights

    @torch.no_grad()
    def look(self, images):
        """Features (N, 128) and class probabilities (N, C) of uint8 (N, 28, 28)."""
        features = [self.net.features(to_float(part)) for part in images.split(500)]
        probabilities = [self.net.head(part).softmax(1) for part in features]
        return torch.cat(features), torch.cat(probabilities)

    def __str__(self):
        return f"{self.name} judge (CNN, 128 features, {self.meta['dataset']})"


def accuracy(net, images, labels):
    """Share of images uint8 (N, 28, 28) whose class is right."""
    _, probabilities = Judge("", net, {}, "").look(images)
    return (probabilities.argmax(1) == labels).float().mean().item()


def train_judge(images, which, *, epochs, precision="fp32", callbacks=()):
    """(net, meta): a judge for an ImageSet, made as JUDGES says."""
    kind, how = JUDGES[which], {"epochs": epochs, "precision": precision}
    net = train_classifier(kind, images, callbacks=callbacks, **how)
    meta = {"judge": which, "dataset": images.name, "digest": images.digest}
    meta["n_classes"] = len(images.classes)
    meta["accuracy"] = accuracy(net, images.test, images.test_labels)
    meta |= {"training_images": len(images.train), "seed": kind.seed, **how}
    return net, meta


def save_judge(net, meta, stem):
    """Write `stem`.safetensors, in half precision, and `stem`.json."""
    weights = packed(net.state_dict(), half=True)
    write_atomic(stem.with_suffix(".safetensors"), weights)
    write_json(stem.with_suffix(".json"), meta)


def read_judge(stem):
    """The judge in `stem`.safetensors and .json; shipped ones by their checksums.

    Raises ResultError if a file is missing or damaged.
    """
    meta = json.loads(checked_bytes(stem.with_suffix(".json")))
    data = checked_bytes(stem.with_suffix(".safetensors"))
    net = JUDGES[meta["judge"]].build(meta["n_classes"])
    net.load_state_dict(load_tensors(data))
    return Judge(meta["judge"], net.eval(), meta, sha256_bytes(data))


def shipped_judge(images, which="first"):
    """The judge in weights/ if it knows this ImageSet, else None."""
    stem = paths.weights_dir() / "judge" / which
    judge = read_judge(stem) if stem.with_suffix(".json").is_file() else None
    return judge if judge and judge.meta["digest"] == images.digest else None


@dataclass(frozen=True)
class Labels:
    """Who names the class of a picture, and how sure it is of it."""

    probabilities: Callable  # uint8 (N, 28, 28) -> (N, K)
    classes: tuple

    def label(self, images):
        """The likeliest class of uint8 (N, 28, 28): (N,)."""
        return self.probabilities(images).argmax(1)

    @classmethod
    def of(cls, images):
        """For an ImageSet: the shipped judge if it knows it, else nearest neighbours.

        The neighbours, as in notebook 01, are among 2000 training images, always sure.
        """
        if judge := shipped_judge(images):
            return cls(lambda fakes: judge.look(fakes)[1], images.classes)
        known = {"reference": images.train[:2000], "labels": images.train_labels[:2000]}
        sure = torch.eye(len(images.classes))
        return cls(lambda fakes: sure[guess_labels(fakes, **known)], images.classes)


def load_judge(images, which="first", *, epochs=ON_DEMAND, say=print):
    """The judge for an ImageSet: the shipped one if it fits, else one made for it.

    A judge for another data set than MNIST is trained once, for `epochs`, and kept
    under runs/judges. Raises ResultError if a shipped file is damaged.
    """
    if judge := shipped_judge(images, which):
        return judge
    code = sha256_bytes(Path(classifier.__file__).read_bytes())[:8]  # of the network
    name = f"{which}_{images.digest[:12]}_{len(images.train)}_{epochs:g}_{code}.json"
    own = kept(name, say=say)
    if not own.is_file():
        say(f"training the {which} judge for {images.name}, once")
        progress = [Progress(lines=4, say=say)]
        save_judge(*train_judge(images, which, epochs=epochs, callbacks=progress), own)
    return read_judge(own)


_aside = functools.cache(partial(tempfile.TemporaryDirectory, prefix="judges-"))


def kept(name, *, say=print):
    """Where a file of the judges is, or is to be kept: in runs/judges.

    Where nothing can be written there, `say` gets one line, and the file is in a folder
    that lives as long as this program.
    """
    path = paths.runs_dir() / "judges" / name
    if path.is_file():
        return path
    try:
        return paths.writable(path.parent) / name
    except paths.NotWritable as error:
        if not _aside.cache_info().currsize:
            say(f"{error}. So what the judges compute is not kept")
        return Path(_aside().name) / name
