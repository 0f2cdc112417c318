"""How much memory a kernel took at most."""

import contextlib
import threading

import psutil

LOOK_EVERY = 0.25  # seconds


class PeakMemory:
    """`with PeakMemory(leash) as memory:` then memory.peak_mb, in 10^6 bytes.

    Looks at the resident memory of the kernel and its children a few times a second, so
    a shorter peak is missed. leash: knows the kernel's process once there is one.
    """

    def __init__(self, leash):
        self.leash = leash
        self.peak_mb = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._over.set()
        self._thread.join()

    def _watch(self):
        while not self._over.wait(LOOK_EVERY):
            if self.leash.pid:
                self.peak_mb = max(self.peak_mb, resident(self.leash.pid))


def resident(pid):
    """Resident memory of a process and its children now, in 10^6 bytes."""
    total = 0
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(pid)
        for process in [top, *top.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
    return round(total / 1e6)
