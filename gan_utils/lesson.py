"""The first call of every notebook: check the parameters, say what will run.

Taught in notebook 01, section *Parameters*.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from gan_utils import config, data
from gan_utils.checks import check  # noqa: F401  for notebooks: one import
from gan_utils.support import files, paths
from gan_utils.support.words import did_you_mean


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
    data: data.ImageSet

    def about(self, **more):
        """What a result says of its training: data, seed, device, and `more`."""
        found = self.data
        known = {"dataset": found.name, "digest": found.digest, "note": found.note}
        known |= {name: getattr(self, name) for name in ("seed", "device", "precision")}
        return known | more

    def pick(self, value, *, smoke):
        """`value`, but `smoke` at the profile that only proves that all cells run."""
        return smoke if self.profile == "smoke" else value

    def write_json(self, name, value):
        """Write `value` into the file `name` of this lesson's results."""
        files.write_json(self.out_dir / name, value)

    @property
    def labels(self):
        """Who names the class of a picture of this data set: see judge.judge."""
        from gan_utils.judge.judge import Labels  # slow to load, and few need it

        return Labels.of(self.data)

    @property
    def judge(self):
        """The classifier that looks at pictures of this data set: see judge.judge."""
        from gan_utils.judge.judge import load_judge

        return load_judge(self.data)

    def previous(self, name):
        """Folder with the results of lesson `name` in the same run, if it was run."""
        folder = self.out_dir.parent / name
        return folder if (folder / "meta.json").is_file() else None


def lesson(name, namespace=None, **parameters):
    """Check the parameters, choose device and data, say what will run: a Lesson.

    name: the notebook's name, e.g. "02_vanilla_gan".
    namespace: the notebook's globals(), whose annotated variables become `parameters`.
    Raises ValueError with one line per unknown name or wrong value, before any work is
    done, and versions.OutdatedPackages.
    """
    from gan_utils.support import speed, versions  # here, as nothing else needs them

    own = config.OWN_PARAMETERS.get(name, ())
    parameters = parameters or declared(namespace or {}, own)
    versions.check_versions()
    if name not in config.PROFILES:
        hint = did_you_mean(name, config.PROFILES, 0)
        raise ValueError(f"no lesson {name!r}; {hint}")
    given = config.check_parameters(parameters)
    profile = config.PROFILES[name][given.profile]
    wanted, number_format = config.split_device(given.device)
    device, device_reason = config.choose_device(wanted)
    precision, precision_reason = "fp32", "the format of this lesson"
    if name in speed.AUTOCAST:
        precision, precision_reason = config.choose_precision(device, number_format)
    root = Path(given.out_dir or paths.runs_dir() / "lab")
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
        data=_images(name, given.dataset, profile.n_images),
    )
    cfg.out_dir.mkdir(parents=True, exist_ok=True)
    _mark_figures(cfg.data.note)
    _introduce(cfg, device_reason, precision_reason)
    return cfg


def declared(namespace, own=()):
    """{name: value} of the annotated variables, those in `own` left out."""
    names = [name for name in namespace.get("__annotations__", ()) if name not in own]
    return {name: namespace[name] for name in names}


def _images(name, dataset, count):
    """The ImageSet, with the first `count` training images only; None: all."""
    images = data.load(dataset)
    found = {"training images": len(images.train), "test images": len(images.test)}
    found["classes"] = len(images.classes)
    for what, least in config.SMALLEST.get(name, {}).items():
        if found[what] < least:
            few = f"at least {least} {what}; {images.name} has {found[what]}"
            raise ValueError(f"{name} needs {few}: choose a larger data set")
    labels = images.train_labels[:count]
    return replace(images, train=images.train[:count], train_labels=labels)


def _introduce(cfg, device_reason, precision_reason):
    """Print what will run, on what, where, for how long."""
    threads = torch.get_num_threads()
    how = f"{threads} thread" + "s" * (threads > 1)
    how = how if cfg.device == "cpu" else device_reason
    print(f"lesson     {cfg.name}, profile {cfg.profile}, seed {cfg.seed}")
    print(f"data       {describe(cfg.data)}")
    print(f"device     {cfg.device} ({how}), {cfg.precision}: {precision_reason}")
    print(f"results    {paths.shown(cfg.out_dir)}")
    if told := _expected(cfg):
        print(f"time       {told}")


def describe(images):
    """One line on a data set, with a plain warning if it is not what was hoped for."""
    counts = f"{len(images.train)} training images, {len(images.test)} test images"
    return f"{images.name}: {counts}" + f"  ** {images.note} **" * bool(images.note)


def _mark_figures(note):
    """Figures carry the note, too, and tell what they show. matplotlib loads slowly."""
    from gan_utils.viz import alt_text, style

    style.set_note(note)
    alt_text.describe_figures()


def _expected(cfg):
    """How long it will take here (as so many times quick), and took where published."""
    from gan_utils.support import speed

    known = speed.published(cfg.name, cfg.profile)
    profile, images = cfg.profile if known else "quick", len(cfg.data.train)
    how = {"epochs": cfg.epochs, "batch_size": cfg.batch_size, "images": images}
    work = speed.work(config.PROFILES[cfg.name][profile], **how)
    seconds = speed.expected(cfg.name, profile, cfg.device, cfg.precision, work=work)
    text = f"about {_words(seconds)} on this machine" if seconds else ""
    if work != 1 or not known:
        return text
    return f"{text} ({_words(known['seconds'])} on {known['machine']})"


def _words(seconds):
    short = f"{max(1, round(seconds))} seconds"
    return short if seconds < 90 else f"{seconds / 60:.0f} minutes"
