"""The page in which a generator runs, opened from disk: it shows what Python shows."""

import dataclasses
import io
import re
from functools import cache

import numpy as np
import pytest
import torch
from accessible import faults_of
from PIL import Image, ImageSequence
from playwright.sync_api import expect

from gan_utils import latent
from gan_utils.explore.page import explorer_page, weights_script
from gan_utils.gan import draw
from gan_utils.latent import seed_latent
from gan_utils.models import ShuffleDiscriminator
from gan_utils.results import load_shipped
from gan_utils.support.weights import packed

PIXELS = """canvas => {
    const brush = canvas.getContext("2d");
    const { data } = brush.getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, i) => i % 4 === 0);
}"""
READ_OFTEN = "willReadFrequently"  # what Chromium says of PIXELS
MORPH = "From one latent to another"
PAGES = ["modern", "dcgan_28", "mlp_bn_fullbatch", "modern_labels"]
load = cache(load_shipped)


def with_D(name, folder):
    """A Result of the recipe, and an untrained D of weights that float16 holds."""
    torch.manual_seed(0)
    D = ShuffleDiscriminator().half().float().eval()
    (folder / "discriminator.safetensors").write_bytes(packed(D.state_dict()))
    return dataclasses.replace(load(name), folder=folder), D


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A page for each of PAGES; `modern` has a discriminator too."""
    folder = tmp_path_factory.mktemp("pages")
    for name in PAGES:
        result = with_D(name, folder)[0] if name == "modern" else load(name)
        explorer_page(result, folder / f"{name}.html")
    return folder


@pytest.fixture
def context(chromium):
    """A browser context; its pages ask for nothing and say nothing on the console."""
    context = chromium.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    complaints, requests = [], []
    context.on("console", lambda message: complaints.append(message.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("request", lambda request: requests.append(request.url))
    yield context
    context.close()
    assert [text for text in complaints if READ_OFTEN not in text] == []
    own = re.compile(r"file://.*\.html|blob:")  # the page itself; what it saves
    assert [url for url in requests if not own.match(url)] == []


@pytest.fixture
def visit(context, folder):
    """A function (recipe, hash) -> its page, ready."""

    def open_(name, where=""):
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto((folder / f"{name}.html").as_uri() + where)
        page.evaluate("ready")
        return page

    return open_


def drawn(page):
    """The pictures that the page shows, int (N, 28, 28)."""
    canvases = page.locator("#pictures canvas").all()
    flat = [canvas.evaluate(PIXELS) for canvas in canvases]
    return np.array(flat).reshape(-1, 28, 28)


def shows(page, name, *latents):
    """The page shows the pictures of these latents (latent_dim,), within a level."""
    wanted = draw(load(name).generator, torch.stack(latents)).numpy()
    found = drawn(page)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= 1
    assert np.abs(found - wanted).sum() <= 5  # rounding, nothing else


def ends(name, *seeds):
    return [seed_latent(seed, load(name).latent_dim) for seed in seeds]


def slider(page, name):
    return page.get_by_role("slider", name=name, exact=True)


def number(page, name):
    return page.get_by_role("spinbutton", name=name, exact=True)


@pytest.mark.parametrize("name", PAGES)
def test_every_explorer_shows_what_python_shows(visit, name):
    page, size = visit(name, "#morph?a=12&b=345&t=0.3"), load(name).latent_dim
    a, b = ends(name, 12, 345)
    shows(page, name, latent.lerp(a, b, 0.3), latent.slerp(a, b, 0.3))
    page = visit(name, "#plane?x=2.35&y=7.8")
    shows(page, name, latent.plane_latent(2.35, 7.8, size))
    page = visit(name, "#directions?seed=5&d1=1.5&d3=-2.2")
    axes = latent.leading_directions(load(name).generator, size, 4)
    shows(page, name, ends(name, 5)[0] + 1.5 * axes[0] - 2.2 * axes[2])


def asked(style, digit):
    z = ends("modern_labels", style)[0][None]
    return latent.ask(z, torch.tensor([digit]))[0]


def test_a_digit_is_asked_for_in_a_style(visit):
    page = visit("modern_labels", "#digit?style=3&digit=5")
    shows(page, "modern_labels", asked(3, 5))
    slider(page, "digit").press("ArrowRight")
    shows(page, "modern_labels", asked(3, 6))
    number(page, "style seed").fill("4")
    shows(page, "modern_labels", asked(4, 6))


def test_without_labels_there_is_no_digit_to_ask_for(visit):
    page = visit("modern", "#digit")
    expect(page.get_by_role("heading", level=2)).to_have_text(MORPH)
    expect(page.get_by_role("link", name="Digit")).to_have_count(0)


def test_morph_by_keys_and_fields(visit):
    page = visit("modern", "#morph?t=0")
    shows(page, "modern", *ends("modern", 0, 0))
    slider(page, "t").press("End")
    shows(page, "modern", *ends("modern", 1, 1))
    number(page, "to seed").press("ArrowUp")
    shows(page, "modern", *ends("modern", 2, 2))
    slider(page, "t").press("Home")
    number(page, "from seed").fill("77")
    shows(page, "modern", *ends("modern", 77, 77))


def test_fifty_rapid_keys_settle_on_the_last(visit):
    page = visit("modern", "#morph?t=0")
    slider(page, "t").focus()
    for _ in range(50):
        page.keyboard.press("ArrowRight")
    a, b = ends("modern", 0, 1)
    shows(page, "modern", latent.lerp(a, b, 0.5), latent.slerp(a, b, 0.5))


def at(x, y):
    return latent.plane_latent(x, y, load("modern").latent_dim)


def test_the_plane_by_keys_pointer_and_sliders(visit):
    page = visit("modern", "#plane?x=3&y=4")
    pad = page.locator("#pad")
    pad.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "Shift+ArrowUp"):
        page.keyboard.press(key)
    shows(page, "modern", at(3.05, 3.1))
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 14, box["y"] + 14)
    page.mouse.down()
    shows(page, "modern", at(0, 0))
    page.mouse.move(box["x"] + 14 + 28 * 6, box["y"] + 14 + 28 * 2.5, steps=5)
    page.mouse.up()
    shows(page, "modern", at(6, 2.5))
    page.mouse.move(box["x"] + 50, box["y"] + 50)  # not held: nothing moves
    shows(page, "modern", at(6, 2.5))
    slider(page, "x").press("End")
    shows(page, "modern", at(9, 2.5))


def test_a_finger_on_the_plane_moves_the_picture_not_the_page(folder, chromium):
    page = chromium.new_page(has_touch=True, viewport={"width": 400, "height": 500})
    page.goto((folder / "modern.html").as_uri() + "#plane")
    page.evaluate("ready")
    page.locator("#pad").scroll_into_view_if_needed()
    box, top = page.locator("#pad").bounding_box(), page.evaluate("scrollY")
    session = page.context.new_cdp_session(page)
    places = [(1, 8), (1, 6), (2, 4), (2, 2)]
    for i, (x, y) in enumerate(places):
        finger = {"x": box["x"] + 14 + 28 * x, "y": box["y"] + 14 + 28 * y}
        kind = "touchMove" if i else "touchStart"
        how = {"type": kind, "touchPoints": [finger]}
        session.send("Input.dispatchTouchEvent", how)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    shows(page, "modern", at(2, 2))
    assert page.evaluate("scrollY") == top
    page.close()


def test_directions_reset(visit):
    page = visit("modern", "#directions?seed=8")
    before = drawn(page)
    slider(page, "direction 2").press("End")
    assert np.abs(drawn(page) - before).max() > 50
    page.get_by_role("button", name="Reset").click()
    shows(page, "modern", *ends("modern", 8))


@pytest.mark.parametrize(
    ("typed", "seed"), [("-5", 0), ("123456", 9999), ("2.5", 2), ("", 0), ("7e1", 70)]
)
def test_a_typed_value_becomes_the_nearest_allowed(visit, typed, seed):
    page = visit("modern", "#morph?t=0&a=3")
    field = number(page, "from seed")
    field.fill(typed)
    shows(page, "modern", *ends("modern", seed, seed))
    field.blur()
    expect(field).to_have_value(str(seed))


def test_so_does_nonsense_in_the_address(visit):
    page = visit("modern", "#morph?recipe=none&a=x&b=-3&t=NaN&more=<b>")
    shows(page, "modern", *ends("modern", 0, 0))
    page = visit("modern", "#plane?x=99&y=-Infinity")
    shows(page, "modern", at(9, 0))
    page = visit("modern", "#directions?seed=1e99&d1=abc")
    shows(page, "modern", *ends("modern", 9999))
    for nowhere in ("#%00nowhere?&&=", "#toString", "#?x=1"):
        page = visit("modern", nowhere)
        expect(page.get_by_role("heading", level=2)).to_have_text(MORPH)


def test_the_copied_link_shows_the_same_picture_again(visit, context):
    page = visit("modern", "#plane")
    page.get_by_role("button", name="Surprise me").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#message")).to_contain_text("copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert "recipe=modern" in link
    other = context.new_page()
    other.goto(link)
    other.evaluate("ready")
    assert np.array_equal(drawn(other), drawn(page))
    values = [slider(page, name).input_value() for name in "xy"]
    slider(other, "x").press("Home")  # two tabs do not know of each other
    assert [slider(page, name).input_value() for name in "xy"] == values
    page.reload()  # the address has followed
    page.evaluate("ready")
    assert [slider(page, name).input_value() for name in "xy"] == values


def test_where_nothing_may_be_copied_the_link_is_shown(visit):
    page = visit("modern", "#morph?a=5")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_label("Link to this picture")).to_have_value(re.compile("a=5"))


def test_surprise_me_changes_the_seeds(visit):
    page = visit("modern", "#directions")
    before, seeds = drawn(page), set()
    for _ in range(5):
        page.get_by_role("button", name="Surprise me").click()
        seeds.add(int(number(page, "seed").input_value()))
    assert len(seeds) > 1 and all(0 <= seed < 10_000 for seed in seeds)
    assert not np.array_equal(drawn(page), before)


def saved(page, button):
    """The picture that a button saves."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return Image.open(io.BytesIO(download.value.path().read_bytes()))


