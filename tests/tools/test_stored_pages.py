"""The pages in figures/ hold the code as it is now."""

import re

from gan_utils.explore.page import WEB, inlined


def code_of(source):
    """The scripts and style sheets of a page as `inlined` puts them inside."""
    whole = inlined(source, {"networks.js": "// the networks"})
    parts = re.findall(r"(?s)<(?:script|style)[^>]*>(.*?)</(?:script|style)>", whole)
    return [part for part in parts if part != "// the networks"]


def test_the_page_of_the_game_is_what_its_files_make(project):
    source = project / "site" / "play" / "game.html"
    stored = (project / "figures" / "explore_game.html").read_text("utf-8")
    assert stored == inlined(source)


def test_the_page_of_the_explorers_runs_the_code_of_the_package(project):
    stored = (project / "figures" / "explore.html").read_text("utf-8")
    parts = code_of(WEB / "explore.html")
    assert len(parts) > 6 and all(part in stored for part in parts)
    assert 'addNetwork("modern"' in stored
