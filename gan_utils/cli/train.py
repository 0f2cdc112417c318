"""`train` and `sample`: the networks of the series without a notebook."""

import contextlib
import os
import sys
from pathlib import Path

import click

from gan_utils.cli.recipes import WrongUse, find_recipe
from gan_utils.engine import ranks
from gan_utils.engine.signals import sigterm_like_ctrl_c

MEMORY_IS_FULL = (
    "the memory of the GPU is full. Close what else uses it (nvidia-smi lists it), "
    "choose a recipe with a smaller batch size, or add --device cpu. "
    "The last checkpoint is good; --resume goes on from it."
)


@click.command()
@click.argument("recipe")
@click.option("--epochs", type=float, help="passes over the training images")
@click.option("--steps", type=int, help="updates of D and of G")
@click.option("--seconds", type=float, help="training time, whole steps")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--dataset", default="auto", show_default=True)
@click.option("--device", default="auto", show_default=True)
@click.option(
    "--precision",
    type=click.Choice(["auto", "fp32", "bf16"]),
    default="auto",
    show_default=True,
    help="number format of the networks; auto measures which is faster",
)
@click.option("--threads", type=click.IntRange(min=1), help="of the CPU; default: all")
@click.option("--milestones", is_flag=True, help="keep G after 9, 19, 38, 75, ... s")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--resume", is_flag=True, help="go on from the checkpoint in the folder")
def train(
    recipe,
    epochs,
    steps,
    seconds,
    seed,
    dataset,
    device,
    precision,
    threads,
    milestones,
    out,
    resume,
):
    """Train RECIPE and leave its result in a folder (default runs/RECIPE-SEED).

    Without --epochs, --steps or --seconds it takes as long as the recipe says.
    """
    given = {"epochs": epochs, "steps": steps, "seconds": seconds}
    settings = {"seed": seed, "precision": precision, "milestones": milestones}
    with ranks.one_voice(), _signals():
        length = _check_length(given)
        row = find_recipe(recipe)
        out = _check_folder(out, f"{recipe}-{seed}", resume or ranks.restarted())
        _check_split(row.batch_size)
        _set_threads(threads or ranks.threads())
        _run(recipe, length or row.length, out, dataset, device, **settings)


def _signals():
    """SIGTERM ends a training like Ctrl-C; a team is ended by torchrun, its own way."""
    return sigterm_like_ctrl_c() if ranks.size() == 1 else contextlib.nullcontext()


def _check_length(given):
    """The one of epochs, steps and seconds that was given, as a dictionary."""
    length = {name: value for name, value in given.items() if value is not None}
    if len(length) > 1:
        raise click.UsageError("give one of --epochs, --steps and --seconds")
    if any(value <= 0 for value in length.values()):
        raise click.UsageError("--epochs, --steps and --seconds must be above 0")
    return length


def _check_folder(out, name, resume):
    from gan_utils.support import paths

    out = out or paths.runs_dir() / name
    if not resume and os.path.exists(out / "checkpoint.pt"):
        raise click.UsageError(
            f"{out} holds a checkpoint; add --resume, or choose another --out"
        )
    return out


def _check_split(batch_size):
    if batch_size % ranks.size():
        raise WrongUse(ranks.uneven(batch_size, ranks.size()))


def _set_threads(threads):
    if threads:
        import torch

        torch.set_num_threads(threads)


def _run(name, length, out, dataset, device, **settings):
    import torch

    from gan_utils import config
    from gan_utils.callbacks.checkpoint import CheckpointError
    from gan_utils.data import DataError
    from gan_utils.engine import distributed
    from gan_utils.engine.history import TrainingDiverged
    from gan_utils.support.files import disk_said

    expected = (ValueError, DataError, CheckpointError, TrainingDiverged)
    try:
        device, _ = config.choose_device(device)
        with distributed.joined(device) as team:
            history = _train(name, length, out, dataset, device, team, **settings)
    except (*expected, distributed.RankLost) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(disk_said(error, out)) from None
    except torch.cuda.OutOfMemoryError:
        raise click.ClickException(MEMORY_IS_FULL) from None
    print(f"result in {out}")
    if history.stopped == "interrupted":
        sys.exit(130)


def _train(name, length, out, dataset, device, team, *, seed, precision, milestones):
    from gan_utils import config, data, lesson
    from gan_utils.cli import trainer

    images = data.load(dataset)
    precision = team.first(config.choose_precision(device, precision)[0])
    print(f"{name} on {lesson.describe(images)}; {device}, {precision}, seed {seed}")
    settings = {"seed": seed, "device": device, "precision": precision}
    settings |= {"milestones": milestones, "team": team}
    return trainer.train_recipe(name, images, out, length=length, **settings)


@click.command()
@click.argument("source")
@click.option("-n", type=click.IntRange(1, 1_000_000), default=64, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help=".npy or .png"
)
def sample(source, n, seed, out):
    """Draw N pictures of SOURCE: a recipe with shipped weights, or a result folder.

    FILE.npy holds uint8 (N, 28, 28) with 0 = background, FILE.png one grid.
    """
    from gan_utils import results
    from gan_utils.support import paths
    from gan_utils.support.files import disk_said, write_atomic
    from gan_utils.support.weights import ResultError

    if out.suffix not in (".npy", ".png"):
        raise click.UsageError(f"--out {out}: the name must end in .npy or .png")
    folder = Path(source) if Path(source).is_dir() else paths.weights_dir() / source
    try:
        result = results.load_result(folder)
    except ResultError as error:
        raise click.ClickException(str(error)) from None
    images = results.generate(
        result.generator, n, latent_dim=result.latent_dim, seed=seed
    )
    try:
        write_atomic(out, _encoded(images.numpy(), out.suffix))
    except OSError as error:
        raise click.ClickException(disk_said(error, out)) from None
    print(f"{n} pictures in {out}")


def _encoded(images, suffix):
    import io
    import math

    import numpy as np

    from gan_utils.pictures import encode_png, tile

    if suffix == ".png":
        return encode_png(tile(images, math.ceil(math.sqrt(len(images)))))
    buffer = io.BytesIO()
    np.save(buffer, images)
    return buffer.getvalue()
