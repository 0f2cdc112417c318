"""One HTML page for each executed notebook, and a thumbnail of its last picture.

A page opens without a network and without a kernel, alone: pictures are inside, and so
is MathJax where there are formulas; where a slider was there is a line of text.
"""

import base64
import copy
import io
import re
from pathlib import Path

import nbformat
from PIL import Image

from gan_utils.support import files, paths

WIDGET = "application/vnd.jupyter.widget-view+json"
WIDGET_NOTE = "*Run this cell in JupyterLab: a slider appears here.*"
THUMBNAIL = (360, 240)  # pixels, at most
HERE = Path(__file__).parent
TEMPLATE = HERE / "templates" / "notebook.html"
# es5/tex-svg-full.js of the npm package mathjax 3.2.2, packed; Apache License 2.0
MATHJAX = HERE / "mathjax" / "tex-svg-full.js.gz"


def make_pages(folder, name, *, back=""):
    """From folder/NAME.ipynb make NAME.html and thumbnail.png.

    back: address of the page that lists all notebooks, for a link on top.
    """
    notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)
    files.write_atomic(folder / f"{name}.html", to_html(notebook, name, back).encode())
    if png := last_picture(notebook):
        image, small = Image.open(io.BytesIO(png)).convert("RGB"), io.BytesIO()
        image.thumbnail(THUMBNAIL)
        image.save(small, "PNG", optimize=True)
        files.write_atomic(folder / "thumbnail.png", small.getvalue())


def to_html(notebook, name, back=""):
    """The whole page as text. Pictures that the prose shows are from `../figures/`: the
    folder beside the lessons, outside of which nbconvert would take none.
    """
    from nbconvert import HTMLExporter  # slow to load, and many a worker needs none

    page = add_alt_texts(without_widgets(notebook))
    prose = [cell.source for cell in page.cells if cell.cell_type == "markdown"]
    formulas = any("$" in text or "\\begin{" in text for text in prose)
    if back:
        link = nbformat.v4.new_markdown_cell(f"[All notebooks of this run]({back})")
        page.cells.insert(0, link)
    resources = {
        "metadata": {"name": name, "path": str(paths.project_root() / "figures")},
        "mathjax": base64.b64encode(MATHJAX.read_bytes()).decode() if formulas else "",
    }
    exporter = HTMLExporter(embed_images=True, template_file=str(TEMPLATE))
    return exporter.from_notebook_node(page, resources=resources)[0]


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


def add_alt_texts(notebook):
    """Name the section of each picture that came without an alternative text."""
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            headings = re.findall(r"^#+ +(.+?)\s*$", cell.source, re.MULTILINE)
            heading = headings[-1] if headings else heading
        for output in _pictures(cell):
            own = output.metadata.setdefault("image/png", {})
            own.setdefault("alt", f"Figure of the section {heading!r}")
    return notebook


def _pictures(cell):
    """The outputs of a cell that hold a PNG."""
    return [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]


def last_picture(notebook):
    """PNG bytes: the picture of the cell tagged `thumbnail`, else the last, or b""."""
    cells = [cell for cell in notebook.cells if _pictures(cell)]
    tagged = [cell for cell in cells if "thumbnail" in cell.metadata.get("tags", [])]
    chosen = [_pictures(cell)[-1] for cell in tagged or cells]
    return base64.b64decode(chosen[-1].data["image/png"]) if chosen else b""