def test_save_png_gives_what_is_shown(visit):
    page = visit("modern", "#morph?a=3&b=4&t=0.4")
    array = np.asarray(saved(page, "Save PNG").convert("L")).astype(int)
    assert array.shape == (8 * 28, 8 * 60)
    small = array[::8, ::8]
    assert np.array_equal(small.repeat(8, 0).repeat(8, 1), array)
    assert np.array_equal(np.stack([small[:, :28], small[:, 32:]]), drawn(page))


def frames(image):
    """The frames of a GIF at one pixel per pixel, int (T, H, W)."""
    turned = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(image)]
    return np.stack(turned).astype(int)[:, ::4, ::4]


def test_save_gif_walks_there_and_back(visit):
    page = visit("modern", "#morph?a=3&b=4")
    image = saved(page, "Save GIF")
    assert image.info["loop"] == 0 and image.info["duration"] == 80
    film, (a, b) = frames(image), ends("modern", 3, 4)
    t = torch.from_numpy((1 - np.cos(2 * np.pi * np.arange(40) / 40)) / 2).float()
    wanted = draw(load("modern").generator, latent.slerp(a, b, t)).numpy()
    assert film.shape == (40, 28, 60)
    assert np.abs(film[:, :, 32:] - wanted).max() <= 1
    page = visit("modern_labels", "#digit?style=9")
    film = frames(saved(page, "Save GIF"))
    z = torch.stack([asked(9, digit) for digit in range(10)])
    wanted = draw(load("modern_labels").generator, z).numpy()
    assert np.abs(film - wanted).max() <= 1


