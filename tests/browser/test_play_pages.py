"""The games with shipped networks, played from disk in a real browser."""

import csv
import io
import json

import numpy as np
import play_pages
import pytest
import torch
from accessible import faults_of
from PIL import Image
from playwright.sync_api import expect

from gan_utils import results
from gan_utils.data import to_float
from gan_utils.gan import draw
from gan_utils.judge.judge import read_judge
from gan_utils.latent import STYLE, ask, seed_latent
from gan_utils.recipes import RECIPES
from gan_utils.support import paths
from gan_utils.support.weights import load_into

RECIPES_THERE = ["modern_labels", "mlp"]
HANDS = """() => [...hand.children].map(({ firstChild: canvas }) =>
    [...canvas.getContext("2d").getImageData(0, 0, 28, 28).data])"""
SEES = """() => game.pictures.map((grey) => [...grey])"""


@pytest.fixture(scope="module")
def games(tmp_path_factory):
    """A folder with the games as single files, and as the book has them."""
    folder = tmp_path_factory.mktemp("games")
    for name in play_pages.GAMES:
        play_pages.alone(name, folder / f"{name}.html")
        play_pages.beside(name, folder / "book" / f"{name}.html", RECIPES_THERE)
    weights = folder / "book" / "weights"
    weights.mkdir()
    for name in RECIPES_THERE:
        script = play_pages.weights_script(results.load_shipped(name))
        (weights / f"{name}.js").write_text(script)
    (weights / "judge.js").write_text(play_pages.judge_script())
    return folder


def ours(address):
    return address.startswith(("file:", "blob:", "data:"))


@pytest.fixture
def visit(chromium, games):
    """A function (file, **look) -> a page, which may ask for nothing from elsewhere."""
    contexts, wrong = [], []

    def open_(file, address="", *, before="", **look):
        context = chromium.new_context(**{"accept_downloads": True} | look)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request", lambda request: ours(request.url) or wrong.append(request.url)
        )
        if before:
            page.add_init_script(before)
        page.goto((games / file).as_uri() + address)
        page.evaluate("ready")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not wrong


def cards(page):
    """The twenty pictures uint8 (20, 28, 28), and which of them are real."""
    real = page.evaluate("game.cards.map((card) => card.real)")
    return np.uint8(page.evaluate(SEES)).reshape(-1, 28, 28), np.array(real)


def mark(page, numbers):
    for number in numbers:
        page.locator(".card").nth(int(number)).click()


def test_the_pages_are_single_files_of_a_size_that_can_be_sent(games):
    for name in play_pages.GAMES:
        assert (games / f"{name}.html").stat().st_size < 8_000_000


def test_fakes_are_what_python_draws_and_the_networks_say_the_same(visit):
    page = visit("spot.html", "#deck=3")
    pictures, real = cards(page)
    seeds = page.evaluate("game.cards.filter((card) => !card.real).map((c) => c.seed)")
    shipped = results.load_shipped("modern_labels")
    z = torch.stack([seed_latent(seed, shipped.latent_dim) for seed in seeds])
    wanted = draw(shipped.generator, z).numpy().astype(int)
    assert np.abs(pictures[~real] - wanted).max() <= 1
    labels = shipped.generator.label(z).tolist()
    assert page.evaluate("game.labels.filter((l, i) => !game.cards[i].real)") == labels

    judge = read_judge(paths.weights_dir() / "judge" / "first")
    sure = judge.look(torch.from_numpy(pictures))[1].amax(1)
    assert page.evaluate("game.scores.judge") == pytest.approx(sure.tolist(), abs=1e-4)
    D = RECIPES["modern_labels"].D(n_labels=10).eval()
    load_into(D, paths.weights_dir() / "modern_labels" / "discriminator.safetensors")
    labels = torch.tensor(page.evaluate("game.labels"))
    with torch.no_grad():
        logits = D(to_float(torch.from_numpy(pictures)), labels)
    found = page.evaluate("game.scores.discriminator")
    assert found == pytest.approx(logits.tolist(), abs=1e-3)


