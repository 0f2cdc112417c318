"""The sliders of notebook 05 in a real JupyterLab: what a student does with them."""

import base64

import pytest
from playwright.sync_api import expect

SETUP = """
import numpy as np
import torch
from IPython.display import HTML, display

from gan_utils import export, widgets
from gan_utils.latent import lerp, slerp

values = 20 * np.arange(12)[:, None] + np.arange(4)
film = np.broadcast_to(values[..., None, None], (12, 4, 28, 28)).astype(np.uint8)
steps = [10 * n**2 for n in range(12)]
a, b = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])

def generator(z):
    return z[:, :1, None, None].expand(-1, 1, 28, 28)

def fragile(z):
    if z[0, 1] > 0.01:
        raise RuntimeError("no <b>picture</b> here")
    return generator(z)
"""
CELLS = [
    SETUP,
    "widgets.progress_slider(film, steps, ncol=2)",
    "widgets.morph_slider(generator, a, b)",
    "widgets.morph_slider(fragile, b, a, ways={'lerp': lambda a, b, t: lerp(b, a, t)})",
    "box = widgets.progress_slider(film, steps, ms=300)\n"
    "plays = [*globals().get('plays', []), box.children[0].children[0]]\n"
    "display(box)",
    "labels = [f'step {n}' for n in steps]\n"
    "HTML(export.html_player(film[:, 0], labels, title='twelve'))",
]
PROGRESS, MORPH, FRAGILE, PLAY, PLAYER = range(1, 6)
ERRORS = (
    "[data-mime-type='application/vnd.jupyter.stderr'], "
    "[data-mime-type='application/vnd.jupyter.error'], "
    ".jupyter-widgets-error-widget"
)
BYTES = """async image => {
    const data = await (await fetch(image.src)).arrayBuffer();
    return btoa(String.fromCharCode(...new Uint8Array(data)));
}"""
ASK_KERNEL = """async code => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const future = kernel.requestExecute({ code });
    let text = '';
    future.onIOPub = message => { text += message.content.text || ''; };
    await future.done;
    return text;
}"""


@pytest.fixture(scope="module")
def page(open_notebook):
    return open_notebook("sliders", CELLS)


@pytest.fixture(scope="module")
def made():
    """What the first cell defines, in this process."""
    names = {}
    exec(SETUP, names)
    return names


@pytest.fixture(autouse=True)
def nothing_went_wrong(page):
    yield
    expect(page.locator(ERRORS)).to_have_count(0)
    assert page.page_errors == []


def cell(page, number):
    found = page.locator(".jp-CodeCell").nth(number)
    found.scroll_into_view_if_needed()
    return found


def readout(found):
    return found.locator(".widget-readout")


def handle(found):
    return found.get_by_role("slider")


def pictures(found):
    """The bytes of the pictures that the browser shows."""
    return [
        base64.b64decode(image.evaluate(BYTES)) for image in found.locator("img").all()
    ]


def settles(page, found, expected):
    """Wait until the pictures are these bytes; fail with what is there instead."""
    for _ in range(40):
        if pictures(found) == expected:
            return
        page.wait_for_timeout(50)
    assert pictures(found) == expected


def test_each_arrow_key_goes_to_the_next_step_and_its_picture(page, made):
    found = cell(page, PROGRESS)
    picture = made["widgets"].progress_picture(made["film"], ncol=2)
    expect(readout(found)).to_have_text("0")
    settles(page, found, [picture(0)])
    handle(found).focus()
    for index in (1, 2, 3):
        page.keyboard.press("ArrowRight")
        expect(readout(found)).to_have_text(f"{made['steps'][index]}")
        settles(page, found, [picture(index)])
    page.keyboard.press("ArrowLeft")
    expect(readout(found)).to_have_text("40")
    settles(page, found, [picture(2)])


def test_a_picture_keeps_its_size_on_the_page(page):
    box = cell(page, PROGRESS).locator("img").bounding_box()
    assert (box["width"], box["height"]) == (114, 114)


def test_dragging_shows_lerp_and_slerp_at_that_place(page, made):
    found = cell(page, MORPH)
    knob = handle(found).bounding_box()
    x, y = knob["x"] + knob["width"] / 2, knob["y"] + knob["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 90, y, steps=8)
    page.mouse.up()
    expect(readout(found)).not_to_have_text("0.00")
    t = float(readout(found).inner_text())
    assert 0.1 < t < 0.9
    settles(page, found, both_ways(made, t))


def both_ways(made, t):
    ends = made["generator"], made["a"], made["b"]
    morph = made["widgets"].morph_picture
    return [morph(*ends, way=made[way])(t) for way in ("lerp", "slerp")]


def test_thirty_rapid_moves_settle_on_the_last(page, made):
    found = cell(page, MORPH)
    handle(found).focus()
    page.keyboard.press("Home")
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    expect(readout(found)).to_have_text("0.60")
    settles(page, found, both_ways(made, 0.6))


@pytest.mark.parametrize(("typed", "shown"), [("99", "1.00"), ("abc", "0.00")])
def test_typing_nonsense_leaves_a_picture(page, made, typed, shown):
    found = cell(page, MORPH)
    handle(found).focus()
    page.keyboard.press("Home")
    expect(readout(found)).to_have_text("0.00")
    readout(found).fill(typed)
    readout(found).press("Enter")
    expect(readout(found)).to_have_text(shown)
    settles(page, found, both_ways(made, float(shown)))


def test_an_error_is_shown_and_the_next_move_works(page, made):
    found = cell(page, FRAGILE)
    before = pictures(found)
    handle(found).focus()
    page.keyboard.press("ArrowRight")
    alert = found.get_by_role("alert")
    expect(alert).to_contain_text("RuntimeError: no <b>picture</b> here")
    assert pictures(found) == before
    page.keyboard.press("ArrowLeft")
    expect(alert).to_have_count(0)


def test_play_moves_the_picture_and_stops_when_its_cell_runs_again(page, made):
    found = cell(page, PLAY)
    before = pictures(found)
    found.locator(".widget-play button").first.click()
    expect(readout(found)).not_to_have_text("0")
    page.wait_for_function(
        "([cell, old]) => cell.querySelector('img').src !== old",
        arg=[found.element_handle(), found.locator("img").get_attribute("src")],
    )
    assert pictures(found) != before
    found.locator(".jp-InputArea-editor").click()
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-cell')")
    page.wait_for_timeout(300)
    ask = "print(len(plays), [play.playing for play in plays], plays[0].value)"
    first = page.evaluate(ASK_KERNEL, ask)
    page.wait_for_timeout(900)
    assert page.evaluate(ASK_KERNEL, ask) == first
    assert first.startswith("2 [False, False]")
    expect(readout(found)).to_have_text("0")


def test_an_exported_player_works_inside_a_notebook(page):
    found = cell(page, PLAYER)
    slider = found.get_by_role("slider")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(found.locator("output")).to_have_text("step 90")
    gray = found.locator("canvas").evaluate(
        "canvas => canvas.getContext('2d').getImageData(5, 5, 1, 1).data[0]"
    )
    assert gray == 60
    expect(found.locator("figcaption")).to_have_text("twelve")
