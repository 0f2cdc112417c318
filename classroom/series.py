"""A run of the series in a folder: its jobs, terminal, report; and how it ended."""

import sys
import time
from functools import partial
from pathlib import Path

from classroom.notebook import execution
from classroom.report.report import RUNNING, Report
from classroom.runner import pool
from classroom.runner.estimate import Estimate
from classroom.runner.run_folder import locked, statuses
from classroom.runner.terminal import Board, clock
from classroom.runner.worker_process import WorkerProcess
from gan_utils.support import paths

CODES = {execution.INTERRUPTED: 130, execution.TERMINATED: 143}


def run(jobs, folder, *, common, command, limits, stream=None, engine=None):
    """Run all jobs that have not passed; returns the exit code: 0, 1, 130 or 143.

    A notebook that fails does not stop the others. Ctrl-C does, and keeps what is done.
    engine: (jobs, watch) -> why it stopped early; None: processes of this machine.
    """
    stream, folder = stream or sys.stdout, Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        return _run(jobs, folder, common, command, limits, stream, engine)


def _run(jobs, folder, common, command, limits, stream, engine):
    say = partial(print, file=stream, flush=True)
    done = {k: s for k, s in statuses(jobs).items() if s["status"] == execution.PASSED}
    left = [job for job in jobs if job.key not in done]
    estimate = Estimate(left, limits)
    page = Report(folder, jobs, common=common, command=command)
    page.statuses.update(done)
    page.save()
    say(_headline(jobs, left, common, estimate))
    started = time.monotonic()
    with Board(len(left), estimate.left, stream=stream) as board:
        watch = Watch(board, page, estimate)
        run_all = engine or partial(_local, estimate, limits)
        page.finish(run_all(left, watch))
    return _conclude(page, say, time.monotonic() - started)


def _local(estimate, limits, left, watch):
    """Run on this machine. Returns "" or why it stopped early."""
    places = min(limits.jobs, max(1, len(left)))
    workers = [WorkerProcess(limits.threads) for _ in range(places)]
    how = {"budget": limits.budget, "timeout": limits.timeout}
    return pool.Pool(left, estimate.weights, workers, watch, **how).run()


class Watch:
    """Keeps terminal, report and measured times up to date while a run goes on."""

    def __init__(self, board, page, estimate):
        self.board, self.page, self.estimate = board, page, estimate
        self.on_cell = board.on_cell  # (job, number)

    def started(self, job):
        """A job has begun."""
        self.estimate.started(job)
        self.board.started(job)
        self.page.set_status(job.key, {"status": RUNNING})

    def ended(self, job, status):
        """A job has ended."""
        good = status["status"] == execution.PASSED
        self.estimate.ended(job, passed=good and not status["cut_by_budget"])
        self.board.ended(job, _result(status), good)
        self.page.set_status(job.key, status)


def _result(status):
    place = f" in cell [{status['cell']}]" if status["cell"] else ""
    why = f"{place}: {status['error']}" if status["error"] else ""
    cut = ", training cut short by the budget" if status["cut_by_budget"] else ""
    return f"{status['status']:<7}  {clock(status['seconds'])}{cut}{why}"


def _headline(jobs, left, common, estimate):
    count = f"{len(jobs)} notebook" + "s" * (len(jobs) != 1)
    rest = "" if len(left) == len(jobs) else f", {len(left)} of them still to do"
    if not left:
        return f"{count}, all done before"
    return f"{count} at profile {common['profile']}{rest}: {estimate.words()}"


def _conclude(page, say, seconds):
    passed = page.count(execution.PASSED)
    say(f"{passed} of {len(page.jobs)} passed in {clock(seconds)}")
    if page.why and page.why not in CODES:
        say(f"Stopped early: {page.why}")
    if passed < len(page.jobs):
        again = f"python -m classroom run --resume --out {paths.shown(page.folder)}"
        say(f"What has not passed runs again with: {again}")
    say(f"Results: {paths.shown(page.folder / 'index.html')}")
    return CODES.get(page.why, int(passed < len(page.jobs)))
