"""Processes to kill and to starve. They are forked where all is imported already.

`torch._dynamo` is what the first optimiser of a process imports, for a second.
"""

import multiprocessing
import os
import time

import torch

SERVER = multiprocessing.get_context("forkserver")
IMPORTED = ["torch._dynamo", "pytest", "matplotlib.pyplot", "sklearn.datasets"]
IMPORTED += [
    "gan_utils.cli.trainer",
    "gan_utils.viz",
    "gan_utils.cli",
    "gan_utils.datasets.offline",
]
SERVER.set_forkserver_preload(IMPORTED)


def _child(log, function, words):
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    torch.set_num_threads(1)
    function(*words)


def start(log, function, *words):
    """A process that runs function(*words) and writes what it says to `log`."""
    process = SERVER.Process(target=_child, args=(log, function, words))
    process.start()
    return process


def finish(log, function, *words):
    """Run it to its end: (exit code, what it said)."""
    process = start(log, function, *words)
    process.join(100)
    return process.exitcode, log.read_text() if log.exists() else ""


def command(*words):
    """The command line, as `python -m gan_utils` starts it."""
    from gan_utils.cli import main

    main([str(word) for word in words], prog_name="gan_utils")


def wait_for(happened, process, seconds=60):
    """Wait until `happened()`; the process must not end before."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert process.is_alive() and time.monotonic() < deadline
        time.sleep(0.01)
