"""One HTML page for each executed notebook, and a thumbnail of its last picture.

A page opens without a network and without a kernel: pictures and formulas are inside,
and where a slider was there is a line of text.
"""

import base64
import copy
import io
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from PIL import Image

from classroom.notebook import alt_texts, formulas
from gan_utils.support import files, paths

WIDGET = "application/vnd.jupyter.widget-view+json"
WIDGET_NOTE = "*Run this cell in JupyterLab: a slider appears here.*"
THUMBNAIL = (360, 240)  # pixels, at most
TEMPLATE = Path(__file__).parent / "templates" / "notebook.html"


def make_pages(folder, name, *, back=""):
    """From folder/NAME.ipynb make NAME.html and thumbnail.png.

    back: address of the page that lists all notebooks, for a link on top.
    """
    notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)
    files.write_atomic(folder / f"{name}.html", to_html(notebook, name, back).encode())
    png = picture(notebook)
    if png:
        files.write_atomic(folder / "thumbnail.png", _shrink(png))


def to_html(notebook, name, back=""):
    """The whole page as text. Pictures that the prose links are looked up beside the
    lessons.
    """
    page = alt_texts.describe(without_widgets(notebook))
    for cell in page.cells:
        if cell.cell_type == "markdown":
            cell.source = formulas.draw_formulas(cell.source)
    if back:
        link = nbformat.v4.new_markdown_cell(f"[All notebooks of this run]({back})")
        page.cells.insert(0, link)
    resources = {
        "metadata": {"name": name, "path": str(paths.notebooks_dir())},
        "formulas_left": any(
            formulas.has_formula(cell.source)
            for cell in page.cells
            if cell.cell_type == "markdown"
        ),
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


def picture(notebook):
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
