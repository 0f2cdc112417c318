"""The surroundings of a kernel: quiet, encrypted, with the right environment."""

import asyncio
import concurrent.futures
import contextlib
import logging
import os
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager


def manager(log):
    """Local connections encrypted (else ipykernel warns); native messages to `log`."""

    class KernelManager(AsyncKernelManager):
        def __init__(self, **options):
            super().__init__(**options)
            if self.has_trait("transport_encryption"):
                self.transport_encryption = "required"

        async def _async_launch_kernel(self, command, **options):
            options["stderr"] = log.fileno()
            await super()._async_launch_kernel(command, **options)

    return KernelManager


@contextlib.contextmanager
def papermill_logs_to(stream):
    """What papermill and nbclient log goes to `stream` and nowhere else."""
    logger = logging.getLogger("papermill")
    handler = logging.StreamHandler(stream)
    before = logger.propagate, logger.level
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate, logger.level = before


def prepare_environment():
    """Set what kernels inherit: figures inline, whatever MPLBACKEND says here, and
    absolute folders, since a kernel works in another folder than this process.
    """
    os.environ.pop("MPLBACKEND", None)
    for name in ("GAN_DATA_DIR", "GAN_RUNS_DIR"):
        if os.environ.get(name):
            os.environ[name] = str(Path(os.environ[name]).expanduser().resolve())


def outside_a_loop(function, *arguments):
    """Call the function in a thread of its own if an event loop runs in this one, as it
    does in a notebook's kernel; papermill wants to run its own.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return function(*arguments)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result()
