"""The web book, as files: what it holds, what it leaves out, where its links lead."""

import html.parser
import json
import re
import urllib.parse
from pathlib import Path

import build_book as builder
import lessons
import links
import nbformat
import pages
import pytest
import reference
from book_builder import build_book
from pydantic import HttpUrl, TypeAdapter

from gan_utils.results import shipped_names

pytestmark = pytest.mark.timeout(900)  # the book is built before the first test
NAMES = [path.stem for path in lessons.LESSONS]
EACH = pytest.mark.parametrize("name", NAMES)


class Reader(html.parser.HTMLParser):
    """Collects of a page: addresses that it names, ids, pictures, frames."""

    def __init__(self, text):
        super().__init__()
        self.addresses, self.ids, self.images, self.frames = [], set(), [], []
        self.loads = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        self.ids |= {known[key] for key in ("id", "name") if known.get(key)}
        self.addresses += [known[key] for key in ("href", "src") if key in known]
        if tag in ("link", "script", "img", "iframe"):
            self.loads += [known[key] for key in ("href", "src") if key in known]
        if tag == "img":
            self.images.append(known)
        if tag == "iframe":
            self.frames.append(known)


@pytest.fixture(scope="module")
def read(book):
    """{page: what Reader finds in it}; live pages are others' and not read."""
    paths = [path for path in book.rglob("*.html") if "play" not in path.parts]
    return {path: Reader(path.read_text("utf-8")) for path in paths}


def local(page, address):
    """(file, anchor) of an address inside the book, None for another host's."""
    found = urllib.parse.urlsplit(address)
    if found.scheme or found.netloc:
        return None
    path = urllib.parse.unquote(found.path)
    return (page.parent / path).resolve() if path else page, found.fragment


def test_every_link_inside_leads_to_a_file_and_a_place_in_it(read, book):
    broken, checked = [], 0
    for page, found in read.items():
        for address in found.addresses:
            if (target := local(page, address)) and address != "#":
                path, anchor = target
                checked += 1
                place = not anchor or path not in read or anchor in read[path].ids
                if not (path.is_file() and path.is_relative_to(book) and place):
                    broken.append(f"{page.relative_to(book)}: {address}")
    assert checked > 1_000 and not broken


def test_every_link_outside_is_an_address(read):
    url = TypeAdapter(HttpUrl)
    outside = {
        address
        for page, found in read.items()
        for address in found.addresses
        if local(page, address) is None and not address.startswith("data:")
    }
    assert len(outside) > len(reference.read("bibliography"))
    assert all("." in url.validate_python(address).host for address in outside)


def test_no_page_loads_anything_from_elsewhere(read):
    loads = [(page, url) for page, found in read.items() for url in found.loads]
    assert len(loads) > 100
    outside = [u for page, u in loads if not local(page, u) and "data:" not in u[:5]]
    assert not [url for url in outside if not url.startswith("https://github.com")]


def test_styles_load_nothing_from_elsewhere(book):
    styles = [path.read_text("utf-8") for path in book.rglob("*.css")]
    named = [u for text in styles for u in re.findall(r"url\(([^)]+)\)|@import", text)]
    assert len(styles) > 3
    assert not [url for url in named if url.strip("\"'").startswith(("http", "//"))]


def test_nothing_is_carried_that_nobody_reads(book):
    assert not list(book.rglob("*.map"))
    size = (book / "_static/scripts/fontawesome.js").stat().st_size
    assert 80_000 < size < 300_000  # the drawing code and a few of 2,000 icons


@EACH
def test_a_lesson_is_all_there(read, book, name):
    text = (book / f"notebooks/{name}.html").read_text("utf-8").partition("<article")[2]
    notebook = nbformat.read(pages.ROOT / f"notebooks/{name}.ipynb", as_version=4)
    headings = [
        heading
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for heading in re.findall(r"(?m)^#{1,2} (.+)$", cell.source)
    ]
    shown = [re.sub("<.*?>", "", h) for h in re.findall(r"(?s)<h[12]>(.*?)</h", text)]
    assert [h.replace("`", "") for h in headings] == [h.rstrip("#") for h in shown]
    pictures = [o for c in notebook.cells for o in c.get("outputs", []) if png(o)]
    drawn = [i for i in read[book / f"notebooks/{name}.html"].images if "_images" in
             i["src"]]  # fmt: skip
    assert len(drawn) >= len(pictures) > 0


