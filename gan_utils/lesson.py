"""The first line of every notebook: check the parameters, say what will run."""

import difflib
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from gan_utils import data
from gan_utils.config import (
    PROFILES,
    check_parameters,
    choose_device,
    choose_precision,
    published_seconds,
    split_device,
)
from gan_utils.support import paths, versions


@dataclass(frozen=True)
class Lesson:
    """What `lesson` resolved: all values are final."""

    name: str
    profile: str
    seed: int
    dataset: str
    device: str
    precision: str
    out_dir: Path
    epochs: float | None
    batch_size: int | None
    n_images: int | None
    n_seeds: int
    data: data.ImageSet

    def previous(self, name):
        """Folder with the results of lesson `name` in the same run, if it was run."""
        folder = self.out_dir.parent / name
        return folder if (folder / "meta.json").is_file() else None


def lesson(name, **parameters):
    """Check `parameters`, choose device and data, print five lines, return a Lesson.

    name: the notebook's name, e.g. "02_vanilla_gan".
    parameters: the values of the notebook's parameters cell, by name.
    Raises ValueError with one line per wrong value, before any work is done, and
    versions.OutdatedPackages.
    """
    versions.check_versions()
    profiles, given = _profiles(name), check_parameters(parameters)
    profile = profiles[given.profile]
    wanted, number_format = split_device(given.device)
    device, device_reason = choose_device(wanted)
    precision, precision_reason = choose_precision(device, number_format)
    root = Path(given.out_dir) if given.out_dir else paths.runs_dir() / "lab"
    cfg = Lesson(
        name=name,
        profile=given.profile,
        seed=given.seed,
        dataset=given.dataset,
        device=device,
        precision=precision,
        out_dir=(root / name).resolve(),
        epochs=given.epochs or profile.epochs,
        batch_size=given.batch_size or profile.batch_size,
        n_images=profile.n_images,
        n_seeds=profile.n_seeds,
        data=_images(given.dataset, profile.n_images),
    )
    cfg.out_dir.mkdir(parents=True, exist_ok=True)
    _mark_figures(cfg.data.note)
    _introduce(cfg, device_reason, precision_reason)
    return cfg


def _profiles(name):
    if name not in PROFILES:
        near = difflib.get_close_matches(name, PROFILES, n=1, cutoff=0)
        raise ValueError(f"no lesson {name!r}; did you mean {near[0]!r}?")
    return PROFILES[name]


def _images(dataset, count):
    """The ImageSet, with the first `count` training images only; None: all."""
    images = data.load(dataset)
    labels = images.train_labels[:count]
    return replace(images, train=images.train[:count], train_labels=labels)


def _introduce(cfg, device_reason, precision_reason):
    """Print what will run, on what, where, for how long."""
    on_cpu = cfg.device == "cpu"
    how = f"{torch.get_num_threads()} threads" if on_cpu else device_reason
    print(f"lesson     {cfg.name}, profile {cfg.profile}, seed {cfg.seed}")
    print(f"data       {describe(cfg.data)}")
    print(f"device     {cfg.device} ({how}), {cfg.precision}: {precision_reason}")
    print(f"results    {paths.shown(cfg.out_dir)}")
    print(f"time       {_expected(cfg.name, cfg.profile)}")


def describe(images):
    """One line on a data set, with a plain warning if it is not what was hoped for."""
    counts = f"{len(images.train)} training images, {len(images.test)} test images"
    return f"{images.name}: {counts}" + (
        f"  ** {images.note} **" if images.note else ""
    )


def _mark_figures(note):
    """Figures carry the note, too. Imported here: matplotlib is slow to load."""
    from gan_utils import viz

    viz.set_note(note)


def _expected(name, profile):
    seconds = published_seconds(name, profile)
    if seconds is None:
        return "not measured yet at this profile"
    shown = f"{seconds:.0f} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"
    return f"about {shown} on a laptop with two cores"
