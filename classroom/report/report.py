"""What a run leaves to read: status.json and summary.csv for programs, index.html for
people.

The page opens without a network. Text that comes from files or parameters is escaped
by jinja2.
"""

import base64
import csv
import datetime
import io
import os
import platform
import threading
from pathlib import Path

import jinja2

from classroom.notebook import execution, record
from classroom.report import conclusions, summary
from classroom.runner.terminal import clock
from classroom.runner.worker_process import lost
from gan_utils.support import files

RUNNING = "running"
KIND = {execution.PASSED: "good", execution.NOT_RUN: "wait", RUNNING: "wait"}
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
        self._read = {}  # by a job's key, what was read in its folder

    def set_status(self, key, status):
        """A job has begun (RUNNING), or ended."""
        with self._lock:
            self.statuses[key] = status
            self._read.pop(key, None)
            self.save()

    def finish(self, why):
        """The run is over; `why` says why it stopped early, "" if it did not."""
        with self._lock:
            self.why, self.state = why, why or "done"
            known = self.statuses.items()
            self.statuses = {k: s for k, s in known if s["status"] != RUNNING}
            self.save()

    def count(self, status):
        """How many jobs have that status."""
        return sum(row["status"] == status for row in self.rows())

    def save(self):
        """Write status.json, summary.csv and index.html as things stand."""
        with self._lock:
            for job in self.jobs:
                if job.key not in self._read:
                    self._read[job.key] = read_results(job)
            about, rows = self._about(), self.rows()
            files.write_json(self.folder / "status.json", about | {"notebooks": rows})
            numbers = {
                key: read["metrics"]
                for key, read in self._read.items()
                if summary.is_whole(self.statuses.get(key, {}))
            }
            files.write_atomic(self.folder / "summary.csv", as_csv(rows, numbers))
            page = self._page(about, rows, numbers)
            files.write_atomic(self.folder / "index.html", page.encode())

    def rows(self):
        """One dict for each job: what is known of it."""
        not_run = (lost(job, execution.NOT_RUN) for job in self.jobs)
        rows = [known | self.statuses.get(known["key"], {}) for known in not_run]
        return [{"notebook": row.pop("name"), **row} for row in rows]

    def _about(self):
        found = dict.fromkeys(self._read[job.key]["data"] for job in self.jobs)
        return {
            "id": self.folder.name,
            "state": self.state,
            "command": self.command,
            **self.common,
            "data_used": ", ".join(filter(None, found)),  # what "auto" turned out to be
            "machine": machine(),
            "started": self.began,
        }

    def _page(self, about, rows, numbers):
        by_notebook = {}
        for job, row in zip(self.jobs, rows):
            card = row | self._read[job.key] | {"links": links(job)}
            card["kind"] = KIND.get(row["status"], "bad")
            by_notebook.setdefault(job.name, []).append(card)
        loader = jinja2.FileSystemLoader(Path(__file__).with_name("templates"))
        pages = jinja2.Environment(loader=loader, autoescape=True)
        return pages.get_template("index.html").render(
            run=about,
            notebooks=by_notebook,
            rows=rows,
            seconds=sum(row["seconds"] for row in rows),
            comparison=summary.compare_with_published(numbers, about["profile"]),
            conclusions=conclusions.check_claims(summary.by_seed(numbers)),
            published=summary.published_run(),
            clock=clock,
        )


def as_csv(rows, numbers):
    """summary.csv as bytes: a line for each run, a column for each metric."""
    names = sorted({name for metrics in numbers.values() for name in metrics})
    text = io.StringIO()
    writer = csv.DictWriter(text, [*COLUMNS, *names], extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        writer.writerow(row | numbers.get(row["key"], {}))
    return text.getvalue().encode()


def read_results(job):
    """What the page shows of a job's folder: its numbers, data set, title, picture."""
    folder, picture = Path(job.folder), Path(job.folder) / "thumbnail.png"
    meta = files.read_json(folder / "meta.json")
    png = base64.b64encode(picture.read_bytes()) if picture.is_file() else b""
    return {
        "metrics": files.read_json(folder / "metrics.json").get("metrics", {}),
        "data": str(meta.get("note") or meta.get("dataset") or ""),
        "title": notebook_title(folder / f"{job.name}.ipynb") or job.name,
        "picture": f"data:image/png;base64,{png.decode()}" if png else "",
    }


def links(job):
    """{kind: address} of the files that a job has made, seen from the run's folder."""
    made = {kind: f"{job.name}.{kind}" for kind in ("html", "ipynb", "log")}
    there = {k: name for k, name in made.items() if Path(job.folder, name).is_file()}
    return {kind: f"{job.key}/{name}" for kind, name in there.items()}


def machine():
    """One line: system, processors, Python and torch."""
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    versions = f"Python {platform.python_version()}, torch {record.version('torch')}"
    return f"{system}, {versions}"


def notebook_title(path):
    """The text of a notebook's H1, or "" if there is none."""
    cells = files.read_json(path).get("cells", [])
    lines = (line for cell in cells for line in "".join(cell["source"]).splitlines())
    return next((line[2:].strip() for line in lines if line.startswith("# ")), "")
