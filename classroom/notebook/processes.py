"""Child processes: what they import, what is watched beside them, how they end."""

import contextlib
import os
import signal
import threading
from pathlib import Path

import psutil


def python_path():
    """PYTHONPATH for a child process, which imports this very package anywhere."""
    paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH")]
    return os.pathsep.join(filter(None, paths))


def kill_group(pid):
    """Kill the process group that `pid` leads; nothing happens if it is gone.

    On Windows, which has no groups, the process alone is ended.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGTERM)


@contextlib.contextmanager
def after(seconds, function, *arguments):
    """Call the function when the block has lasted so long; None: never."""
    timer = threading.Timer(seconds or 0, function, arguments)
    timer.daemon = True
    if seconds is not None:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


class Ticker:
    """`with` it, and `tick()`, which a subclass defines, runs every `every` seconds."""

    every = 0.5

    def __init__(self):
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self.end_ticking()

    def end_ticking(self):
        """No tick begins after this. May be called more than once."""
        self._over.set()
        self._thread.join()

    def _run(self):
        while not self._over.wait(self.every):
            self.tick()


class PeakMemory(Ticker):
    """`with PeakMemory(leash) as memory:` then memory.peak_mb, in 10^6 bytes.

    Looks at the resident memory of the kernel and its children a few times a second, so
    a shorter peak is missed. leash: knows the kernel's process once there is one.
    """

    every = 0.25

    def __init__(self, leash):
        super().__init__()
        self.leash, self.peak_mb = leash, 0

    def tick(self):
        """Look once."""
        total = 0
        with contextlib.suppress(psutil.Error):
            top = self.leash.pid and psutil.Process(self.leash.pid)
            for process in [top, *top.children(recursive=True)] if top else ():
                with contextlib.suppress(psutil.Error):
                    total += process.memory_info().rss
        self.peak_mb = max(self.peak_mb, round(total / 1e6))
