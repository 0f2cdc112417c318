"""Settings of the web book; site/build_book.py runs Sphinx with them."""

import base64
import hashlib
import sys
from pathlib import Path

import nbformat
from docutils import nodes

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import lessons  # noqa: E402
import reference  # noqa: E402
from links import repository  # noqa: E402

project = "GANs on MNIST"
author = "The GAN MNIST tutorial authors"
copyright = "the GAN MNIST tutorial authors, MIT licence"
language = "en"
extensions = ["myst_nb"]
exclude_patterns = ["extra", "static", "figures/*.html"]
smartquotes = False

nb_execution_mode = "off"
nb_merge_streams = True
nb_render_markdown_format = "myst"  # tables in outputs, too
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # a page made of a part of another starts at ##

html_theme = "sphinx_book_theme"
html_title = project
html_favicon = "_static/icon.svg"
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_js_files = ["book.js"]
html_show_sourcelink = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "home_page_in_toc": True,
    "show_toc_level": 2,
    "max_navbar_depth": 1,
    "navbar_persistent": [],
    "use_fullscreen_button": False,
    "search_bar_text": "Search the book ...",
}
if known := repository():
    html_theme_options |= {
        "repository_url": known[0],
        "repository_branch": known[1],
        "path_to_docs": "",
        "use_repository_button": True,
        "use_source_button": True,
        "launch_buttons": {
            "colab_url": "https://colab.research.google.com",
            "binderhub_url": "https://mybinder.org",
            "notebook_interface": "jupyterlab",
        },
    }

# MathJax 3 from the book itself: version 4 asks another host for parts of its fonts.
mathjax_path = "mathjax/tex-svg-full.js"
mathjax3_config = {"options": {"enableMenu": False}}


def add_folders(app, config):
    """What build_book.py has made goes beside what is written by hand."""
    config.html_static_path.append(str(Path(app.srcdir) / "static"))
    config.html_extra_path.append(str(Path(app.srcdir) / "extra"))


def prepare(app, doctree):
    """Alternative texts of pictures, and links to the glossary."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    known = lessons.alt_texts(nbformat.read(path, as_version=4))
    named = {
        hashlib.sha256(base64.b64decode(png)).hexdigest(): alt
        for png, alt in known.items()
    }
    for picture in doctree.findall(nodes.image):
        if alt := named.get(Path(picture["uri"]).stem):
            picture["alt"] = alt
    if path.parent.name == "notebooks":
        reference.link_terms(doctree, int(path.name[:2]))


def source_of_page(app, pagename, templatename, context, doctree):
    """Where the repository has the pages that are written for the book."""
    if (HERE / "content" / f"{pagename}.md").exists() and "doc_path" in context:
        context["doc_path"] = "site/content"


def setup(app):
    app.connect("config-inited", add_folders, priority=100)
    app.connect("doctree-read", prepare)
    app.connect("html-page-context", source_of_page, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
