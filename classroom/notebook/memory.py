"""How much memory a kernel took at most."""

import contextlib

import psutil

from classroom.notebook.ticker import Ticker


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
