"""How long a notebook will take: what this machine measured before, else the published
times.
"""

import hashlib
import json
import os
import statistics
import time

from classroom.notebook.job import COMMON
from gan_utils.config import published_seconds
from gan_utils.support import paths

LATEST = 5  # measurements that count
SHARED = 1.3  # a notebook beside another, on half of the processors: a first guess


def times_file():
    """Every measured run of this machine: one JSON object a line."""
    return paths.runs_dir() / "times.jsonl"


def work_of(job):
    """What decides how long a job takes, as a short text."""
    more = {k: str(v) for k, v in job.parameters.items() if k not in COMMON}
    more |= {k: str(job.parameters.get(k)) for k in ("dataset", "device")}
    digest = hashlib.sha256(json.dumps(more, sort_keys=True).encode()).hexdigest()[:8]
    return f"{job.name}/{job.parameters.get('profile')}/{digest}"


def note(job, seconds, *, jobs, threads):
    """Remember a run that passed. A folder that cannot be written is no failure."""
    entry = {"work": work_of(job), "jobs": jobs, "threads": threads}
    entry |= {"seconds": round(seconds, 2), "at": round(time.time())}
    try:
        times_file().parent.mkdir(parents=True, exist_ok=True)
        with open(times_file(), "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
    except OSError:
        return


def measured():
    """All entries; a line that is no entry is passed over."""
    try:
        lines = times_file().read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            entry = json.loads(line)
            found.append({k: entry[k] for k in ("work", "jobs", "threads", "seconds")})
        except (ValueError, KeyError, TypeError):
            continue
    return found


class Clock:
    """Estimates for a run with so many jobs at once, on so many threads each."""

    def __init__(self, *, jobs=1, threads=None):
        self.jobs, self.threads = jobs, threads
        self.entries = measured()

    def seconds(self, job):
        """(seconds, where from), or (None, "not measured")."""
        work = work_of(job)
        same = [e for e in self.entries if e["work"] == work]
        alike = [e for e in same if self._alike(e)]
        if alike:
            return _median(alike), "measured here"
        if same:
            change = self._slower() if self.jobs > 1 else 1 / self._slower()
            return _median(same) * change, "measured here, otherwise"
        name, profile = work.split("/")[:2]
        known = published_seconds(name, profile)
        if known is None:
            return None, "not measured"
        change = self._slower() if self.jobs > 1 else 1.0
        return known * self._machine() * change, "published"

    def _alike(self, entry):
        return (entry["jobs"], entry["threads"]) == (self.jobs, self.threads)

    def _slower(self):
        """How much longer a notebook takes when it shares the machine."""
        ratios = []
        for work in {entry["work"] for entry in self.entries}:
            mine = [e for e in self.entries if e["work"] == work]
            alone = [e for e in mine if e["jobs"] == 1]
            shared = [e for e in mine if e["jobs"] > 1]
            if alone and shared:
                ratios.append(_median(shared) / _median(alone))
        return statistics.median(ratios) if ratios else SHARED

    def _machine(self):
        """How long this machine takes for what took one second when published."""
        ratios = []
        for entry in self.entries:
            name, profile = entry["work"].split("/")[:2]
            known = published_seconds(name, profile)
            if known and entry["jobs"] == 1:
                ratios.append(entry["seconds"] / known)
        return statistics.median(ratios) if ratios else 1.0


def _median(entries):
    return statistics.median(entry["seconds"] for entry in entries[-LATEST:])


def threads_for(jobs):
    """How many threads each of so many jobs gets; None: the libraries' own choice."""
    return None if jobs == 1 else max(1, (os.cpu_count() or 1) // jobs)