def test_a_game_is_played_scored_and_saved(visit):
    page = visit("spot.html", "#deck=5")
    real = cards(page)[1]
    fakes = np.flatnonzero(~real)
    assert page.locator("#reveal").is_disabled()
    mark(page, [*fakes[:7], *np.flatnonzero(real)[:3]])  # seven fakes found, three not
    expect(page.locator("#count")).to_have_text("10 of 10 marked")
    page.locator("#reveal").click()
    assert page.locator("#headline").inner_text() == "You have 14 of 20 right"
    assert "9 % of decks" in page.locator("#luck").inner_text()
    page.locator(".card").nth(int(fakes[0])).click()  # it tells, and marks no more
    assert f"Card {fakes[0] + 1} is fake" in page.locator("#detail").inner_text()
    for player in ("discriminator", "judge"):
        scores = np.array(page.evaluate(f"game.scores.{player}"))
        called_fake = np.isin(np.arange(20), np.argsort(scores, kind="stable")[:10])
        right = (called_fake == ~real).sum()
        row = page.locator("#scores tr", has_text=player).inner_text().split()
        assert int(row[1]) == right
    page.locator("#name").fill("Ann, B")
    with page.expect_download() as download:
        page.locator("#save").click()
    (row,) = csv.DictReader(io.StringIO(download.value.path().read_text()))
    letters = np.array([*row["marked"]]) == "f"
    assert (row["name"], row["deck"], row["you"]) == ("Ann, B", "5", "14")
    assert row["recipe"] == "modern_labels" and letters.sum() == 10


def test_keys_nonsense_and_another_deck(visit):
    page = visit("spot.html", "#deck=words&recipe=none")
    assert page.evaluate("[game.deck, game.name]") == [0, "modern_labels"]
    page.locator(".card").first.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "Space"):
        page.keyboard.press(key)
    assert page.locator(".card").nth(5).get_attribute("aria-pressed") == "true"
    for text, deck in (("99999", 9999), ("-4", 0), ("", 0), ("7.4", 7)):
        page.locator("#deck").fill(text)
        page.locator("#deck").press("Tab")
        page.wait_for_function(f"game.deck === {deck} && +deck.value === {deck}")
    page.locator("#next").click()
    page.wait_for_function("game.deck === 8")
    assert page.evaluate("location.hash") == "#deck=8&recipe=modern_labels"
    assert page.locator("#count").inner_text() == "0 of 10 marked: mark 10 more"


def test_two_tabs_of_one_link_hold_the_same_deck_and_play_alone(visit):
    one, other = (visit("spot.html", "#deck=11") for _ in range(2))
    assert (cards(one)[0] == cards(other)[0]).all()
    mark(one, [0])
    assert one.evaluate("marked()") == 1 and other.evaluate("marked()") == 0


def test_in_the_book_any_recipe_deals_and_one_without_a_fitting_d_says_so(visit):
    page = visit("book/spot.html")
    assert page.locator("#recipe option").all_inner_texts() == RECIPES_THERE
    page.locator("#recipe").select_option("mlp")
    page.wait_for_function("game.name === 'mlp'")
    mark(page, range(10))
    page.locator("#reveal").click()
    assert page.locator("#scores tr").count() == 2
    assert "for mlp no discriminator can play" in page.locator("#how").inner_text()


@pytest.mark.parametrize("game", play_pages.GAMES)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 400)])
def test_nobody_is_left_out(visit, game, scheme, width):
    size = {"width": width, "height": 900}
    page = visit(f"{game}.html", viewport=size, color_scheme=scheme)
    if game == "spot":
        mark(page, range(10))
        page.locator("#reveal").click()
    else:
        page.locator("#example").click()
        page.wait_for_selector("#after:not([hidden])")
    assert not faults_of(page)


def stroke(page, points, *, touch=False):
    """Draw on the sheet; points in its own 280 x 280."""
    box = page.locator("#sheet").bounding_box()
    zoom = box["width"] / 280
    places = [(box["x"] + x * zoom, box["y"] + y * zoom) for x, y in points]
    if touch:
        tab = page.context.new_cdp_session(page)
        kinds = ["touchStart"] + ["touchMove"] * (len(places) - 1)
        for kind, (x, y) in zip(kinds, places):
            points = {"touchPoints": [{"x": x, "y": y}]}
            tab.send("Input.dispatchTouchEvent", {"type": kind, **points})
        tab.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        return
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


