"""A kernel for code that we do not trust: little to see, limited, ended for certain.

It is no jail. The code runs as the same user: it can read that user's files and use
the network.
"""

import contextlib
import json
import os
import queue
import sys
from pathlib import Path

from classroom.notebook import kernels

ALLOWED = {"PATH", "LANG", "VIRTUAL_ENV", "SYSTEMROOT", "GAN_DATA_DIR"}
ALLOWED_STARTS = ("LC_", "OMP_", "MKL_", "OPENBLAS_", "NUMEXPR_")  # threads
FILE_SIZE = 2**30  # bytes of one file
LIMITS = Path(__file__).with_name("rlimits.py")
PACKAGE = Path(__file__).resolve().parents[2]
STARTING = 60  # seconds
LOOK_AGAIN = 0.5  # seconds


class KernelDied(Exception):
    """The kernel has ended: os._exit, exit(), a signal, or no memory to start."""


def environment(home):
    """What the kernel may know of this process's environment, with `home` as HOME."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ALLOWED or name.startswith(ALLOWED_STARTS)
    }
    if "GAN_DATA_DIR" in kept:
        kept["GAN_DATA_DIR"] = str(Path(kept["GAN_DATA_DIR"]).expanduser().resolve())
    inherited = os.environ.get("PYTHONPATH")
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PACKAGE), inherited]))
    own = {"HOME": home, "TMPDIR": home, "GAN_RUNS_DIR": home / "runs"}
    return kept | {name: str(path) for name, path in own.items()}


def limits(seconds, gigabytes):
    """For limits.py. CPU time adds up over threads, so that all may work all the time.

    DATA and not AS: libraries reserve far more addresses than they use.
    """
    return {
        "DATA": round(gigabytes * 2**30),
        "CPU": (seconds + 10) * (os.cpu_count() or 1),
        "FSIZE": FILE_SIZE,
        "CORE": 0,
    }


class Kernel:
    """`async with Kernel(home, limits) as kernel: error = await kernel.run(code)`

    It works in the folder `home`. In the end its whole process group is killed.
    """

    def __init__(self, home, kernel_limits):
        self.home, self.limits = Path(home), kernel_limits
        self.leash = kernels.Leash()

    async def __aenter__(self):
        self.log = open(self.home / "kernel.log", "a")
        self.manager = _manager(self.log, self.leash, self.limits)(
            kernel_name="python3"
        )
        self.client = None
        try:
            await self._start()
        except RuntimeError as error:  # it ended before it was ready
            await self._end()
            raise KernelDied(str(error)) from None
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *error):
        await self._end()

    async def _start(self):
        env = environment(self.home)
        await self.manager.start_kernel(env=env, cwd=str(self.home))
        self.client = self.manager.client()
        self.client.start_channels()
        await self.client.wait_for_ready(timeout=STARTING)

    async def _end(self):
        self.leash.end("over")
        if self.client is not None:
            self.client.stop_channels()
        if self.manager.has_kernel:
            await self.manager.shutdown_kernel(now=True)
        self.log.close()

    async def run(self, code, on_display=None):
        """Run code; returns what it raised in one line, or "". Keeps no output.

        on_display: called with the data of each display. Raises KernelDied.
        """
        number, error = self.client.execute(code, allow_stdin=False), ""
        while True:
            message = await self._message()
            if message is None and await self._has_replied(number):
                return error
            if message is None or message["parent_header"].get("msg_id") != number:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return error
            if kind == "error":
                error = " ".join(f"{content['ename']}: {content['evalue']}".split())
            elif kind == "display_data" and on_display:
                on_display(content["data"])

    async def _message(self):
        """The next that the kernel tells all, or None. Raises KernelDied."""
        with contextlib.suppress(queue.Empty):
            return await self.client.get_iopub_msg(timeout=LOOK_AGAIN)
        if not await self.manager.is_alive():
            raise KernelDied("the kernel died")
        return None

    async def _has_replied(self, number):
        """True if the reply has come: of a flood of output, the end may be lost."""
        with contextlib.suppress(queue.Empty):
            while True:
                reply = await self.client.get_shell_msg(timeout=0.01)
                if reply["parent_header"].get("msg_id") == number:
                    return True
        return False


def _manager(log, leash, kernel_limits):
    """A class of kernel managers whose kernels have the limits and write to `log`."""

    class LimitedKernelManager(kernels.manager(log, leash)):
        async def _async_launch_kernel(self, command, **options):
            options["stdout"] = log.fileno()
            first = [sys.executable, "-I", str(LIMITS), json.dumps(kernel_limits)]
            await super()._async_launch_kernel([*first, *command], **options)

    return LimitedKernelManager
