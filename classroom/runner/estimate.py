"""How long a run will take, before it begins and while it goes on."""

import dataclasses
import time

from classroom.runner import timing
from classroom.runner.job_queue import makespan


@dataclasses.dataclass
class Limits:
    """How a plan is carried out; another time it may be done otherwise."""

    jobs: int = 1
    threads: int | None = None
    budget: float | None = None  # seconds for all
    timeout: float | None = None  # seconds for one notebook


class Estimate:
    """Seconds for each job, and for what is left of a run."""

    def __init__(self, jobs, limits):
        self.jobs, self.limits = list(jobs), limits
        clock = timing.Clock(jobs=limits.jobs, threads=limits.threads)
        found = {job.key: clock.seconds(job) for job in self.jobs}
        self.sources = sorted({source for _, source in found.values()})
        self.known = all(seconds for seconds, _ in found.values())
        self.weights = {key: seconds or 60.0 for key, (seconds, _) in found.items()}
        self.ended = set()
        self.starts = {}

    def total(self):
        """Seconds for everything, or None when a notebook was never measured."""
        return self._span(self.weights) if self.known else None

    def left(self):
        """Seconds from now on, or None."""
        if not self.known:
            return None
        now, weights = time.monotonic(), dict(self.weights)
        for key, start in list(self.starts.items()):
            weights[key] = max(1.0, weights[key] - (now - start))
        return self._span(weights)

    def _span(self, weights):
        places = self.limits.jobs
        span = makespan(self.jobs, weights, places=places, done=self.ended)
        return min(span, self.limits.budget or span)
