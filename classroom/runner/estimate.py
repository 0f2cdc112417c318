"""How long a run will take, before it begins and while it goes on.

A notebook takes what it last took here with the same parameters; else the published
seconds at this machine's speed (gan_utils.support.speed). What the run itself shows on
its way, by notebooks that ended and by the progress of those that train, corrects both.
"""

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import time

from classroom.notebook.job import COMMON
from classroom.runner.job_queue import makespan
from classroom.runner.terminal import about, last_progress
from gan_utils import config
from gan_utils.support import files, paths, speed

PRIOR = 20.0  # seconds of "as estimated" that what is measured has to outweigh
TAIL = 0.05  # of a notebook comes after its training
PUBLISHED = "published times, at the speed of this machine"
IMAGES = {"offline": 20_000} | dict.fromkeys(config.FOLDERS["dataset"][:-1], 60_000)


@dataclasses.dataclass
class Limits:
    """How a plan is carried out; another time it may be done otherwise."""

    jobs: int = 1
    threads: int | None = None  # of each notebook; None: the libraries' own choice
    budget: float | None = None  # seconds for all
    timeout: float | None = None  # seconds for one notebook


def threads_for(jobs):
    """How many threads each of so many jobs gets; None: the libraries' own choice."""
    return None if jobs == 1 else max(1, (os.cpu_count() or 1) // jobs)


class Estimate:
    """Seconds for each job, and for what is left of a run."""

    def __init__(self, jobs, limits):
        self.jobs, self.limits = list(jobs), limits
        before = files.read_json(times_file())
        known = {job.key: before.get(work_of(job, limits)) for job in self.jobs}
        self.source = "as measured here" if all(known.values()) else PUBLISHED
        self.seconds = {
            job.key: known[job.key] or published(job, limits.threads)
            for job in self.jobs
        }
        self.weights = {key: found or 60.0 for key, found in self.seconds.items()}
        self.news = {job.key: f"{job.folder}/progress.jsonl" for job in self.jobs}
        self.starts, self.took = {}, {}
        self.began = time.time()

    def total(self):
        """Seconds for everything, or None when a notebook was never measured."""
        return self._span(self.seconds, 0)

    def words(self):
        """For example `about 3 minutes (as measured here)`."""
        total = self.total()
        known = total is not None
        return f"{about(total)} ({self.source})" if known else "not measured yet"

    def started(self, job):
        """A job has begun."""
        self.starts[job.key] = time.time()

    def ended(self, job, *, passed):
        """A job has ended. How long it took is remembered if it passed."""
        self.took[job.key] = time.time() - self.starts.pop(job.key)
        if passed:
            note(job, self.took[job.key], self.limits)

    def left(self):
        """Seconds from now on, or None."""
        now, starts = time.time(), dict(self.starts)
        spent = {key: now - start for key, start in starts.items()}
        shown = {key: self._by_progress(key, starts[key], now) for key in starts}
        ends = {key: spent[key] + shown[key] for key in spent if shown[key] is not None}
        pace, left = self._pace(self.took | ends), {}
        for key, seconds in self.seconds.items():
            left[key] = seconds and seconds * pace
            if key in ends:
                left[key] = shown[key]
            elif key in spent and seconds:
                left[key] = max(left[key] - spent[key], 0.1 * spent[key])
        return self._span(left, now - self.began)

    def _by_progress(self, key, start, now):
        """Seconds that a running job still takes as its training says, or None."""
        found = last_progress(self.news[key], since=start)
        if not isinstance(found.get("left"), int | float):
            return None
        left = max(0.0, found["left"] - (now - found["time"]))
        return left + TAIL * self.weights[key]

    def _pace(self, took):
        """How much longer than estimated things take in this run."""
        known = [key for key in took if self.seconds.get(key)]
        done, expected = (sum(s[key] for key in known) for s in (took, self.seconds))
        return (done + PRIOR) / (expected + PRIOR)

    def _span(self, seconds, spent):
        waiting = {k: s for k, s in seconds.items() if k not in self.took}
        if None in waiting.values():
            return None
        places = self.limits.jobs
        span = makespan(self.jobs, waiting, places=places, done=self.took)
        return min(span, max(0.0, (self.limits.budget or 1e9) - spent))


def published(job, threads):
    """Seconds of a lesson on this machine by the published ones, or None."""
    values = job.parameters
    profile = config.PROFILES.get(job.name, {}).get(values.get("profile"))
    if profile is None:
        return None
    how = {name: values.get(name) for name in ("epochs", "batch_size")}
    work = speed.work(profile, **how, images=IMAGES.get(values.get("dataset")))
    names = job.name, values["profile"], *_machine(values.get("device", "auto"))
    return speed.expected(*names, threads=threads, work=work)


@functools.cache
def _machine(wanted):
    device, precision = config.split_device(wanted)
    device = config.choose_device(device)[0]
    return device, config.choose_precision(device, precision)[0]


def times_file():
    """What each work took when it last passed on this machine: {work: seconds}."""
    return paths.runs_dir() / "times.json"


def work_of(job, limits):
    """What decides how long a job takes, as a short text."""
    more = {k: str(v) for k, v in job.parameters.items() if k not in COMMON}
    more |= {k: str(job.parameters.get(k)) for k in ("dataset", "device")}
    more |= {"jobs": limits.jobs, "threads": limits.threads}
    digest = hashlib.sha256(json.dumps(more, sort_keys=True).encode()).hexdigest()[:8]
    return f"{job.name}/{job.parameters.get('profile')}/{digest}"


def note(job, seconds, limits):
    """Remember a run that passed. A folder that cannot be written is no failure."""
    took = {work_of(job, limits): round(seconds, 2)}
    with contextlib.suppress(OSError):
        files.write_json(times_file(), files.read_json(times_file()) | took)
