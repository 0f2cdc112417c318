"""What every program here needs: the machine, and a file that says what was run."""

import os
import platform
import sys

import torch

from gan_utils.config import choose_precision
from gan_utils.support import versions


def machine():
    """What a number depends on: processor, threads, versions, and the command."""
    precision, reason = choose_precision("cpu")
    return {
        "command": " ".join(["python", *sys.argv]),
        "processor": versions.processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "precision": f"{precision}: {reason}",
    }


def seeds(text):
    """ "0-2" -> [0, 1, 2]; "4" -> [4]."""
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))
