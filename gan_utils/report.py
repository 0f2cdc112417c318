"""What a run leaves to read: status.json, one HTML page per notebook, index.html.

Every page opens without a network and without a kernel. Text that comes from files or
parameters is escaped by jinja2 and nbconvert.
"""

import base64
import copy
import dataclasses
import datetime
import importlib.metadata
import io
import json
import os
import platform
from pathlib import Path

import jinja2
import nbformat
from nbconvert import HTMLExporter
from PIL import Image

from gan_utils import files, runner
from gan_utils.console import clock

WIDGET = "application/vnd.jupyter.widget-view+json"
WIDGET_NOTE = "*Run this cell in JupyterLab: a slider appears here.*"
BACK = "[All notebooks of this run](index.html)"
THUMBNAIL = (360, 240)  # pixels, at most
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


def make_pages(folder, name):
    """From folder/NAME.ipynb make NAME.html and a thumbnail of its last picture."""
    notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)
    page = without_widgets(notebook)
    page.cells.insert(0, nbformat.v4.new_markdown_cell(BACK))
    html, _ = HTMLExporter(embed_images=True).from_notebook_node(
        page, resources={"metadata": {"name": name}}
    )
    files.write_atomic(folder / f"{name}.html", html.encode())
    picture = _picture(notebook)
    if picture:
        files.write_atomic(folder / "thumbnails" / f"{name}.png", _shrink(picture))


def without_widgets(notebook):
    """A copy whose sliders, which need a kernel, are replaced by a line of text."""
    notebook = copy.deepcopy(notebook)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if WIDGET in output.get("data", {}):
                output.output_type, output.metadata = "display_data", {}
                output.pop("execution_count", None)
                output.data = {"text/markdown": WIDGET_NOTE}
    return notebook


def _picture(notebook):
    """PNG bytes: the picture of the cell tagged `thumbnail`, else the last picture."""
    found = [
        ("thumbnail" in cell.metadata.get("tags", []), output["data"]["image/png"])
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    chosen = [png for tagged, png in found if tagged] or [png for _, png in found]
    return base64.b64decode(chosen[-1]) if chosen else b""


def _shrink(png):
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.thumbnail(THUMBNAIL)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


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
