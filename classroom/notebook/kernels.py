"""The surroundings of a kernel: its connection, its environment, its messages."""

import contextlib
import logging
import os
import queue
import threading
from pathlib import Path

from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.manager import AsyncKernelManager

from classroom.notebook.processes import kill_group

LOOK_AGAIN = 0.5  # seconds


class AttentiveChannel(AsyncZMQSocketChannel):
    """Looks for an answer again and again instead of waiting to be woken.

    When a notebook uses an Output widget (`interact`), nbclient sends on this channel
    while it waits for an answer on it. That can eat the wake-up: the answer is there,
    and the run waits for ever. About one run in fifty did.
    """

    async def get_msg(self, timeout=None):
        """The next message; Empty after `timeout` seconds, never if it is None."""
        while timeout is None:
            with contextlib.suppress(queue.Empty):
                return await super().get_msg(LOOK_AGAIN)
        return await super().get_msg(timeout)


class Leash:
    """Ends a kernel and all that it started, from any thread, and remembers why."""

    def __init__(self):
        self.reason = ""
        self.pid = None  # of the kernel, which leads a process group of its own
        self._lock = threading.Lock()

    def hold(self, pid):
        """The kernel runs now; if it should have ended meanwhile, it ends."""
        with self._lock:
            self.pid = pid
            if self.reason:
                kill_group(pid)

    def end(self, reason):
        """End the kernel, now or as soon as there is one. The first reason counts."""
        with self._lock:
            self.reason = self.reason or reason
            if self.pid is not None:
                kill_group(self.pid)


def manager(log, leash):
    """A class of kernel managers whose kernels write native messages to `log`.

    There ipykernel's warning about unencrypted local connections goes, too.
    """

    class KernelManager(AsyncKernelManager):
        def client(self, **options):
            client = super().client(**options)
            client.shell_channel_class = AttentiveChannel
            return client

        async def _async_launch_kernel(self, command, **options):
            options["stderr"] = log.fileno()
            await super()._async_launch_kernel(command, **options)
            leash.hold(self.provisioner.pid)

    return KernelManager


@contextlib.contextmanager
def papermill_logs_to(stream):
    """What papermill and nbclient log goes to `stream` and nowhere else."""
    logger = logging.getLogger("papermill")
    handler = logging.StreamHandler(stream)
    before, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = before


def prepare_environment():
    """Set what kernels inherit: figures inline, whatever MPLBACKEND says here, and
    absolute folders, since a kernel works in another folder than this process.
    """
    os.environ.pop("MPLBACKEND", None)
    for name in ("GAN_DATA_DIR", "GAN_RUNS_DIR"):
        if os.environ.get(name):
            os.environ[name] = str(Path(os.environ[name]).expanduser().resolve())
