"""`train` and `sample`: the networks of the series without a notebook."""

import io
import math
import os
import sys
from contextlib import nullcontext
from pathlib import Path

import click

from gan_utils.cli.recipes import WrongUse, find_recipe
from gan_utils.cli.voice import one_voice, told
from gan_utils.engine import ranks
from gan_utils.engine.stopping import sigterm_like_ctrl_c
from gan_utils.support import paths
from gan_utils.support.files import write_atomic

MEMORY_IS_FULL = (
    "the memory of the GPU is full. Close what else uses it (nvidia-smi lists it), "
    "choose a recipe with a smaller batch size, or add --device cpu. "
    "The last checkpoint is good; --resume goes on from it."
)


EPOCHS, STEPS = click.FloatRange(0, 10_000, min_open=True), click.IntRange(1, 10**9)
FORMATS, PRECISIONS = ".npy or .png", click.Choice(["auto", "fp32", "bf16"])
THREADS = click.IntRange(1, 1024)
SECONDS, SEED = click.FloatRange(0, 1e7, min_open=True), click.IntRange(0, 2**63 - 1)


@click.command()
@click.argument("recipe")
@click.option("--epochs", type=EPOCHS, help="passes over the training images")
@click.option("--steps", type=STEPS, help="updates of D and of G")
@click.option("--seconds", type=SECONDS, help="training time, whole steps")
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option("--dataset", default="auto", show_default=True)
@click.option("--device", default="auto", help="auto, cpu, mps, cuda or 'cuda graph'")
@click.option("--precision", type=PRECISIONS, default="auto", help="auto: the faster")
@click.option("--threads", type=THREADS, help="of the CPU; default: all")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--resume", is_flag=True, help="go on from the checkpoint in the folder")
def train(recipe, epochs, steps, seconds, threads, out, resume, **settings):
    """Train RECIPE and leave its result in a folder (default runs/RECIPE-SEED).

    Without --epochs, --steps or --seconds it takes as long as the recipe says.
    """
    given = {"epochs": epochs, "steps": steps, "seconds": seconds}
    length = {name: value for name, value in given.items() if value is not None}
    # torchrun ends a team its own way
    with one_voice(), sigterm_like_ctrl_c() if ranks.count() == 1 else nullcontext():
        if nan := [name for name, value in length.items() if math.isnan(value)]:
            raise click.UsageError(f"'--{nan[0]}': 'nan' is not a valid length")
        if len(length) > 1:
            raise click.UsageError("give one of --epochs, --steps and --seconds")
        row = find_recipe(recipe)
        out = _check_folder(out, f"{recipe}-{settings['seed']}", resume)
        if row.batch_size % ranks.count():
            raise WrongUse(ranks.uneven(row.batch_size, ranks.count()))
        stopped = _run(recipe, out, threads, length=length or row.length, **settings)
        print(f"result in {out}")
        if stopped == "interrupted":
            sys.exit(130)


def _check_folder(out, name, resume):
    out = out or paths.runs_dir() / name
    if not (resume or ranks.restarts()) and os.path.exists(out / "checkpoint.pt"):
        remedy = "add --resume, or choose another --out"
        raise click.UsageError(f"{out} holds a checkpoint; {remedy}")
    return out


def _run(name, out, threads, *, device, **settings):
    """Train, with one line for each thing that may go wrong; why it was stopped."""
    import torch

    from gan_utils import config, data, training
    from gan_utils.callbacks.checkpoint import CheckpointError
    from gan_utils.engine import distributed

    expected = (ValueError, data.DataError, CheckpointError, training.TrainingDiverged)
    if threads := threads or ranks.threads():
        torch.set_num_threads(threads)
        os.environ["OMP_NUM_THREADS"] = str(threads)  # `fit` then lets it stand
    try:
        with told(*expected, distributed.RankLost, out=out):
            kind, _, word = device.partition(" ")
            if word and (word != "graph" or not kind.startswith("cuda")):
                raise ValueError(f"{device=}: only cuda takes a word, graph")
            device = config.choose_device(kind)[0]
            with distributed.joined(device):
                return _train(name, out, bool(word), device=device, **settings).stopped
    except torch.cuda.OutOfMemoryError:
        raise click.ClickException(MEMORY_IS_FULL) from None


def _train(name, out, graph, *, dataset, device, precision, **settings):
    """Alone, as a CUDA graph, or as one of torchrun's ranks. Returns the History."""
    from gan_utils import config, data, lesson
    from gan_utils.cli.trainer import Training
    from gan_utils.engine import cuda_graph, distributed

    if graph and ranks.count() > 1:
        raise ValueError("a CUDA graph is for one process: leave out the word graph")
    images = data.load(dataset)
    precision = distributed.first(config.choose_precision(device, precision)[0])
    how = f"{device}, {precision}, seed {settings['seed']}"
    print(f"{name} on {lesson.describe(images)}; {how}")
    settings |= {"device": device, "precision": precision}
    if ranks.count() > 1:
        settings["about"] = {"processes": ranks.count()}
    training = Training(name, images, out, **settings)
    if graph:
        training.step = cuda_graph.recorded(training.step, training.gan)
    distributed.share(training)
    return training.run()


@click.command()
@click.argument("source")
@click.option("-n", type=click.IntRange(1, 10**6), default=64, show_default=True)
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option("--digit", type=click.IntRange(0, 999), help="or another label: only it")
@click.option("--out", type=click.Path(path_type=Path), required=True, help=FORMATS)
def sample(source, n, seed, digit, out):
    """Draw N pictures of SOURCE: a recipe with shipped weights, or a result folder.

    FILE.npy holds uint8 (N, 28, 28) with 0 = background, FILE.png one grid.
    """
    from gan_utils import results
    from gan_utils.support.weights import ResultError

    if out.suffix not in (".npy", ".png"):
        raise click.UsageError(f"--out {out}: the name must end in .npy or .png")
    load = results.load_result if Path(source).is_dir() else results.load_shipped
    with told(ResultError, out=out):
        made = load(source)
        how = {"latent_dim": made.latent_dim, "seed": seed}
        images = results.generate(made.generator, n, label=_known(digit, made), **how)
        write_atomic(out, _encoded(images.numpy(), out.suffix))
    print(f"{n} pictures in {out}")


def _known(digit, made):
    """`digit`, if it is None or a label that a Result was taught."""
    from gan_utils.latent import STYLE
    from gan_utils.recipes import RECIPES, labels

    if digit is not None:
        name, count = made.meta["recipe"], made.latent_dim - STYLE
        if RECIPES[name].labels is not labels.given_labels:
            raise WrongUse(f"--digit: {name} was taught no digits; modern_labels was")
        if digit >= count:
            raise WrongUse(f"--digit {digit}: {name} was taught 0 to {count - 1}")
    return digit


def _encoded(images, suffix):
    import numpy as np

    from gan_utils.pictures import encode_png, tile

    if suffix == ".png":
        return encode_png(tile(images, math.ceil(math.sqrt(len(images)))))
    buffer = io.BytesIO()
    np.save(buffer, images)
    return buffer.getvalue()
