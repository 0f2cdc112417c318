"""Train a named recipe from its first step, or from its checkpoint, to a result."""

import sys
from pathlib import Path

from gan_utils.callbacks.checkpoint import Checkpoint
from gan_utils.callbacks.progress import Progress, Snapshots
from gan_utils.data import Batches
from gan_utils.engine import ranks
from gan_utils.gan import build
from gan_utils.recipes import RECIPES
from gan_utils.recipes.labels import with_labels
from gan_utils.recipes.saves import SAVES
from gan_utils.results import save_result
from gan_utils.support.files import sha256_bytes
from gan_utils.support.randomness import fixed_latents
from gan_utils.training import fit


class Training:
    """RECIPES[name] on an ImageSet, ready to run: its parts may be wrapped before.

    The result goes to the folder `out`. If that holds a checkpoint of the same
    settings, the training goes on from there.
    length: {"epochs": e, "steps": n, "seconds": t}, one of them not None. watch: more
    callbacks. about: what else a checkpoint must share, and the result says.
    """

    def __init__(self, name, images, out, *, length, seed, device, precision, **more):
        recipe, labels = with_labels(RECIPES[name], images)
        self.out, self.length, self.precision = out, length, precision
        self.device, self.recipe, self.step = device, recipe, recipe.step
        self.gan = build(recipe, seed=seed, device=device)
        how = {"seed": seed, "device": device, "labels": labels}
        self.batches = Batches.of(recipe, images.train, **how)
        self.snapshots = Snapshots(fixed_latents(64, recipe.latent_dim, seed))
        self.about = {"recipe": name, "seed": seed, "latent_dim": recipe.latent_dim}
        self.about |= {**length, "dataset": images.name, "digest": images.digest}
        self.about |= {"note": images.note, "precision": precision}
        if labels is not None:  # a training that is resumed must find the same
            self.about["labels"] = sha256_bytes(labels.numpy().tobytes())
        self.about |= more.get("about", {})
        self.callbacks = [*self._callbacks(name, **more)]

    def _callbacks(self, name, *, watch=(), about=None):
        rates = {k: getattr(self.recipe, k) for k in ("batch_size", "lr_G", "lr_D")}
        content = {"config": {**self.about, **rates}}
        content["extra"] = {"snapshots": self.snapshots}
        yield Checkpoint(self.out / "checkpoint.pt", resume=True, **content)
        yield self.snapshots
        for file, make in SAVES.get(name, {}).items():
            yield make(self.out, file)
        yield from watch
        yield Progress(self.out / "progress.jsonl")

    def run(self):
        """Train to the end, and leave the result. Returns the History.

        Raises CheckpointError and TrainingDiverged.
        """
        how = {"schedule": self.recipe.schedule, "precision": self.precision}
        how |= {**self.length, "callbacks": self.callbacks}
        history = fit(self.step, self.gan, self.batches, **how)
        if ranks.rank() == 0:
            own = Path(sys.argv[0]).name == "__main__.py"  # else a program that trains
            typed = ["python", "-m gan_utils" if own else sys.argv[0], *sys.argv[1:]]
            meta = {**self.about, "device": self.device, "steps": self.gan.step}
            meta |= {"command": " ".join(typed), "stopped": history.stopped}
            meta |= {"steps_on_one_thread": history.on_one} if history.on_one else {}
            left = {"generator": self.gan.sampler(), "snapshots": self.snapshots}
            save_result(self.out, **left, history=history, meta=meta)
        return history
