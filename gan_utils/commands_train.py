"""`train` and `sample`: the networks of the series without a notebook."""

import os
import sys
from pathlib import Path

import click

from gan_utils.commands_recipes import find_recipe
from gan_utils.signals import sigterm_like_ctrl_c


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
    from gan_utils import paths

    if sum(value is not None for value in (epochs, steps, seconds)) > 1:
        raise click.UsageError("give one of --epochs, --steps and --seconds")
    if any(value is not None and value <= 0 for value in (epochs, steps, seconds)):
        raise click.UsageError("--epochs, --steps and --seconds must be above 0")
    row = find_recipe(recipe)
    out = out or paths.runs_dir() / f"{recipe}-{seed}"
    if not resume and os.path.exists(out / "checkpoint.pt"):
        raise click.UsageError(
            f"{out} holds a checkpoint; add --resume, or choose another --out"
        )
    given = {"epochs": epochs, "steps": steps, "seconds": seconds}
    length = {name: value for name, value in given.items() if value is not None}
    if threads:
        import torch

        torch.set_num_threads(threads)
    settings = {"seed": seed, "precision": precision, "milestones": milestones}
    _run(recipe, length or row.length, out, dataset, device, **settings)


@sigterm_like_ctrl_c()
def _run(name, length, out, dataset, device, *, seed, precision, milestones):
    from gan_utils import config, data, lesson, trainer
    from gan_utils.checkpoint import CheckpointError
    from gan_utils.files import disk_said
    from gan_utils.history import TrainingDiverged

    try:
        device, _ = config.choose_device(device)
        images = data.load(dataset)
        precision, _ = config.choose_precision(device, precision)
        print(
            f"{name} on {lesson.describe(images)}; {device}, {precision}, seed {seed}"
        )
        settings = {"seed": seed, "device": device, "precision": precision}
        settings["milestones"] = milestones
        history = trainer.train_recipe(name, images, out, length=length, **settings)
    except (ValueError, data.DataError, CheckpointError, TrainingDiverged) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(disk_said(error, out)) from None
    print(f"result in {out}")
    if history.stopped == "interrupted":
        sys.exit(130)


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
    from gan_utils import paths, results
    from gan_utils.files import disk_said, write_atomic

    if out.suffix not in (".npy", ".png"):
        raise click.UsageError(f"--out {out}: the name must end in .npy or .png")
    folder = Path(source) if Path(source).is_dir() else paths.weights_dir() / source
    try:
        result = results.load_result(folder)
    except results.ResultError as error:
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

    from gan_utils.export import encode_png
    from gan_utils.pictures import tile

    if suffix == ".png":
        return encode_png(tile(images, math.ceil(math.sqrt(len(images)))))
    buffer = io.BytesIO()
    np.save(buffer, images)
    return buffer.getvalue()
