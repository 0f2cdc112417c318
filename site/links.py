"""Links of the texts: right on GitHub, mapped here to where they lead in the book."""

import os
import posixpath
import re

import pages

LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")


def repository():
    """(address, branch) of the repository if the environment names it, else None.

    GITHUB_REPOSITORY is "owner/name"; GITHUB_REF_NAME the branch, main if not set.
    """
    name = os.environ.get("GITHUB_REPOSITORY", "")
    if not name:
        return None
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise ValueError(f"GITHUB_REPOSITORY is {name!r}, not owner/name: correct it")
    return f"https://github.com/{name}", os.environ.get("GITHUB_REF_NAME") or "main"


def in_the_book(text, doc, docs):
    """Markdown of the file `doc`, with links that work in the book.

    doc: its path in the project. docs: paths of all that are pages of the book. Links
    to live pages go to play/; to other files of the project to the repository, or they
    become plain text where nobody knows the repository.
    """

    def mapped(match):
        words, target = match.groups()
        if "://" in target or target.startswith(("#", "mailto:")):
            return match[0]
        path, mark, anchor = target.partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(doc), path))
        if address := live(path + mark + anchor):
            up = posixpath.relpath(".", posixpath.dirname(doc) or ".")
            return f'<a href="{up}/{address}">{words}</a>'
        if path in docs or not (pages.ROOT / path).exists():
            return match[0]  # what leads nowhere is left for Sphinx to complain of
        return f"[{words}]({source(path)})" if repository() else words

    return LINK.sub(mapped, text)


def live(target):
    """The address in the book of a live page, by its path in the project; or None."""
    view = pages.links().get(target)
    return view and pages.address(view)


def source(path):
    """Address of a file or folder in the repository, which is known."""
    address, branch = repository()
    kind = "tree" if (pages.ROOT / path).is_dir() else "blob"
    return f"{address}/{kind}/{branch}/{path}"
