"""`judge`: how good are the pictures in a file?"""

import json
from functools import partial
from pathlib import Path

import click

from gan_utils.cli.voice import told

JUDGES = ["first", "second", "third", "all"]
FIRST = {"default": "first", "show_default": True}
OTHERS = "the other ones check what was tuned with the first"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--judge", "which", type=click.Choice(JUDGES), help=OTHERS, **FIRST)
@click.option("--dataset", default="auto", show_default=True, help="the real images")
@click.option("--json", "as_json", is_flag=True, help="print JSON and nothing else")
def judge(file, which, dataset, as_json):
    """Judge the pictures in FILE.npy: uint8 (N, 28, 28), 0 = background.

    Every measure stands beside its floor: what as many real training images score
    against the test images.
    """
    from gan_utils import data
    from gan_utils.judge.reference import open_reference
    from gan_utils.judge.verdict import judge_images
    from gan_utils.support.weights import ResultError

    say, fakes = partial(click.echo, err=True), _pictures(file)
    with told(data.DataError, ResultError, out=file):
        images = data.load(dataset, say=say)
        names = JUDGES[:-1] if which == "all" else [which]
        judges = (open_reference(images, name, say=say) for name in names)
        _show([judge_images(judge, fakes) for judge in judges], as_json)


def _pictures(file):
    """The pictures in a file. Only its head is read before they are known to fit."""
    import numpy as np
    import torch

    from gan_utils.judge.verdict import check_count

    try:
        pictures = np.load(file, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError):
        raise click.ClickException(f"{file} is no .npy array of pictures") from None
    shape, kind = getattr(pictures, "shape", ()), getattr(pictures, "dtype", "?")
    if kind != np.uint8 or len(shape) != 3 or shape[1:] != (28, 28):
        message = f"{file} holds {kind} {shape}; need uint8 (N, 28, 28)"
        raise click.ClickException(message)
    try:
        check_count(len(pictures))
    except ValueError as error:
        raise click.ClickException(f"{file} holds {error}") from None
    return torch.from_numpy(np.array(pictures))


def _show(verdicts, as_json):
    from gan_utils.judge.verdict import as_table

    if as_json:
        click.echo(json.dumps(verdicts[0] if len(verdicts) == 1 else verdicts))
    else:
        click.echo("\n\n".join("\n".join(as_table(found)) for found in verdicts) + "\n")
