"""What a run leaves to read: status.json and summary.csv for programs, index.html for
people.

The page opens without a network. Text that comes from files or parameters is escaped
by jinja2.
"""

import base64
import csv
import datetime
import functools
import io
import json
import os
import platform
import threading
from pathlib import Path

import jinja2

from classroom.notebook import execution, record
from classroom.report import conclusions, summary
from classroom.runner.terminal import clock
from gan_utils.support import files

RUNNING = "running"
KIND = {
    execution.PASSED: "good",
    execution.NOT_RUN: "wait",
    RUNNING: "wait",
}  # else bad
COLUMNS = ("notebook", "seed", "status", "seconds", "memory_mb", "cell", "error")


class Report:
    """The page of a run and its tables; every change writes them anew.

    jobs: all jobs of the run. common: profile, dataset, device and seeds.
    """

    def __init__(self, folder, jobs, *, common, command):
        self.folder, self.jobs = Path(folder), list(jobs)
        self.common, self.command = common, command
        self.statuses, self.state, self.why = {}, RUNNING, ""
        now = datetime.datetime.now().astimezone()
        self.began = now.isoformat(timespec="seconds")
        self._lock = threading.RLock()

    def running(self, key):
        """A job has begun."""
        with self._lock:
            self.statuses[key] = {"status": RUNNING}
            self.save()

    def ended(self, key, status):
        """A job has ended."""
        with self._lock:
            self.statuses[key] = status
            self.save()

    def finish(self, why):
        """The run is over; `why` says why it stopped early, "" if it did not."""
        with self._lock:
            self.why = why
            self.state = why or "done"
            for key, status in list(self.statuses.items()):
                if status["status"] == RUNNING:
                    del self.statuses[key]
            self.save()

    def count(self, status):
        """How many jobs have that status."""
        return sum(row["status"] == status for row in self.rows())

    def save(self):
        """Write status.json, summary.csv and index.html as things stand."""
        with self._lock:
            rows = self.rows()
            values = self._about() | {"notebooks": rows}
            files.write_json(self.folder / "status.json", values)
            found = summary.collect(self.jobs, self.statuses)
            files.write_atomic(self.folder / "summary.csv", as_csv(rows, found))
            page = self._page(rows, found)
            files.write_atomic(self.folder / "index.html", page.encode())

    def rows(self):
        """One dict for each job: what is known of it."""
        empty = {"status": execution.NOT_RUN, "seconds": 0.0, "cell": None, "error": ""}
        empty |= {"memory_mb": 0, "cut_by_budget": False}
        return [
            empty
            | {k: v for k, v in self.statuses.get(job.key, {}).items() if k != "name"}
            | {"notebook": job.name, "seed": job.seed, "key": job.key}
            for job in self.jobs
        ]

    def _about(self):
        return {
            "id": self.folder.name,
            "state": self.state,
            "command": self.command,
            **self.common,
            "data_used": data_used(self.jobs),
            "machine": machine(),
            "started": self.began,
        }

    def _page(self, rows, found):
        by_notebook = {}
        for job, row in zip(self.jobs, rows):
            by_notebook.setdefault(job.name, []).append(_card(job, row, self.folder))
        return _template().render(
            run=self._about(),
            notebooks=by_notebook,
            rows=rows,
            seconds=sum(row["seconds"] for row in rows),
            table=summary.table(found, self.common["profile"]),
            conclusions=conclusions.check_claims(summary.by_seed(found)),
            reference=summary.reference(),
            clock=clock,
        )


def as_csv(rows, found):
    """summary.csv as bytes: a line for each run, a column for each metric."""
    names = sorted({name for metrics in found.values() for name in metrics})
    text = io.StringIO()
    writer = csv.DictWriter(text, [*COLUMNS, *names], extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        writer.writerow(row | found.get(row["key"], {}))
    return text.getvalue().encode()


def _card(job, row, folder):
    """What the page shows of one run."""
    own = Path(job.folder)
    place = os.path.relpath(own, folder).replace(os.sep, "/")
    made = {kind: own / f"{job.name}.{kind}" for kind in ("html", "ipynb", "log")}
    picture = own / "thumbnail.png"
    return row | {
        "kind": KIND.get(row["status"], "bad"),
        "title": _cached(_title, made["ipynb"]) or job.name,
        "links": {k: f"{place}/{p.name}" for k, p in made.items() if p.is_file()},
        "picture": _cached(_data_url, picture),
    }


def _cached(function, path):
    """function(path), "" without a file; computed again when the file has changed."""
    try:
        return _computed(function, path, path.stat().st_mtime_ns)
    except OSError:
        return ""


@functools.lru_cache(maxsize=4096)
def _computed(function, path, changed):
    return function(path)


def data_used(jobs):
    """What "auto" turned out to be: the data sets that the lessons' meta.json name."""
    metas = (record.read_json(Path(job.folder) / "meta.json") for job in jobs)
    found = [str(meta.get("note") or meta.get("dataset") or "") for meta in metas]
    return ", ".join(dict.fromkeys(filter(None, found)))


def machine():
    """One line: system, processors, Python and torch."""
    torch = record.version("torch")
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}, torch {torch}"
    )


def _data_url(path):
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


def _title(path):
    """The text of a notebook's H1, or "" if there is none."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return ""
    lines = (line for cell in cells for line in "".join(cell["source"]).splitlines())
    return next((line[2:].strip() for line in lines if line.startswith("# ")), "")


def _template():
    loader = jinja2.FileSystemLoader(Path(__file__).with_name("templates"))
    environment = jinja2.Environment(loader=loader, autoescape=True)
    return environment.get_template("index.html")
