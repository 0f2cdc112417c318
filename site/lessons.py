"""From a built notebook to a page: live views in place, exercises folded.

Nothing is executed, and the notebooks themselves stay as they are.
"""

import io
import re

import nbformat
from links import LINK, in_the_book
from markdown_it import MarkdownIt
from pages import ROOT, VIEWS, frame, links
from PIL import Image, ImageOps
from setup_cell import is_setup

from classroom.notebook import page

LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
SOLVED = ROOT / "notebooks" / "solutions"
END = "## In practice"  # the heading behind the exercises of every lesson
THUMBNAIL = (304, 208)  # pixels
ROW = re.compile(r"^\| \[(.*?)\]\((notebooks/\w+)\.ipynb\) (\|.*\|)$", re.MULTILINE)
ANSWER = re.compile(r"^( *)> \*\*Answer\.\*\*.*(?:\n\1>.*)*", re.MULTILINE)


def lesson(path, docs):
    """The notebook of a lesson, as the book shows it."""
    notebook = page.without_widgets(nbformat.read(path, as_version=4))
    page.add_alt_texts(notebook)
    notebook.cells = [cell for cell in notebook.cells if not is_setup(cell)]
    linked = {name for cell in notebook.cells for name in views_in(cell.source)}
    doc = path.relative_to(ROOT).as_posix()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = with_views(placed(cell.source, path.stem[:2], linked))
            cell.source = in_the_book(text, doc, docs)
    fold(notebook, "hide-cell", "Show the cell to fill in")
    solved = f"[The exercises of this lesson, solved](solutions/{path.name})"
    place = next(k for k, c in enumerate(notebook.cells) if END in c.source)
    notebook.cells.insert(place, nbformat.v4.new_markdown_cell(solved))
    return notebook


def solutions(path, docs):
    """The exercises of a lesson with their solutions, which are folded."""
    notebook = nbformat.read(SOLVED / path.name, as_version=4)
    sources = [cell.source for cell in notebook.cells]
    first = next(k for k, text in enumerate(sources) if "## Exercises" in text)
    last = next(k for k, text in enumerate(sources) if END in text)
    title = sources[0].splitlines()[0].lstrip("# ")
    back = f"# Solved: {title}\n\n[Back to the lesson](../{path.name})"
    cells = notebook.cells[first:last]
    cells[0].source = cells[0].source[cells[0].source.index("## Exercises") :]
    notebook.cells = [nbformat.v4.new_markdown_cell(back), *cells]
    doc = (SOLVED / path.name).relative_to(ROOT).as_posix()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = in_the_book(ANSWER.sub(folded_answer, cell.source), doc, docs)
    fold(notebook, "hide-input", "Show the solution")
    return notebook


def folded_answer(match):
    """An answer to an open question, quoted in the notebook, as a part to unfold."""
    margin = match[1]
    lines = [
        re.sub(rf"^{margin}> ?", margin, line).rstrip() for line in match[0].split("\n")
    ]
    lines[0] = lines[0].replace("**Answer.** ", "", 1)
    text = "\n".join(lines)
    opened = f"{margin}<details><summary>Answer</summary>"
    return f"{opened}\n\n{text}\n\n{margin}</details>"


def fold(notebook, tag, prompt):
    """Let the reader unfold the cells of exercises."""
    for cell in notebook.cells:
        if "exercise" in cell.metadata.get("tags", []):
            cell.metadata.tags.append(tag)
            cell.metadata["mystnb"] = {"code_prompt_show": prompt}


def views_in(text):
    """Names of the views that a text links to."""
    known = links()
    targets = [target.removeprefix("../") for _, target in LINK.findall(text)]
    return [known[target] for target in targets if target in known]


def placed(text, number, linked):
    """The text with views below their headings, unless the lesson links to them."""
    for name, view in VIEWS.items():
        if view.section and view.lesson == number and name not in linked:
            html = frame(name, "../")
            text = text.replace(f"{view.section}\n", f"{view.section}\n\n{html}\n", 1)
    return text


def with_views(text):
    """The text with each view below the paragraph that links to it."""
    blocks = []
    for block in text.split("\n\n"):
        found = views_in(block)
        blocks += [block, *(frame(name, "../") for name in found)]
    return "\n\n".join(blocks)


def alt_texts(notebook):
    """{base64 text of a PNG: what it shows} of all pictures that cells have drawn."""
    return {
        output.data["image/png"]: output.metadata["image/png"]["alt"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    }


def table(docs):
    """HTML: a card for each row of README's table of notebooks."""
    readme = (ROOT / "README.md").read_text("utf-8")
    return "\n".join(card(*row, docs) for row in ROW.findall(readme))


def card(title, doc, cells, docs):
    """One row: what it is, what you build and learn, how long it takes."""
    inline = MarkdownIt().renderInline
    texts = [in_the_book(cell.strip(), "README.md", docs) for cell in cells.split("|")]
    _, after, build, learn, minutes, _ = texts
    several = "" if minutes.endswith("1") else "s"
    after = f" · after {after}" if after else ""
    return f"""<li>
<img src="thumbnails/{doc.rpartition("/")[2]}.webp" alt="" loading="lazy">
<div><a href="{doc}.html">{title}</a>
<p class="minutes">{minutes} minute{several}{after}</p>
<p><b>You build</b> {MarkdownIt("commonmark", {"html": True}).renderInline(build)}</p>
<p><b>You learn</b> {inline(learn)}</p></div></li>"""


def thumbnail(path, folder):
    """The middle of the picture that stands for a lesson in reports of a run, small."""
    png = page.last_picture(nbformat.read(path, as_version=4))
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image = ImageOps.fit(image, THUMBNAIL)
    image.save(folder / f"{path.stem}.webp", quality=80)
