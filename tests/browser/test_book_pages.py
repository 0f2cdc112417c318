"""The web book in a browser, from disk and from a server: nothing from elsewhere."""

import functools
import http.server
import re
import threading
import urllib.parse
from pathlib import Path

import lessons
import pages
import pytest
from accessible import faults_of
from playwright.sync_api import expect

pytestmark = pytest.mark.timeout(900)  # the book is built before the first test
NAMES = [path.stem for path in lessons.LESSONS]
FIRST_PAGE = 1_500_000  # bytes of the start page and of all that it loads
WAIT = 30_000  # milliseconds for whatever should appear; a slow machine needs some
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])
END = "window.scrollTo(0, document.body.scrollHeight)"
WIDTH = "document.documentElement.scrollWidth"


class Visit:
    """A page of the book, all that it asked for, and all that it complained of."""

    def __init__(self, browser, **how):
        self.page = browser.new_page(**how)
        self.page.set_default_timeout(WAIT)
        self.asked, self.complaints = [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self.heard)

    def heard(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def outside(self, book):
        """Requests for anything but files of the book."""
        inside = (book.as_uri() + "/", "data:", "blob:")
        return [url for url in self.asked if not url.startswith(inside)]

    def is_calm(self):
        """Nothing has moved the page: it stands at its beginning."""
        return self.page.evaluate("scrollY") == 0


@pytest.fixture
def visit(chromium, book):
    """A function (address, ...) -> a Visit; at the end nothing may be amiss."""
    visits = []

    def visit_(address, **how):
        visits.append(Visit(chromium, **how))
        visits[-1].page.goto(f"{book.as_uri()}/{address}", wait_until="load")
        return visits[-1]

    yield visit_
    for visited in visits:
        visited.page.close()
        assert visited.outside(book) == []
        assert visited.complaints == []


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_on_a_phone(visit, name):
    visited = visit(f"notebooks/{name}.html", viewport={"width": 400, "height": 800})
    page = visited.page
    expect(page.locator("h1").last).to_be_visible()
    if page.locator("article .math").count():
        page.wait_for_function("window.MathJax?.startup?.promise")
        page.evaluate("MathJax.startup.promise")
        drawn = page.locator("article .math:has(mjx-container svg)").count()
        assert drawn == page.locator("article .math").count()
        assert page.locator("[data-mjx-error]").count() == 0
    for frame in page.locator(".live iframe").all():
        frame.scroll_into_view_if_needed()
        inside = frame.content_frame.locator("canvas, button, select, input").first
        expect(inside).to_be_attached()
    assert page.evaluate(WIDTH) == 400


@pytest.mark.parametrize("width", [1200, 400])
def test_a_name_in_a_table_is_not_broken(visit, width):
    page = visit("BENCHMARKS.html", viewport={"width": width, "height": 800}).page
    words = page.locator("td code").filter(has_text=re.compile(r"^\w+$"))
    lines = words.evaluate_all("all => all.map(e => e.getClientRects().length)")
    assert len(lines) > 20 and set(lines) == {1}
    assert page.evaluate(WIDTH) == width


def test_formulas_are_in_the_book(book):
    texts = [(book / f"notebooks/{name}.html").read_text("utf-8") for name in NAMES]
    assert sum(text.count('class="math notranslate') for text in texts) > 40


def test_frames_leave_the_reader_where_he_is_and_answer_keys(visit):
    visited = visit("notebooks/05_progression_gallery.html")
    page = visited.page
    page.wait_for_timeout(1_000)  # time for a frame to take the focus, if it could
    assert visited.is_calm()
    address = pages.address("plane")
    frame = page.locator(f'iframe[src="../{address}"]')
    frame.scroll_into_view_if_needed()
    slider = frame.content_frame.locator("input[type=range]:visible").first
    before = slider.input_value()
    slider.focus()
    slider.press("ArrowRight")
    assert slider.input_value() != before


@pytest.mark.parametrize("width", [1200, 400])
def test_a_frame_is_as_high_as_its_page(visit, width):
    size = {"width": width, "height": 900}
    page = visit("notebooks/05_progression_gallery.html", viewport=size).page
    address = pages.address("time")
    frame = page.locator(f'iframe[src="../{address}"]')
    given = frame.get_attribute("height")
    frame.scroll_into_view_if_needed()
    expect(frame).not_to_have_attribute("height", given)
    wanted = "document.documentElement.scrollHeight - innerHeight"
    inside = next(f for f in page.frames if f.url.endswith(address))
    inside.wait_for_function(f"{wanted} <= 0")


def test_the_start_page_is_light_with_all_that_it_loads(visit, book):
    visited = visit("index.html", viewport={"width": 1200, "height": 900})
    visited.page.evaluate(END)
    last = visited.page.locator(".lessons img").last
    last.scroll_into_view_if_needed()
    expect(last).to_have_js_property("complete", True)
    visited.page.wait_for_load_state("networkidle")
    paths = {urllib.parse.urlsplit(url).path for url in visited.asked}
    files = [Path(urllib.parse.unquote(path)) for path in paths]
    files = [path for path in files if path.is_relative_to(book)]
    assert len(files) > 20 and sum(p.suffix == ".webp" for p in files) == len(NAMES)
    assert sum(path.stat().st_size for path in files) <= FIRST_PAGE


def test_digits_are_born_on_the_start_page_and_can_be_stopped(visit):
    page = visit("index.html").page
    told = page.locator(".born output")
    first = told.text_content()
    expect(told).not_to_have_text(first)
    page.locator(".born").get_by_role("button", name="Pause").click()
    expect(page.locator(".born").get_by_role("button", name="Play")).to_be_visible()


def test_nothing_moves_for_who_wants_no_motion(visit):
    page = visit("index.html", reduced_motion="reduce").page
    page.wait_for_timeout(1_000)
    expect(page.locator(".born").get_by_role("button", name="Play")).to_be_visible()


@SCHEMES
def test_icons_are_drawn(visit, scheme):
    page = visit("index.html", color_scheme=scheme).page
    button = page.locator("button.theme-switch-button").last
    expect(button.locator("svg, i").first).to_be_attached()
    expect(page.locator(".article-header-buttons svg").first).to_be_visible()


def search(page):
    """The results for 'mode collapse', as {title: address}."""
    results = page.locator("#search-results ul.search a")
    expect(results.first).to_be_visible()
    expect(page.locator("#search-results")).to_contain_text("page")
    return {r.text_content(): r.get_attribute("href") for r in results.all()}


def test_search_from_disk_finds_the_lesson_that_speaks_of_it(visit):
    page = visit("search.html?q=mode+collapse").page
    found = search(page)
    assert any("02_vanilla_gan" in address for address in found.values()), found
    assert any(title.startswith("02 ·") for title in found)


def test_dark_and_light_by_the_button_of_the_theme(visit):
    page = visit("notebooks/02_vanilla_gan.html", color_scheme="light").page
    seen = {}
    for mode in ("dark", "light", "auto"):
        page.get_by_role("button", name="Color mode").click()
        page.locator(f'.theme-change-button[data-mode="{mode}"]').click()
        expect(page.locator("html")).to_have_attribute("data-mode", mode)
        seen[mode] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert seen["dark"] != seen["light"] == seen["auto"]


@pytest.mark.parametrize(
    "address, width, scheme",
    [
        ("index.html", 1200, "dark"),
        ("index.html", 400, "light"),
        (f"notebooks/{NAMES[2]}.html", 1200, "light"),
        (f"notebooks/{NAMES[2]}.html", 400, "dark"),
    ],
)
def test_axe_finds_nothing_serious(chromium, book, address, width, scheme):
    size = {"width": width, "height": 900}  # axe itself tries to fetch styles
    look = {"color_scheme": scheme, "reduced_motion": "reduce"}  # nothing half faded in
    page = chromium.new_page(viewport=size, **look)
    page.goto(f"{book.as_uri()}/{address}", wait_until="load")
    found = faults_of(page)
    page.close()
    assert found == []


@pytest.fixture
def server(book):
    """The address of the book on a server of this machine."""
    handler = functools.partial(Quiet, directory=str(book))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Nothing on the terminal."""


def test_the_same_from_a_server(chromium, server):
    visited = Visit(chromium)
    for address in ("index.html", "notebooks/05_progression_gallery.html"):
        visited.page.goto(f"{server}/{address}", wait_until="load")
        visited.page.wait_for_timeout(500)
        assert visited.is_calm()
    visited.page.goto(f"{server}/search.html?q=mode+collapse")
    assert search(visited.page)
    visited.page.wait_for_load_state("networkidle")
    inside = (server, "data:", "blob:")
    assert [url for url in visited.asked if not url.startswith(inside)] == []
    assert visited.complaints == []
    visited.page.close()


# A live page in the book, and what shows that it works: (address, what must come true).
WORKS = {
    "explore": ("explore.html#digit?recipe=modern_labels", "recipe?.name"),
    "spot": ("spot.html#deck=4&recipe=mlp", "game.name === 'mlp' && game.deck === 4"),
    "draw": ("draw.html", "finds.length > 0"),
    "game": ("game.html", "document.querySelector('.game').dataset.step > 20"),
    "time": ("time.html", "document.querySelector('[data-frame]')"),
}


@pytest.mark.parametrize("name", WORKS)
@pytest.mark.parametrize("place", ["disk", "server"])
def test_a_live_page_works_where_the_book_lies(chromium, book, server, name, place):
    root = book.as_uri() if place == "disk" else server
    address, done = WORKS[name]
    visited = Visit(chromium)
    visited.page.goto(f"{root}/play/{address}", wait_until="load")
    if name == "draw":
        visited.page.locator("#example").click()
    visited.page.wait_for_function(done, timeout=4 * WAIT)
    inside = (root, "data:", "blob:")
    assert [url for url in visited.asked if not url.startswith(inside)] == []
    assert visited.complaints == []
    visited.page.close()
