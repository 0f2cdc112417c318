"""`train` and `sample`: the networks of the series without a notebook."""

import contextlib
import math
import os
import sys
from pathlib import Path

import click

from gan_utils.cli.recipes import WrongUse, find_recipe
from gan_utils.cli.voice import one_voice
from gan_utils.engine import ranks
from gan_utils.engine.stopping import sigterm_like_ctrl_c

MEMORY_IS_FULL = (
    "the memory of the GPU is full. Close what else uses it (nvidia-smi lists it), "
    "choose a recipe with a smaller batch size, or add --device cpu. "
    "The last checkpoint is good; --resume goes on from it."
)


def number(kind, low, high):
    """What reads a number on the command line, and tells NaN and words the range.

    kind int: from `low` to `high`; kind float: above `low`, at most `high`.
    """
    whole = f"a whole number from {low:,} to {high:,}"
    said = whole if kind is int else f"a number above {low}, at most {high:,}"

    def number(text):
        try:
            found = kind(text)
        except (ValueError, OverflowError):
            found = math.nan
        if not low <= found <= high or (kind is float and found == low):
            raise click.BadParameter(f"{str(text)[:40]} is not {said}")
        return found

    return number


EPOCHS, STEPS = number(float, 0, 10_000), number(int, 1, 10**9)
FORMATS = ".npy or .png"
SECONDS, SEED = number(float, 0, 10**7), number(int, 0, 2**63 - 1)


@click.command()
@click.argument("recipe")
@click.option("--epochs", type=EPOCHS, help="passes over the training images")
@click.option("--steps", type=STEPS, help="updates of D and of G")
@click.option("--seconds", type=SECONDS, help="training time, whole steps")
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option("--dataset", default="auto", show_default=True)
@click.option("--device", default="auto", help="auto, cpu, mps, cuda or 'cuda graph'")
@click.option(
    "--precision",
    type=click.Choice(["auto", "fp32", "bf16"]),
    default="auto",
    show_default=True,
    help="number format of the networks; auto measures which is faster",
)
@click.option("--threads", type=number(int, 1, 1024), help="of the CPU; default: all")
@click.option("--milestones", is_flag=True, help="keep G after 9, 19, 38, 75, ... s")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--resume", is_flag=True, help="go on from the checkpoint in the folder")
def train(recipe, epochs, steps, seconds, threads, out, resume, **settings):
    """Train RECIPE and leave its result in a folder (default runs/RECIPE-SEED).

    Without --epochs, --steps or --seconds it takes as long as the recipe says.
    """
    given = {"epochs": epochs, "steps": steps, "seconds": seconds}
    length = {name: value for name, value in given.items() if value is not None}
    with one_voice(), _signals():
        if len(length) > 1:
            raise click.UsageError("give one of --epochs, --steps and --seconds")
        row = find_recipe(recipe)
        out = _check_folder(out, f"{recipe}-{settings['seed']}", resume)
        if row.batch_size % ranks.count():
            raise WrongUse(ranks.uneven(row.batch_size, ranks.count()))
        _run(recipe, out, threads, length=length or row.length, **settings)


def _signals():
    """SIGTERM ends a training like Ctrl-C; a team is ended by torchrun, its own way."""
    return sigterm_like_ctrl_c() if ranks.count() == 1 else contextlib.nullcontext()


def _check_folder(out, name, resume):
    from gan_utils.support import paths

    out = out or paths.runs_dir() / name
    resume = resume or ranks.restarted()
    if not resume and os.path.exists(out / "checkpoint.pt"):
        raise click.UsageError(
            f"{out} holds a checkpoint; add --resume, or choose another --out"
        )
    return out


def _run(name, out, threads, *, device, **settings):
    """The training, with one line for each thing that may go wrong."""
    import torch

    from gan_utils import config
    from gan_utils.callbacks.checkpoint import CheckpointError
    from gan_utils.data import DataError
    from gan_utils.engine import distributed
    from gan_utils.support.files import disk_said
    from gan_utils.training import TrainingDiverged

    expected = (ValueError, DataError, CheckpointError, TrainingDiverged)
    if threads := threads or ranks.threads():
        torch.set_num_threads(threads)
    try:
        device, graph = config.choose_device(device)[0], config.wants_graph(device)
        with distributed.joined(device):
            history = _train(name, out, graph, device=device, **settings)
    except (*expected, distributed.RankLost) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(disk_said(error, out)) from None
    except torch.cuda.OutOfMemoryError:
        raise click.ClickException(MEMORY_IS_FULL) from None
    print(f"result in {out}")
    if history.stopped == "interrupted":
        sys.exit(130)


def _train(name, out, graph, *, dataset, device, precision, seed, **settings):
    """Alone, as a CUDA graph, or as one of torchrun's ranks."""
    from gan_utils import config, data, lesson
    from gan_utils.cli.trainer import Training
    from gan_utils.engine import cuda_graph, distributed

    if graph and ranks.count() > 1:
        raise ValueError("a CUDA graph is for one process: leave out the word graph")
    images = data.load(dataset)
    precision = distributed.first(config.choose_precision(device, precision)[0])
    print(f"{name} on {lesson.describe(images)}; {device}, {precision}, seed {seed}")
    settings |= {"device": device, "precision": precision, "seed": seed}
    if ranks.count() > 1:
        settings["about"] = {"processes": ranks.count()}
    training = Training(name, images, out, **settings)
    if graph:
        training.step = cuda_graph.recorded(training.step, training.gan)
    distributed.share(training)
    history = training.run()
    if ranks.rank() == 0:
        training.save(history)
    return history


@click.command()
@click.argument("source")
@click.option("-n", type=number(int, 1, 10**6), default=64, show_default=True)
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help=FORMATS)
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
    size = {"latent_dim": result.latent_dim, "seed": seed}
    images = results.generate(result.generator, n, **size)
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