def test_tables_in_outputs_are_tables(book):
    texts = [(book / f"notebooks/{name}.html").read_text("utf-8") for name in NAMES]
    assert sum(text.count("<table") for text in texts) > 10
    prose = [re.sub("(?s)<pre>.*?</pre>", "", text) for text in texts]
    assert not [text for text in prose if re.search(r"\| ?:?---", text)]


def png(output):
    return "image/png" in output.get("data", {})


def test_every_picture_says_what_it_shows(read, book):
    for page, found in read.items():
        texts = [i.get("alt", "") for i in found.images if "thumbnails" not in i["src"]]
        assert all(texts), page
        assert not [t for t in texts if re.search(r"\.(png|svg|gif)$|[0-9a-f]{40}", t)]
    cards = [i["alt"] for i in read[book / "index.html"].images]
    assert cards == [""] * len(NAMES)  # the title stands beside each


@EACH
def test_exercises_are_folded_and_solved_on_a_page_of_their_own(book, name):
    cells = nbformat.read(pages.ROOT / f"notebooks/{name}.ipynb", as_version=4).cells
    count = sum("exercise" in cell.metadata.get("tags", []) for cell in cells)
    lesson = (book / f"notebooks/{name}.html").read_text("utf-8")
    solved = (book / f"notebooks/solutions/{name}.html").read_text("utf-8")
    assert lesson.count("Show the cell to fill in") == count > 0
    assert solved.count("Show the solution") == count
    assert solved.count("### BEGIN SOLUTION") >= 1 and "BEGIN SOLUTION" not in lesson
    assert f'href="solutions/{name}.html"' in lesson
    assert "<strong>Answer.</strong>" not in solved


def test_answers_to_open_questions_are_folded(book):
    page = (book / "notebooks/solutions/05_progression_gallery.html").read_text("utf-8")
    cells = nbformat.read(lessons.SOLVED / f"{NAMES[4]}.ipynb", as_version=4).cells
    answers = sum(cell.source.count("**Answer.**") for cell in cells)
    hidden = page.count("<summary>Answer</summary>")
    assert hidden >= answers > 3
    assert page.count("<details") == page.count("</details>")


def test_a_downloaded_notebook_is_the_real_one(book):
    for folder in ("notebooks", "notebooks/solutions"):
        for name in NAMES:
            real = (pages.ROOT / folder / f"{name}.ipynb").read_bytes()
            assert (book / "_sources" / folder / f"{name}.ipynb").read_bytes() == real


def test_the_start_page_has_a_card_for_each_row_of_the_readme(book):
    text = (book / "index.html").read_text("utf-8")
    rows = lessons.ROW.findall((pages.ROOT / "README.md").read_text("utf-8"))
    assert [doc for _, doc, _ in rows] == [f"notebooks/{name}" for name in NAMES]
    for title, doc, cells in rows:
        minutes = cells.split("|")[4].strip()
        assert f'<a href="{doc}.html">{title}</a>' in text
        assert f'<p class="minutes">{minutes} minute' in text


# Live pages


def test_every_view_stands_where_its_lesson_speaks_of_it(read, book):
    for name in pages.VIEWS:
        address = pages.address(name)
        lesson = NAMES[int(pages.VIEWS[name].lesson) - 1]
        frames = read[book / f"notebooks/{lesson}.html"].frames
        found = [frame for frame in frames if frame["src"] == f"../{address}"]
        assert len(found) == 1, name
        assert found[0]["title"] and found[0]["loading"] == "lazy"
        assert (book / address.partition("#")[0]).is_file()


def test_each_network_of_the_pages_is_beside_them(book):
    there = {path.stem for path in (book / "play" / "weights").glob("*.js")}
    assert there == {*shipped_names(), "judge"}


def test_views_without_a_link_have_a_heading_to_stand_below():
    for view in pages.VIEWS.values():
        path = lessons.LESSONS[int(view.lesson) - 1]
        texts = [cell.source for cell in nbformat.read(path, as_version=4).cells]
        assert not view.section or sum(f"{view.section}\n" in t for t in texts) == 1


