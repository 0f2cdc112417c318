"""A kernel for code that we do not trust: little to see, limited, ended for certain.

It is no jail. The code runs as the same user: it can read that user's files and use
the network.
"""

import ast
import json
import os
import queue
import site
import sys
import time
from pathlib import Path

from classroom.notebook import kernels
from classroom.notebook.processes import python_path
from gan_utils.support import paths

ALLOWED = """PATH LD_LIBRARY_PATH LANG VIRTUAL_ENV
APPDATA LOCALAPPDATA PROGRAMDATA SYSTEMDRIVE SYSTEMROOT WINDIR COMSPEC PATHEXT
NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE""".split()  # from line 2 on for Windows
ALLOWED_STARTS = ("LC_", "OMP_", "MKL_", "OPENBLAS_", "NUMEXPR_")  # threads
HOMES = ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP")
FILE_SIZE = 2**30  # bytes of one file
RLIMITS = Path(__file__).with_name("rlimits.py")
LAUNCHER = ("ipykernel_launcher", "-f", "{connection_file}")
STARTING = 60  # seconds
LOOK_AGAIN = 0.5  # seconds
GRACE = 3  # seconds to end after an interrupt
OUT_OF_TIME = "ran out of time"


class KernelLost(Exception):
    """It has ended (os._exit, a signal, no memory) or, if `hangs`, must be ended."""

    hangs = False


def environment(home):
    """What the kernel may know of this process's environment, with `home` as HOME."""
    names = {n for n in os.environ if n in ALLOWED or n.startswith(ALLOWED_STARTS)}
    own = {
        "PYTHONPATH": python_path(),
        "PYTHONUSERBASE": site.getuserbase(),  # it would follow HOME
        "PIP_NO_INDEX": 1,  # an installation ends at once
        "GAN_DATA_DIR": paths.data_dir(),
        "GAN_RUNS_DIR": home / "runs",
        **dict.fromkeys(HOMES, home),
    }
    kept = {name: os.environ[name] for name in names}
    return kept | {name: str(value) for name, value in own.items()}


def rlimits(seconds, gigabytes):
    """For rlimits.py. CPU time adds up over threads, so that all may work all the time.

    DATA and not AS: libraries reserve far more addresses than they use.
    """
    return {
        "DATA": round(gigabytes * 2**30),
        "CPU": (seconds + 10) * (os.cpu_count() or 1),
        "FSIZE": FILE_SIZE,
        "CORE": 0,
    }


class Kernel:
    """`async with Kernel(home, rlimits) as kernel: error = await kernel.run(code, 60)`

    It works in the folder `home`. In the end its whole process group is killed.
    """

    def __init__(self, home, limits):
        self.home, self.limits = Path(home), json.dumps(limits)
        self.leash, self.client = kernels.Leash(), None

    async def __aenter__(self):
        self.log = open(self.home / "kernel.log", "a")
        self.manager = kernels.manager(self.log, self.leash)(kernel_name="python3")
        limited = [sys.executable, str(RLIMITS), self.limits]
        self.manager.kernel_spec.argv = [*limited, *LAUNCHER]
        try:
            await self._start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def _start(self):
        how = {"env": environment(self.home), "cwd": str(self.home)}
        await self.manager.start_kernel(**how, stdout=self.log.fileno())
        self.client = self.manager.client()
        self.client.start_channels(iopub=False, stdin=False, hb=False, control=False)
        if await self._reply(self.client.kernel_info(), STARTING) is None:
            raise KernelLost("the kernel did not start")

    async def __aexit__(self, *error):
        self.leash.end("over")
        if self.client is not None:
            self.client.stop_channels()
        if self.manager.has_kernel:
            await self.manager.shutdown_kernel(now=True)
        self.log.close()

    async def run(self, code, seconds):
        """Run code; returns what it raised in one line, or "". Keeps no output.

        After so many seconds it is interrupted. Raises KernelLost.
        """
        return _error(await self._execute(code, seconds))

    async def ask(self, expression, seconds):
        """(value, "") of a Python expression, or (None, error); otherwise as `run`.

        The value is one that ast.literal_eval reads. It comes with the reply, which
        waits for us: what the code prints or shows cannot crowd it out.
        """
        wanted = {"store_history": False, "user_expressions": {"it": expression}}
        reply = await self._execute("", seconds, **wanted)
        answer = reply.get("user_expressions", {}).get("it", reply)
        if answer["status"] != "ok":
            return None, _error(answer)
        return ast.literal_eval(answer["data"]["text/plain"]), ""

    async def _execute(self, code, seconds, **options):
        always = {"allow_stdin": False, "stop_on_error": False}
        number = self.client.execute(code, **always, **options)
        reply = await self._reply(number, seconds)
        if reply is not None:
            return reply
        late = f"more than {seconds:g} s"
        for _ in range(2):  # a training ends after its step; the second time at once
            await self.manager.interrupt_kernel()
            if await self._reply(number, GRACE) is not None:
                return {"status": "error", "ename": OUT_OF_TIME, "evalue": late}
        lost = KernelLost(f"{OUT_OF_TIME}: {late}, and could not be interrupted")
        lost.hangs = True
        raise lost

    async def _reply(self, number, seconds):
        """The reply to a request, None if there is none in time. Raises KernelLost."""
        end, alive = time.monotonic() + seconds, True
        while (left := end - time.monotonic()) > 0:
            try:
                message = await self.client.get_shell_msg(timeout=min(left, LOOK_AGAIN))
            except queue.Empty:
                if not alive:  # it was dead before we looked for the last time
                    raise KernelLost("the kernel died") from None
                alive = await self.manager.is_alive()
                continue
            if message["parent_header"].get("msg_id") == number:
                return message["content"]
        return None


def _error(reply):
    """What a reply says was raised, in one line, or ""."""
    if reply["status"] == "ok":
        return ""
    text = f"{reply.get('ename', reply['status'])}: {reply.get('evalue', '')}"
    return " ".join(text.split()).removesuffix(":")
