"""The runner's side of a worker process: start it, give it a job, stop it, replace it.

It stays for the next notebook: to import papermill takes about as long as a kernel.
Each worker leads a process group of its own and is told its number of threads before
it starts, because libraries read that only once.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading

from classroom.notebook.processes import after, kill_group, python_path

LIBRARIES = ("OMP", "MKL", "OPENBLAS", "NUMEXPR")  # each has a _NUM_THREADS
PATIENCE = 20.0  # seconds for a worker that was told to stop


class WorkerDied(RuntimeError):
    """The process that ran a notebook is gone, for example out of memory."""


def lost(job, status, error=""):
    """What status.json would say of a job whose process could not write it."""
    known = {"name": job.name, "seed": job.seed, "key": job.key, "status": status}
    nothing = {"seconds": 0.0, "cell": None, "cut_by_budget": False, "memory_mb": 0}
    return known | {"error": error} | nothing


class WorkerProcess:
    """Room for one notebook at a time. Use it from one thread; `stop` from any."""

    def __init__(self, threads=None):
        self.threads = threads
        self.process = None
        self.reason = ""  # why it was told to stop
        self._lock = threading.Lock()

    def run(self, order, on_cell=lambda number: None):
        """Run the job of an order (see worker.run_job) and return its status.

        Raises WorkerDied if its process ends before it answers.
        """
        self._start()
        try:
            self._send(order)
            if self.reason:
                self._send({"stop": self.reason})
            for line in self.process.stdout:
                answer = json.loads(line)
                if "outcome" in answer:
                    return answer["outcome"]
                on_cell(answer["cell"])
        except (OSError, ValueError):
            pass  # a pipe that broke, a line cut short: it died
        process, self.process = self.process, None
        kill_group(process.pid)  # its kernel notices and ends as well
        process.wait()
        raise WorkerDied("its process died, possibly out of memory")

    def stop(self, reason):
        """Ask the worker to end its notebook, and insist after a while, or at once if
        it was asked before.
        """
        before, self.reason, process = self.reason, reason, self.process
        if process is None:
            return
        if before:
            kill_group(process.pid)
            return
        with contextlib.suppress(OSError, ValueError, AttributeError):
            self._send({"stop": reason})
        timer = threading.Timer(PATIENCE, kill_group, [process.pid])
        timer.daemon = True
        timer.start()

    def close(self):
        """Let the worker end, and wait for it."""
        process, self.process = self.process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            process.stdin.close()
        with after(PATIENCE, kill_group, process.pid):
            process.wait()
        process.stdout.close()

    def _start(self):
        """The worker and its kernels inherit the environment."""
        if self.process is not None:
            return
        env = os.environ | {"PYTHONPATH": python_path()}
        if self.threads:
            env |= {f"{name}_NUM_THREADS": str(self.threads) for name in LIBRARIES}
        words = [sys.executable, "-m", "classroom.runner.worker"]
        pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
        how = {"encoding": "utf-8", "env": env, "start_new_session": True}
        self.process = subprocess.Popen(words, **pipes, **how)

    def _send(self, order):
        with self._lock:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
