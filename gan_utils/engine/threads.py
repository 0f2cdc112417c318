"""One thread instead of all, while other programs keep the processor busy.

The threads of an operation wait for each other. Beside a busy program one of them gets
the processor late, and a step takes four times as long; a single one hardly notices
(benchmarks/busy.py). The last bits of the weights then become others.
"""

import os
import time

import torch

WINDOW = 8  # steps that are looked at together
ALONE = 0.8  # of its threads' time a training has where nobody else computes
PATIENCE = 10.0  # seconds of training until the other number is tried again


class Threads:
    """Chooses between all threads and one; OMP_NUM_THREADS, where it is set, stays."""

    def __init__(self):
        self.most = 1 if os.environ.get("OMP_NUM_THREADS") else torch.get_num_threads()
        self.on_one = 0  # steps that were made on one thread of several
        self._last, self._tried, self._rested = [], None, PATIENCE
        self._clock = time.process_time()

    def step(self, seconds):
        """A step took so many seconds."""
        before, self._clock = self._clock, time.process_time()
        self.on_one += torch.get_num_threads() < self.most
        self._last.append((seconds, self._clock - before))
        if self.most > 1 and len(self._last) == WINDOW:
            took, cpu = map(sum, zip(*self._last))
            self._last = []
            self._choose(took, cpu / took)

    def _choose(self, took, processors):
        """took: seconds of the last steps, which had the time of so many processors."""
        count, self._rested = torch.get_num_threads(), self._rested + took
        other = 1 if count > 1 else self.most
        if self._tried is not None:  # a trial is over
            if took > self._tried:
                torch.set_num_threads(other)
            self._tried, self._rested = None, 0.0
        elif self._rested > PATIENCE and (count == 1 or processors < ALONE * count):
            self._tried = took
            torch.set_num_threads(other)
