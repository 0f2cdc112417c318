"""A run on a Dask cluster, whose machines share the folder of the run.

Dask decides where a notebook runs and starts it again when a worker is lost. There it
runs in a process of its own, as on one machine, so that a notebook cannot harm Dask's
worker; when that worker dies, its notebook ends, too.
"""

import contextlib
import time

from classroom.notebook import execution
from classroom.notebook.job import Job, RunError
from classroom.runner.run_folder import statuses
from classroom.runner.worker_process import WorkerProcess, lost

CONNECT = 10  # seconds
RETRIES = 3  # of a notebook whose machine was lost


def engine(address, limits):
    """(jobs, watch) -> "" or why it stopped early, on the cluster at `address`.

    Raises RunError when Dask is not installed or no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError:
        text = '--engine dask needs Dask: pip install "gan-mnist-tutorial[scale]"'
        raise RunError(text) from None
    try:
        client = Client(address, timeout=CONNECT)
    except (OSError, ValueError, TimeoutError) as error:
        reason = " ".join(str(error).split())[:150]
        raise RunError(f"--scheduler {address}: {reason}") from None
    return lambda jobs, watch: _run(client, jobs, watch, limits)


def _run(client, jobs, watch, limits):
    from distributed import as_completed

    deadline = time.time() + limits.budget if limits.budget else None
    by_future, futures = {}, {}
    for job in jobs:
        order = {"run": vars(job), "limit": limits.timeout, "deadline": deadline}
        needs = [futures[key] for key in job.needs if key in futures]
        how = {"key": f"{job.key}-{time.time_ns()}", "retries": RETRIES, "pure": False}
        future = client.submit(run_order, order, limits.threads, needs, **how)
        futures[job.key], by_future[future] = future, job
        watch.started(job)
    with client:
        try:
            for future in as_completed(list(by_future)):
                watch.ended(by_future[future], _status(future, by_future[future]))
        except KeyboardInterrupt:
            client.cancel(list(by_future), force=True)
            return execution.INTERRUPTED
    return ""


def _status(future, job):
    """What the run of a job came to, also when the cluster gave it up."""
    if future.status == "finished":
        return future.result()
    error = future.exception() if future.status == "error" else future.status
    return lost(job, execution.FAILED, f"given up by the cluster: {error}")


def run_order(order, threads, needs=()):
    """Run a job on the machine where Dask calls this; returns its status.

    needs: statuses of the jobs that had to end before. Not used, but waited for.
    Raises WorkerDied when its process is lost: Dask tries again. It also asks again for
    what was done by a machine that is lost now: what has passed stays as it is.
    """
    job = Job(**order["run"])
    done = statuses([job]).get(job.key, {})
    if done.get("status") == execution.PASSED:
        return done
    with contextlib.closing(WorkerProcess(threads)) as worker:
        return worker.run(order)