def test_the_score_is_that_of_D(visit, tmp_path):
    page = visit("modern", "#plane?x=2&y=3")
    G, (_, D) = load("modern").generator, with_D("modern", tmp_path)
    score = D(G(at(2, 3)[None])).item()
    text = page.locator("#score").inner_text().replace("−", "-")
    assert float(re.search(r"[-+][\d.]+", text)[0]) == pytest.approx(score, abs=0.051)
    assert ("real" if score > 0 else "fake") in text
    expect(visit("dcgan_28").locator("#verdict")).to_be_hidden()


def test_without_webassembly_plain_javascript_draws_the_same(visit, context):
    context.add_init_script("delete globalThis.WebAssembly")
    page = visit("modern", "#plane?x=2.5&y=3.25")
    expect(page.locator("#cost")).to_contain_text("plain JavaScript")
    shows(page, "modern", at(2.5, 3.25))


def test_with_webassembly_it_is_used(visit):
    expect(visit("modern").locator("#cost")).to_contain_text("WebAssembly")


def test_what_is_shown_is_said_when_the_hand_rests(visit):
    page = visit("modern", "#plane?x=2&y=3")
    said = page.locator("#said")
    expect(said).to_contain_text("modern: x = 2.00, y = 3.00")
    slider(page, "x").press("Home")
    expect(said).to_contain_text("x = 0.00")
    picture = page.get_by_role("img", name=re.compile("A generated digit"))
    expect(picture).to_have_attribute("aria-label", re.compile("x = 0.00"))


