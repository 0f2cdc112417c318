"""Run the jobs of a plan, several at once, within a budget. Nothing that ends is lost.

One thread for each place hands jobs to a worker process. The thread that called waits,
because only it hears Ctrl-C.
"""

import concurrent.futures
import signal
import threading
import time
from functools import partial

from classroom.notebook import execution
from classroom.notebook.processes import after
from classroom.runner.job_queue import JobQueue
from classroom.runner.worker_process import WorkerDied, lost
from gan_utils.engine.stopping import handled

TRAINING = 0.8  # of a notebook's share of a budget: the rest is for its other cells


class Pool:
    """jobs: what to run. weights: {key: seconds}. workers: one for each place.

    budget: seconds for all, timeout: seconds for one notebook; None: no limit.
    watch: told `started(job)`, `on_cell(job, number)` and `ended(job, status)`.
    """

    def __init__(self, jobs, weights, workers, watch, *, budget=None, timeout=None):
        self.workers, self.watch, self.weights = workers, watch, weights
        self.queue = JobQueue(jobs, weights, places=len(workers))
        self.timeout = timeout
        self.deadline = time.time() + budget if budget else None
        self.reason = ""  # why no further job starts
        self._changed = threading.Condition()

    def run(self):
        """Run all. Returns "" or why it stopped early: a signal, the budget."""
        left = max(0, self.deadline - time.time()) if self.deadline else None
        with (
            handled(signal.SIGINT, self._ask),
            handled(signal.SIGTERM, self._ask),
            after(left, self.stop, "the budget was spent"),
        ):
            with concurrent.futures.ThreadPoolExecutor(len(self.workers)) as pool:
                places = [pool.submit(self._serve, worker) for worker in self.workers]
                while not all(place.done() for place in places):
                    time.sleep(0.1)  # signals arrive here
        for place in places:
            place.result()
        return self.reason

    def stop(self, reason):
        """Start nothing more, and end what runs; asked twice, at once."""
        self.reason = self.reason or reason
        for worker in self.workers:
            worker.stop(self.reason)

    def _ask(self, number, frame):
        """Stop on a signal, in a thread: a handler must not wait."""
        term = number == signal.SIGTERM
        reason = execution.TERMINATED if term else execution.INTERRUPTED
        threading.Thread(target=self.stop, args=[reason], daemon=True).start()

    def _serve(self, worker):
        try:
            while job := self._next():
                self._one(worker, job)
        except BaseException as error:
            self.stop(f"{type(error).__name__}: {error}")
            raise
        finally:
            worker.close()

    def _next(self):
        """The next job for a place that is free; waits for jobs that others need."""
        with self._changed:
            while not self.reason and self.queue.waiting:
                if job := self.queue.take():
                    return job
                self._changed.wait(1)
        return None

    def _one(self, worker, job):
        self.watch.started(job)
        order = {"run": vars(job), "limit": self.timeout}
        order["deadline"] = self._share(job)
        try:
            status = worker.run(order, partial(self.watch.on_cell, job))
        except WorkerDied as error:
            state = execution.INTERRUPTED if self.reason else execution.DIED
            status = lost(job, state, self.reason or str(error))
        self.watch.ended(job, status)
        with self._changed:
            self.queue.end(job)
            self._changed.notify_all()

    def _share(self, job):
        """When training in this job should end, as time.time(), or None."""
        if not self.deadline:
            return None
        now, own = time.time(), self.weights.get(job.key, 60.0)
        after = sum(self.weights.get(j.key, 60.0) for j in self.queue.waiting)
        places = min(len(self.workers), len(self.queue.waiting) + 1)
        share = (self.deadline - now) * places * own / (own + after)
        return now + TRAINING * min(share, self.deadline - now)
