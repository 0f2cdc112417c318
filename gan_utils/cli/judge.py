"""`judge`: how good are the pictures in a file?"""

import json
from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--judge",
    "which",
    type=click.Choice(["first", "second", "both"]),
    default="first",
    show_default=True,
    help="the second one checks what was tuned with the first",
)
@click.option("--dataset", default="auto", show_default=True, help="the real images")
@click.option("--json", "as_json", is_flag=True, help="print JSON and nothing else")
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    help=".png of the pictures that are nearest to a training image",
)
def judge(file, which, dataset, as_json, page):
    """Judge the pictures in FILE.npy: uint8 (N, 28, 28), 0 = background.

    Every measure stands beside its floor: what as many real training images score
    against the test images.
    """
    from gan_utils import data
    from gan_utils.judge.verdict import TooFew
    from gan_utils.support.files import disk_said
    from gan_utils.support.weights import ResultError

    if page is not None and page.suffix != ".png":
        raise click.UsageError(f"--page {page}: the name must end in .png")
    fakes = _pictures(file)
    try:
        images = data.load(dataset)
        names = ("first", "second") if which == "both" else (which,)
        verdicts = [_verdict(images, name, fakes) for name in names]
    except (data.DataError, ResultError, TooFew) as error:
        raise click.ClickException(str(error)) from None
    _show(verdicts, as_json)
    if page is not None:
        try:
            _write_page(images, fakes, page)
        except OSError as error:
            raise click.ClickException(disk_said(error, page)) from None
        click.echo(f"nearest training images in {page}", err=True)


def _pictures(file):
    import numpy as np
    import torch

    try:
        pictures = np.load(file, allow_pickle=False)
    except (ValueError, EOFError, OSError):
        raise click.ClickException(f"{file} is no .npy array of pictures") from None
    shape, kind = getattr(pictures, "shape", ()), getattr(pictures, "dtype", "?")
    if kind != np.uint8 or len(shape) != 3 or shape[1:] != (28, 28):
        message = f"{file} holds {kind} {shape}; need uint8 (N, 28, 28)"
        raise click.ClickException(message)
    return torch.from_numpy(pictures)


def _verdict(images, name, fakes):
    from gan_utils.judge.judge import load_judge
    from gan_utils.judge.reference import load_reference
    from gan_utils.judge.verdict import judge_images

    def say(text):
        click.echo(text, err=True)

    reference = load_reference(images, load_judge(images, name, say=say), say=say)
    return judge_images(reference, fakes)


def _show(verdicts, as_json):
    from gan_utils.judge.verdict import table

    if as_json:
        click.echo(json.dumps(verdicts[0] if len(verdicts) == 1 else verdicts))
        return
    for verdict in verdicts:
        click.echo("\n".join(table(verdict)) + "\n")


def _write_page(images, fakes, page):
    import io

    from gan_utils.judge.verdict import closest_pairs
    from gan_utils.support.files import write_atomic
    from gan_utils.viz import use_style

    use_style()
    buffer = io.BytesIO()
    closest_pairs(images, fakes).figure.savefig(buffer, format="png")
    write_atomic(page, buffer.getvalue())
