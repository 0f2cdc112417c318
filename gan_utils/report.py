"""What a run leaves to read: status.json for programs and index.html for people.

The page opens without a network. Text that comes from files or parameters is escaped
by jinja2.
"""

import base64
import dataclasses
import datetime
import importlib.metadata
import json
import os
import platform
from pathlib import Path

import jinja2

from gan_utils import files, runner
from gan_utils.console import clock

RUNNING = "running"
KIND = {runner.PASSED: "good", runner.NOT_RUN: "wait"}  # anything else is bad


@dataclasses.dataclass
class Report:
    """Everything that index.html says about a run."""

    folder: Path
    command: str
    profile: str
    seed: int
    dataset: str
    device: str
    names: list[str]
    outcomes: list = dataclasses.field(default_factory=list)
    started: str = ""
    state: str = RUNNING  # then "done" or "interrupted"

    def __post_init__(self):
        now = datetime.datetime.now().astimezone()
        self.started = self.started or now.isoformat(timespec="seconds")

    def save(self):
        """Write status.json and index.html as things stand."""
        files.write_json(self.folder / "status.json", self.as_dict())
        page = _template().render(
            run=self.as_dict(), rows=list(self._rows()), clock=clock
        )
        files.write_atomic(self.folder / "index.html", page.encode())

    def as_dict(self):
        """Plain values for status.json and the page."""
        left = self.names[len(self.outcomes) :]
        entries = self.outcomes + [
            runner.Outcome(name, runner.NOT_RUN) for name in left
        ]
        return {
            "id": self.folder.name,
            "state": self.state,
            "command": self.command,
            "profile": self.profile,
            "seed": self.seed,
            "dataset": self.dataset,
            "data_used": data_used(self.folder / "results"),
            "device": self.device,
            "machine": machine(),
            "started": self.started,
            "seconds": round(sum(entry.seconds for entry in entries), 1),
            "notebooks": [dataclasses.asdict(entry) for entry in entries],
        }

    def _rows(self):
        for entry in self.as_dict()["notebooks"]:
            name = entry["name"]
            made = {kind: self.folder / f"{name}.{kind}" for kind in ("html", "log")}
            links = {kind: path.name for kind, path in made.items() if path.is_file()}
            picture = self.folder / "thumbnails" / f"{name}.png"
            yield entry | {
                "title": _title(self.folder / f"{name}.ipynb") or name,
                "number": name.split("_")[0],
                "kind": KIND.get(entry["status"], "bad"),
                "picture": _data_url(picture) if picture.is_file() else "",
                "links": links,
            }


def data_used(results):
    """What "auto" turned out to be: the data sets that the lessons' meta.json name."""
    found = []
    for path in sorted(results.glob("*/meta.json")):
        meta = json.loads(path.read_text(encoding="utf-8"))
        found.append(meta.get("note") or meta.get("dataset") or "")
    return ", ".join(dict.fromkeys(filter(None, found)))


def machine():
    """One line: system, processors, Python and torch."""
    processors = os.cpu_count()
    try:
        torch = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        torch = "missing"
    return (
        f"{platform.system()} {platform.machine()}, {processors} processors, "
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
    loader = jinja2.PackageLoader("gan_utils", "templates")
    environment = jinja2.Environment(loader=loader, autoescape=True)
    return environment.get_template("index.html")