@pytest.mark.parametrize("width", [1200, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_any_reader(chromium, folder, width, scheme):
    size = {"width": width, "height": 800}
    page = chromium.new_page(viewport=size, color_scheme=scheme)
    for tab in ("Morph", "Plane", "Directions", "Digit"):
        name = "modern_labels" if tab == "Digit" else "modern"
        page.goto((folder / f"{name}.html").as_uri() + f"#{tab.lower()}")
        page.evaluate("ready")
        link = page.get_by_role("link", name=tab)
        expect(link).to_have_attribute("aria-current", "page")
        assert faults_of(page) == []
    page.close()


def test_all_is_reached_by_tab(visit):
    page = visit("modern", "#plane")
    focused = "document.activeElement.id || document.activeElement.textContent"
    seen = set()
    for _ in range(20):
        page.keyboard.press("Tab")
        seen.add(page.evaluate(focused))
    buttons = {"surprise", "copy", "png", "gif"}
    assert {"Plane", "pad", "recipe", "of-x", "of-y"} | buttons <= seen


@pytest.fixture
def book(tmp_path):
    """A page that finds its recipes in scripts beside it, one of which is missing."""
    names = ["dcgan_28", "modern_labels", "mlp"]
    (tmp_path / "weights").mkdir()
    for name in names[:2]:
        script = weights_script(load(name), k=2)
        (tmp_path / "weights" / f"{name}.js").write_text(script)
    return explorer_page((), tmp_path / "explore.html", beside=names)


def test_recipes_beside_the_page_are_loaded_when_chosen(chromium, book):
    page = chromium.new_page()
    page.goto(book.as_uri() + "#morph?t=0&a=4&recipe=modern_labels")
    page.evaluate("ready")
    shows(page, "modern_labels", *ends("modern_labels", 4, 4))
    page.get_by_label("recipe").select_option("dcgan_28")
    expect(page.locator("#caption")).to_contain_text("dcgan_28: seed 4")
    shows(page, "dcgan_28", *ends("dcgan_28", 4, 4))
    expect(page.get_by_label("recipe")).to_be_focused()
    page.get_by_label("recipe").select_option("mlp")
    expect(page.locator("#message")).to_have_text(
        "mlp cannot be loaded: weights/mlp.js is not there"
    )
    expect(page.get_by_label("recipe")).to_have_value("dcgan_28")
    page.get_by_role("link", name="Digit").click()
    expect(page.get_by_label("recipe").locator("option")).to_have_text(
        ["modern_labels"]
    )
    page.close()