ONE = [(150, 40), (145, 130), (140, 240)]
SEVEN = [(65, 75), (130, 66), (212, 62), (185, 120), (152, 190), (140, 235)]


def found(page):
    """Wait for a search, then (latent, digit that was asked for, error)."""
    page.wait_for_selector("#after:not([hidden])")
    z, digit = page.evaluate("[[...style.z], style.digit]")
    return torch.tensor(z), digit


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "touch"])
def test_a_drawn_seven_is_found_and_its_style_writes_all_digits(visit, touch):
    page = visit("draw.html", has_touch=touch)
    stroke(page, SEVEN, touch=touch)
    page.locator("#find").click()
    z, digit = found(page)
    assert digit == 7 and "judge reads a 7" in page.locator("#status").inner_text()
    shipped = results.load_shipped("modern_labels")
    mine = np.uint8(page.evaluate("[...changed()]")).reshape(28, 28)
    asked = torch.stack([ask(z[None], torch.tensor([d]))[0] for d in range(10)])
    pictures = draw(shipped.generator, asked).numpy().astype(int)
    error = np.square((pictures[7] - mine.astype(int)) / 255).mean()
    assert error < 0.015  # the nearest of 60,000 training images: 0.025 on average
    seen = np.array(page.evaluate(HANDS)).reshape(10, 28, 28, 4)[..., 0]
    assert np.abs(seen - pictures).max() <= 1


def test_sliders_digits_and_the_picture_to_keep(visit):
    page = visit("draw.html")
    page.locator("#example").click()
    z, _ = found(page)
    before = page.locator("#hand canvas").nth(3).screenshot()
    page.locator("#one").focus()
    for _ in range(15):
        page.keyboard.press("ArrowRight")
    expect(page.locator("output[for=one]")).to_have_text("1.5", timeout=60_000)
    assert page.locator("#hand canvas").nth(3).screenshot() != before
    page.locator("#hand button").nth(3).click()
    page.wait_for_function("style.digit === 3")
    with page.expect_download() as download:
        page.locator("#save").click()
    assert Image.open(download.value.path()).size == (10 * 116 - 4, 112)
    latent = page.evaluate("latentOf(3).then((z) => [...z])")
    assert latent[STYLE:] == [10.0 * (d == 3) for d in range(10)]
    assert not np.allclose(latent[:STYLE], z[:STYLE])


def test_what_the_judge_misreads_can_be_said(visit):
    page = visit("draw.html")
    stroke(page, SEVEN)
    page.locator("#digit").select_option("1")
    assert found(page)[1] == 1
    assert "asked for a 1" in page.locator("#status").inner_text()


def test_an_empty_sheet_and_a_change_while_it_searches(visit):
    page = visit("draw.html")
    page.locator("#find").click()
    assert "empty" in page.locator("#status").inner_text()
    page.locator("#example").click()
    page.locator("#clear").click()  # while the search runs
    page.wait_for_timeout(500)
    assert page.locator("#after").is_hidden()
    stroke(page, ONE)
    page.locator("#sheet").press("Enter")
    assert found(page)[1] == 1
    page.locator("#undo").click()
    assert page.locator("#after").is_hidden()


def test_without_webassembly_the_games_still_play(visit):
    page = visit("draw.html", before="delete globalThis.WebAssembly")
    page.locator("#example").click()
    assert found(page)[1] == 7


def test_the_yardsticks_beside_the_error_are_those_of_the_benchmark(project):
    text = (project / "site" / "play" / "draw.html").read_text("utf-8")
    stored = json.loads((project / "benchmarks" / "control.json").read_text())
    rows = [v for k, v in stored["rows"].items() if k.startswith("modern_labels, seed")]
    for place, key in (("usual", "mean"), ("nearest", "neighbour mean")):
        mean = np.mean([row["inverted"][key] for row in rows if "inverted" in row])
        assert f'<span id="{place}">{mean:.4f}</span>' in text
