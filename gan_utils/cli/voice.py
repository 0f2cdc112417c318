"""How a command speaks: once, and an error in one line."""

import contextlib
import os
import sys
import time

import click

from gan_utils.engine import ranks
from gan_utils.support.files import disk_said

GRACE = 10.0  # seconds for rank 0 to speak: torchrun ends all ranks after the first


@contextlib.contextmanager
def one_voice():
    """Rank 0 speaks for all. The others print nothing, and fail under their number.

    Wrong use (exit code 2) is the same in every rank, so rank 0 alone explains it.
    """
    if ranks.rank() == 0:
        yield
        return
    try:
        with open(os.devnull, "w") as silence, contextlib.redirect_stdout(silence):
            yield
    except click.ClickException as error:
        if error.exit_code == 2:
            time.sleep(GRACE)
            sys.exit(2)
        error.message = f"rank {ranks.rank()}: {error.message}"
        raise


@contextlib.contextmanager
def told(*expected, out):
    """An error that is expected, or the disk's, is one line; out: what was written."""
    try:
        yield
    except expected as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(disk_said(error, out)) from None
