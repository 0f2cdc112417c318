"""Build the web book from the built notebooks, offline: nothing is executed.

    python site/build_book.py                # make site: site/_build/html
    python site/build_book.py --out FOLDER

First a source folder is filled that mirrors the project, so that links between files
hold: notebooks as lessons.py shows them, pages of content/, README's parts, live pages.
Then Sphinx runs, with warnings as errors. GITHUB_REPOSITORY=owner/name gives the book
launch buttons and links to the source; without it they are left out.
"""

import argparse
import gzip
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jinja2
import lessons
import nbformat
import numpy as np
import pages
import reference
from links import in_the_book, repository

from classroom.notebook.page import MATHJAX
from gan_utils.explore.player import html_player
from gan_utils.pictures import tile
from gan_utils.results import load_result
from gan_utils.support import paths

HERE = Path(__file__).resolve().parent
ROOT = pages.ROOT
CONTENT = HERE / "content"
WHOLE = ("BENCHMARKS.md", "CHANGELOG.md", "for-instructors.md")  # pages as they are
BORN = 40  # latents on the start page
ICON = re.compile(
    r'"?([\w-]+)"?:\[\d+,\d+,\[[^\]]*\],"[^"]*",(?:"[^"]*"|\["[^"]*","[^"]*"\])\],?'
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "_build")
    out = parser.parse_args().out.resolve()
    try:
        repository()
    except ValueError as error:
        sys.exit(str(error))
    source, html = out / "source", out / "html"
    for folder in (source, html):
        shutil.rmtree(folder, ignore_errors=True)
    fill(source)
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", "2"]
    command += ["-c", HERE, "-d", out / "doctrees", "-b", "html", source, html]
    if subprocess.run(command).returncode:
        sys.exit("the book was not built: see the warnings above")
    finish(html)
    print(html / "index.html")


def fill(source):
    """Write all that Sphinx reads."""
    notebooks = [path.relative_to(ROOT).as_posix() for path in lessons.LESSONS]
    solved = [name.replace("/", "/solutions/", 1) for name in notebooks]
    docs = {*notebooks, *solved, *WHOLE, *(p.name for p in CONTENT.glob("*.md"))}
    for path, solution in zip(lessons.LESSONS, solved):
        write(source / "notebooks" / path.name, lessons.lesson(path, docs))
        write(source / solution, lessons.solutions(path, docs))
    for name in WHOLE:
        text = (ROOT / name).read_text("utf-8")
        (source / name).write_text(in_the_book(text, name, docs), "utf-8")
    content(source, docs)
    shutil.copytree(ROOT / "figures", source / "figures")
    extra = source / "extra"
    pages.put(extra / "play")
    (extra / "thumbnails").mkdir()
    for path in lessons.LESSONS:
        lessons.thumbnail(path, extra / "thumbnails")
    script = source / "static" / "mathjax" / "tex-svg-full.js"
    script.parent.mkdir(parents=True)
    script.write_bytes(gzip.decompress(MATHJAX.read_bytes()))


def write(path, notebook):
    """Write a notebook where Sphinx reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def content(source, docs):
    """The pages of content/, with what is generated filled in."""

    def part(name, heading=None):
        """A file of the project, or what stands below a heading of it, links mapped."""
        text = (ROOT / name).read_text("utf-8")
        if heading:
            text = re.search(rf"(?ms)^{heading}\n(.*?)(?=^## |\Z)", text)[1]
        return in_the_book(text.strip(), name, docs)

    known = {
        "born": born(),
        "lessons": lessons.table(docs),
        "names": [path.stem for path in lessons.LESSONS],
        "glossary": reference.glossary(lessons.LESSONS),
        "bibliography": reference.bibliography(lessons.LESSONS),
        "views": pages.VIEWS,
        "addresses": {name: pages.address(name) for name in pages.VIEWS},
        "part": part,
    }
    loader = jinja2.FileSystemLoader(CONTENT)
    made = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined)
    for path in sorted(CONTENT.glob("*.md")):
        text = made.get_template(path.name).render(known)
        (source / path.name).write_text(text, "utf-8")


def born():
    """A player for the start page: the same latents through the training of 03."""
    result = load_result(paths.weights_dir() / "dcgan")
    frames = np.stack([tile(images[:BORN], 10) for images in result.images])
    return html_player(
        frames,
        [f"step {step:,}" for step in result.steps],
        title="The same forty latents through a training",
        alt="Forty pictures of a GAN: noise turns into strokes, strokes into digits",
        scale=2,
        ms=450,
    )


def finish(html):
    """Leave out what no reader needs; give the notebooks as they are to download."""
    templates = (html / "_static").glob("*webpack-macros.html")
    for path in [*html.rglob("*.map"), *templates]:
        path.unlink()
    for path in lessons.LESSONS:
        shutil.copy(path, html / "_sources" / "notebooks" / path.name)
        shutil.copy(lessons.SOLVED / path.name, html / "_sources/notebooks/solutions")
    used = {
        name
        for path in html.rglob("*")
        if path.suffix in (".html", ".js") and path.name != "fontawesome.js"
        for name in re.findall(r"\bfa-([\w-]+)", path.read_text("utf-8"))
    }
    icons = html / "_static" / "scripts" / "fontawesome.js"
    text = icons.read_text("utf-8")
    kept = ICON.sub(lambda icon: icon[0] if icon[1] in used else "", text)
    icons.write_text(kept, "utf-8")


if __name__ == "__main__":
    main()