def test_a_page_that_runs_the_network_is_found_by_the_links_of_the_lessons():
    known = pages.links()
    assert known["figures/explore.html#plane"] == "plane"
    assert known["figures/explore_time.html"] == "time"
    assert known["figures/explore_game.html"] == "game"


# Links of the texts


def test_links_lead_to_pages_to_live_pages_or_become_text(monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    docs, doc = {"BENCHMARKS.md", "notebooks/02_a.ipynb"}, "notebooks/05_b.ipynb"
    text = (
        "[one](02_a.ipynb) [two](../BENCHMARKS.md#here) [three](https://a.org/b) "
        "[four\nwords](../pyproject.toml) ![five](../figures/game.png) [six](no.md) "
        "[seven](../figures/explore_game.html)"
    )
    kept, _, rest = text.partition("[four")
    assert links.in_the_book(text, doc, docs) == (
        f"{kept}four\nwords ![five](../figures/game.png) [six](no.md) "
        '<a href="../play/game.html">seven</a>'
    )
    monkeypatch.setenv("GITHUB_REPOSITORY", "ann/gans")
    monkeypatch.setenv("GITHUB_REF_NAME", "spring")
    mapped = links.in_the_book("[a](../pyproject.toml) [b](../weights)", doc, docs)
    there = "https://github.com/ann/gans"
    assert mapped == (
        f"[a]({there}/blob/spring/pyproject.toml) [b]({there}/tree/spring/weights)"
    )


def test_a_repository_that_is_none_is_named_in_one_line(tmp_path):
    done = build_book(tmp_path, GITHUB_REPOSITORY="nonsense")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "GITHUB_REPOSITORY is 'nonsense', not owner/name: correct it"
    ]


LAUNCH = re.compile(r'href="(https://(?:colab|mybinder)[^"]+)"')


def test_without_a_repository_there_are_no_launch_buttons(book):
    for path in book.rglob("*.html"):
        text = path.read_text("utf-8")
        assert not LAUNCH.search(text)
        assert "Show source" not in text and "blob/" not in text, path


def test_with_a_repository_each_lesson_can_be_launched_and_its_source_seen(tmp_path):
    known = {"GITHUB_REPOSITORY": "ann/gans", "GITHUB_REF_NAME": "spring"}
    done = build_book(tmp_path, **known)
    assert done.returncode == 0, done.stderr
    for name in NAMES:
        text = (tmp_path / f"html/notebooks/{name}.html").read_text("utf-8")
        file = f"notebooks/{name}.ipynb"
        assert set(LAUNCH.findall(text)) == {
            f"https://colab.research.google.com/github/ann/gans/blob/spring/{file}",
            f"https://mybinder.org/v2/gh/ann/gans/spring?urlpath=lab/tree/{file}",
        }
        assert f'href="https://github.com/ann/gans/blob/spring/{file}?plain=1"' in text
    for page, file in {
        "glossary": "site/content/glossary.md",
        "for-instructors": "for-instructors.md",
    }.items():
        text = (tmp_path / f"html/{page}.html").read_text("utf-8")
        assert f"https://github.com/ann/gans/blob/spring/{file}?plain=1" in text
        assert (pages.ROOT / file).is_file()
    instructors = (tmp_path / "html/for-instructors.html").read_text("utf-8")
    there = "https://github.com/ann/gans/blob/spring"
    assert f'href="{there}/tests/faults/README.md"' in instructors


def test_the_workflow_publishes_what_make_site_builds(project):
    text = (project / ".github/workflows/site.yml").read_text("utf-8")
    actions = ("configure-pages", "upload-pages-artifact", "deploy-pages")
    places = [text.index(f"actions/{action}@") for action in actions]
    assert places == sorted(places) and text.index("make site") < places[1]
    assert "path: site/_build/html" in text and "pages: write" in text


# Glossary and bibliography


