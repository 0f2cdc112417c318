"""The folder of a run: its plan, its lock, what has ended, and its copy elsewhere."""

import contextlib
import json
import os
import time
from pathlib import Path

import filelock

from classroom.notebook.job import Job, RunError
from classroom.runner.plan import REMOTE
from gan_utils.support import files

PLAN = "plan.json"
TEXTS = {".ipynb", ".html", ".json", ".csv", ".log"}  # papermill writes nothing else


def write_plan(folder, jobs, common, command):
    """Remember in `folder` what is to be done."""
    plan = {"command": command, "common": common, "started": time.time()}
    plan["jobs"] = [vars(job) for job in jobs]
    files.write_json(Path(folder) / PLAN, plan)


def read_plan(folder):
    """(jobs, common, command) of an earlier run. Raises RunError if there is none."""
    path = Path(folder) / PLAN
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
        jobs = [Job(**values) for values in plan["jobs"]]
        return jobs, plan["common"], plan["command"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise RunError(f"cannot resume {folder}: {reason}") from None


def statuses(jobs):
    """{key: what status.json says} of the jobs that have ended."""
    found = {job.key: files.read_json(f"{job.folder}/status.json") for job in jobs}
    return {key: status for key, status in found.items() if status}


@contextlib.contextmanager
def locked(folder):
    """Only one run writes to a folder. A lock of a process that is gone is taken over.

    Raises RunError, naming the process, when another run holds it.
    """
    lock, owner = filelock.FileLock(folder / ".lock"), folder / ".owner"
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        pid = owner.read_text() if owner.is_file() else "?"
        text = f"{folder} is in use by another run (process {pid})"
        raise RunError(f"{text}; wait for it, or choose another --out") from None
    try:
        owner.write_text(str(os.getpid()))
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


def copy_run(folder, address):
    """Write pages, notebooks and numbers of a run below `address`, if it is one that
    papermill can write to: s3://, gs://, and what its plugins add.

    Returns how many files that were. Raises what papermill's handler raises.
    """
    from papermill.iorw import papermill_io

    if not REMOTE.match(address or ""):
        return 0
    found = [p for p in Path(folder).rglob("*") if p.suffix in TEXTS and p.is_file()]
    for path in sorted(found):
        place = f"{address.rstrip('/')}/{path.relative_to(folder).as_posix()}"
        text = path.read_text(encoding="utf-8")
        papermill_io.write(text, place, extensions=[path.suffix])
    return len(found)
