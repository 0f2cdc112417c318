"""Train a named recipe from its first step, or from its checkpoint, to a result."""

import sys
from functools import partial
from pathlib import Path

import torch

from gan_utils.callbacks.checkpoint import Checkpoint, Follower
from gan_utils.callbacks.progress import Progress
from gan_utils.callbacks.snapshots import Snapshots
from gan_utils.data import Batches
from gan_utils.engine.distributed import Alone
from gan_utils.recipes import RECIPES, build
from gan_utils.recipes.keepsakes import Milestones, Setting
from gan_utils.results import save_result
from gan_utils.training import fit


def train_recipe(
    name,
    images,
    out,
    *,
    length,
    seed,
    device,
    precision,
    milestones=False,
    watch=(),
    team=None,
):
    """Train RECIPES[name] on an ImageSet and leave its result in the folder `out`.

    length: {"epochs": e, "steps": n, "seconds": t}, one of them not None. watch: more
    callbacks. If `out` holds a checkpoint of the same settings, the training goes on
    from there. team: the processes that train together, see `parallel`; its first one
    writes. Returns the History. Raises CheckpointError and TrainingDiverged.
    """
    recipe, team = RECIPES[name], team or Alone()
    gan = build(recipe, seed=seed, device=device)
    sizes = {"batch_size": recipe.batch_size, "latent_dim": recipe.latent_dim}
    batches = team.share(Batches(images.train, seed=seed, device=device, **sizes))
    snapshots = Snapshots(fixed_latents(recipe.latent_dim, seed).to(device))
    about = _about(name, images, length, seed) | {"precision": precision, **team.about}
    rates = {"batch_size": recipe.batch_size, "lr_G": recipe.lr_G, "lr_D": recipe.lr_D}
    file, config = out / "checkpoint.pt", {**about, **rates}
    if team.leads:
        extra = {"snapshots": snapshots}
        saver = Checkpoint(file, resume=True, config=config, extra=extra)
        setting = Setting(out, images.train, recipe.latent_dim, seed)
        keepsakes = _keepsakes(recipe, setting, milestones)
        callbacks = [saver, snapshots, *keepsakes, *watch]
        callbacks.append(Progress(out / "progress.jsonl"))
    else:
        callbacks = [Follower(file, resume=True, config=config)]
    history = fit(
        team.step(partial(recipe.step, recipe), gan),
        gan,
        batches,
        **length,
        schedule=recipe.schedule,
        precision=precision,
        callbacks=callbacks,
        agree=team.agree,
    )
    if team.leads:
        meta = {"device": device, "steps": gan.step, "stopped": history.stopped}
        meta["command"] = _command()
        left = {"snapshots": snapshots, "history": history, "meta": {**about, **meta}}
        save_result(out, generator=gan.sampler(), **left)
    return history


def _about(name, images, length, seed):
    """What a result and its checkpoint say of a training."""
    return {
        "recipe": name,
        "seed": seed,
        "latent_dim": RECIPES[name].latent_dim,
        **length,
        "dataset": images.name,
        "digest": images.digest,
        "note": images.note,
    }


def _keepsakes(recipe, setting, milestones):
    wanted = (*recipe.saves, Milestones) if milestones else recipe.saves
    return [keepsake(setting) for keepsake in wanted]


def _command():
    """What was typed: the package's own command, or a program that trains."""
    program = Path(sys.argv[0])
    own = program.name == "__main__.py"
    return " ".join(["python", "-m gan_utils" if own else str(program), *sys.argv[1:]])


def fixed_latents(latent_dim, seed, n=64):
    """The n latents (n, latent_dim) whose pictures show the training of `seed`."""
    return torch.randn(n, latent_dim, generator=torch.Generator().manual_seed(seed))