def test_every_term_is_defined_once_and_linked_from_a_lesson(read, book):
    terms = reference.read("glossary")
    page = (book / "glossary.html").read_text("utf-8")
    assert len(re.findall(r'<dt id="term-', page)) == len(terms)
    used = [w.lower() for name, term in terms.items() for w in words(name, term)]
    assert len(used) == len(set(used))
    defined = {
        anchor for anchor in read[book / "glossary.html"].ids if "term-" in anchor
    }
    linked = set()
    for name in NAMES:
        here = [
            address.partition("#")[2]
            for address in read[book / f"notebooks/{name}.html"].addresses
            if address.startswith("../glossary.html#")
        ]
        assert len(here) == len(set(here)) >= 5, name  # the first use, and no other
        linked |= set(here)
    assert linked == defined


def words(name, term):
    return {name, *term.get("also", []), *term.get("words", [])}


def test_the_lesson_that_teaches_a_term_uses_it():
    for name, term in reference.read("glossary").items():
        path = lessons.LESSONS[term["lesson"] - 1]
        assert term["lesson"] in term.get("only", [term["lesson"]])
        assert 20 < len(term["text"]) < 260 and term["text"].endswith((".", ".)")), name
        texts = [cell.source for cell in nbformat.read(path, as_version=4).cells]
        text = re.sub(r"[\s*_`]+", " ", " ".join(texts)).lower()
        found = [word for word in words(name, term) if word.lower() in text]
        assert found, f"{path.stem} does not know {name}"


def test_every_paper_of_the_lessons_is_in_the_bibliography_once(book):
    cited, known = reference.citations(lessons.LESSONS), reference.read("bibliography")
    assert set(known) == {address for address in cited if not is_ours(address)}
    page = (book / "bibliography.html").read_text("utf-8")
    for address, entry in known.items():
        assert page.count(f'href="{address}"') == 1, address
        for shown, path in cited[address]:
            assert f'href="notebooks/{path.stem}.html"' in page
            agrees(" ".join(shown.split()), entry)


def is_ours(address):
    return "localhost" in address


def agrees(shown, entry):
    """The words of a link name the year and the first author, if they name any."""
    year = re.search(r"\b(1[89]|20)\d\d\b", shown)
    assert not year or int(year[0]) == entry["year"], shown
    first = entry["authors"].split(",")[0].split()[-1]
    named = re.match(r"[A-Z]\w+(?= and | et al|,? \(?\d|, \w+ and )", shown)
    plain = str.maketrans("ńıźä", "niza")
    same = not named or named[0].translate(plain) == first.translate(plain)
    assert same or named[0] in ("RpGAN", "R3GAN"), (shown, first)


@pytest.mark.parametrize(
    "shown, right",
    [
        ("Arora and Zhang, 2017", True),
        ("Arora and Zhang, 2018", False),
        ("Zhang et al., 2017", False),
        ("here", True),
    ],
)
def test_a_wrong_citation_is_found(shown, right):
    entry = {"authors": "Sanjeev Arora, Yi Zhang", "year": 2017}
    if right:
        agrees(shown, entry)
    else:
        with pytest.raises(AssertionError):
            agrees(shown, entry)


def test_answers_keep_their_place_in_a_list():
    text = (
        "3. Why?\n\n   > **Answer.** So.\n   >\n   > ```python\n   > x = 1\n   > ```\n"
    )
    folded = lessons.ANSWER.sub(lessons.folded_answer, text)
    assert folded == (
        "3. Why?\n\n   <details><summary>Answer</summary>\n\n   So.\n\n"
        "   ```python\n   x = 1\n   ```\n\n   </details>\n"
    )


def test_icons_that_are_used_are_kept():
    text = (
        '{a:[1,2,[],"f0","M1"],"b-c":[1,2,["x"],"f1",["M1","M2"]],d:[3,4,[],"e","M"]}'
    )
    kept = builder.ICON.sub(lambda icon: icon[0] if icon[1] == "b-c" else "", text)
    assert kept == '{"b-c":[1,2,["x"],"f1",["M1","M2"]],}'


def test_the_book_is_searched_by_its_words(book):
    index = (book / "searchindex.js").read_text("utf-8")
    found = json.loads(index[index.index("{") : index.rindex("}") + 1])
    titles = dict(zip(found["docnames"], found["titles"]))
    assert len([name for name in NAMES if f"notebooks/{name}" in titles]) == len(NAMES)
    assert not [name for name in titles if Path(name).parts[0] == "extra"]
