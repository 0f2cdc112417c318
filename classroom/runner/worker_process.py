"""The runner's side of a worker process: start it, give it its job, stop it.

Each worker leads a process group of its own and is told its number of threads before
it starts, because libraries read that only once.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from classroom.notebook.processes import kill_group

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
PATIENCE = 20.0  # seconds for a worker that was told to stop


class WorkerDied(RuntimeError):
    """The process that ran a notebook is gone, for example out of memory."""


def lost(job, status, error):
    """What status.json would say of a job whose process could not write it."""
    return {
        "name": job.name,
        "seed": job.seed,
        "key": job.key,
        "status": status,
        "error": error,
        "seconds": 0.0,
        "cell": None,
        "cut_by_budget": False,
        "memory_mb": 0,
    }


class WorkerProcess:
    """Runs one notebook at a time. Use it from one thread; `stop` from any."""

    def __init__(self, threads=None):
        self.threads, self.process = threads, None
        self.reason = ""  # why it was told to stop
        self._lock = threading.Lock()

    def run(self, order, on_cell=None):
        """Run the job of an order (see worker.run_job) and return its status.

        Raises WorkerDied if its process ends before it answers.
        """
        process = self.process = self._start()
        try:
            with contextlib.suppress(OSError, ValueError):  # a pipe that broke
                self._send(process, order)
                if self.reason:  # it came too early for `stop`
                    self._send(process, self.reason)
                for line in process.stdout:
                    answer = json.loads(line)
                    if "outcome" in answer:
                        return answer["outcome"]
                    if on_cell:
                        on_cell(answer["cell"])
            kill_group(process.pid)  # what it left; its kernel notices and ends as well
            raise WorkerDied("its process died, possibly out of memory")
        finally:
            self.process = None
            self._end(process)

    def stop(self, reason):
        """Ask the worker to end its notebook, and insist after a while."""
        self.reason, process = reason, self.process
        if process is None:
            return
        with contextlib.suppress(OSError, ValueError):
            self._send(process, reason)
        timer = threading.Timer(PATIENCE, kill_group, [process.pid])
        timer.daemon = True
        timer.start()

    def kill_group(self):
        """End the worker's processes, from any thread."""
        if process := self.process:
            kill_group(process.pid)

    def _start(self):
        return subprocess.Popen(
            [sys.executable, "-m", "classroom.runner.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=_environment(self.threads),
            start_new_session=True,
        )

    def _end(self, process):
        """It ends when its input does, or it is made to."""
        try:
            process.communicate(timeout=PATIENCE)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            kill_group(process.pid)
            process.wait()

    def _send(self, process, value):
        with self._lock:
            process.stdin.write(json.dumps(value) + "\n")
            process.stdin.flush()


def _environment(threads):
    """What a worker and its kernels inherit."""
    found = os.environ | {"PYTHONPATH": _python_path()}
    if threads:
        found |= {name: str(threads) for name in THREAD_VARIABLES}
    return found


def _python_path():
    """So that a worker imports this very package, wherever it is started."""
    earlier = os.environ.get("PYTHONPATH", "")
    return os.pathsep.join(
        filter(None, [str(Path(__file__).resolve().parents[2]), earlier])
    )
