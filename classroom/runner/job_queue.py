"""In which order jobs run, when several run at once. Pure: no process, no clock."""

import heapq


class JobQueue:
    """Hands out jobs whose needs have ended: of these, the one on the longest path.

    weights: {key: seconds}. With a single place the order is that of the jobs.
    """

    def __init__(self, jobs, weights, *, places=1, done=()):
        self.jobs = list(jobs)
        self.weights, self.places = weights, places
        self.ended = set(done)
        self.waiting = [job for job in self.jobs if job.key not in self.ended]
        self._known = {job.key for job in self.waiting}

    def take(self):
        """The next job to start, or None if none is ready."""
        not_ended = self._known - self.ended
        ready = [job for job in self.waiting if not_ended.isdisjoint(job.needs)]
        if not ready:
            return None
        best = ready[0] if self.places == 1 else max(ready, key=self._path)
        self.waiting.remove(best)
        return best

    def end(self, job):
        """A job has ended, well or not."""
        self.ended.add(job.key)

    def _path(self, job):
        """Its own time, and that of the longest chain of jobs that wait for it."""
        after = [self._path(other) for other in self.waiting if job.key in other.needs]
        return self.weights.get(job.key, 0.0) + max(after, default=0.0)


def makespan(jobs, weights, *, places=1, done=()):
    """Seconds until the last job has ended, if every estimate is right."""
    queue = JobQueue(jobs, weights, places=places, done=done)
    running, now = [], 0.0
    while True:
        while len(running) < places and (job := queue.take()):
            end = now + weights.get(job.key, 0.0)
            heapq.heappush(running, (end, job.key, job))
        if not running:
            return now
        now, _, job = heapq.heappop(running)
        queue.end(job)
