"""The live game of two dimensions, opened from disk: no server, no network."""

import game_speed
import pytest
from accessible import faults_of
from playwright.sync_api import expect

LATER = 60_000  # milliseconds; a long wait, for slow machines
WATCH = """
addEventListener("DOMContentLoaded", () => document.querySelector(".game")
  .addEventListener("drawn", ({ detail }) => { window.seen = detail; }));
"""
NO_WORKER = "window.Worker = undefined;"
DEAD_WORKER = """
window.Worker = class {
  constructor() { setTimeout(() => this.onerror(new Event("error", {}))); }
  postMessage() {}
  terminate() {}
};
"""
RESTS = """() => document.querySelector("#status").textContent
  .startsWith(`Paused at step ${seen.step.toLocaleString("en")}: `)"""
STATE = "() => ({ fakes: [...seen.fakes], field: [...seen.field] })"


@pytest.fixture
def open_game(chromium, project):
    """A function (motion, script before the page's own, options) -> a page."""
    opened, requests, complaints = [], [], []

    def open_(motion="reduce", before="", path=None, **options):
        context = chromium.new_context(reduced_motion=motion, **options)
        page = context.new_page()
        page.complaints = complaints
        opened.append(context)
        page.set_default_timeout(LATER)
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.add_init_script(WATCH + before)
        page.goto((path or project / "site" / "play" / "game.html").as_uri())
        page.wait_for_selector("[data-drawn]")
        return page

    yield open_
    for context in opened:
        context.close()
    outside = [url for url in requests if not url.startswith(("file:", "blob:"))]
    assert outside == [] and complaints == []


def at_step(page, number):
    """Waits until the game has made so many steps and rests; what it shows."""
    expect(page.locator("#step")).to_have_text(f"{number:,}", timeout=LATER)
    rests(page)
    assert page.evaluate("seen.step") == number
    return page.evaluate(STATE)


def rests(page):
    """Waits until the game rests and has drawn what its line of text tells."""
    expect(page.locator("#play")).to_have_text("Play", timeout=LATER)
    page.wait_for_function(RESTS)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def plays_on(page):
    """Waits until the game has made some more steps."""
    page.wait_for_function(
        "before => seen.step > before + 5", arg=page.evaluate("seen.step")
    )


def test_it_plays_at_once_in_a_worker_and_pauses(open_game):
    page = open_game(motion="no-preference")
    assert page.locator(".game").get_attribute("data-where") == "worker"
    plays_on(page)
    expect(page.locator("#status")).to_be_empty()
    press(page, "Pause")
    rests(page)
    step = page.evaluate("seen.step")
    told = f"step {step:,}"
    assert f"Paused at {told}: G finds" in page.locator("#status").inner_text()
    assert told in page.locator("#picture").get_attribute("aria-label")
    page.wait_for_timeout(200)
    assert page.evaluate("seen.step") == step


def test_it_waits_for_readers_who_want_no_motion(open_game):
    page = open_game(motion="reduce")
    assert at_step(page, 0)
    expect(page.locator("#status")).to_contain_text("Paused at step 0")
    assert "of 8" in page.locator("#modes-average").inner_text()


def test_d_alone_moves_no_dot_and_g_alone_no_field(open_game):
    page = open_game()
    press(page, "30 steps")
    both = at_step(page, 30)
    page.get_by_label("D only").check()
    press(page, "30 steps")
    d_only = at_step(page, 60)
    assert d_only["fakes"] == both["fakes"] and d_only["field"] != both["field"]
    page.get_by_label("G only").check()
    press(page, "1 step")
    g_only = at_step(page, 61)
    assert g_only["fakes"] != d_only["fakes"] and g_only["field"] == d_only["field"]


def test_a_reset_gives_the_same_game_and_another_seed_another(open_game):
    page = open_game()
    press(page, "30 steps")
    first = at_step(page, 30)
    press(page, "Reset")
    assert at_step(page, 0) != first
    press(page, "30 steps")
    assert at_step(page, 30) == first
    page.get_by_label("seed").fill("1")
    page.keyboard.press("Enter")
    at_step(page, 0)
    press(page, "30 steps")
    assert at_step(page, 30) != first


def test_the_grid_is_a_new_game_with_its_own_gamma(open_game):
    page = open_game()
    press(page, "1 step")
    at_step(page, 1)
    page.get_by_label("grid of 25").check()
    at_step(page, 0)
    expect(page.locator("#modes-G")).to_contain_text("of 25")
    expect(page.locator("output[for=gamma]")).to_have_text("1")


def test_penalties_are_paid_where_they_are_ticked(open_game):
    page = open_game()
    press(page, "1 step")
    at_step(page, 1)
    expect(page.locator("#penalty")).to_have_text("off")
    page.get_by_label("R1, on real points").check()
    page.get_by_label("pairs (RpGAN)").check()
    press(page, "1 step")
    at_step(page, 2)
    assert float(page.locator("#penalty").inner_text()) > 0
    expect(page.locator("#gamma-now")).to_have_text("0.2")


def test_keys(open_game):
    page = open_game()
    page.keyboard.press("s")
    start = at_step(page, 1)
    page.keyboard.press("d")
    expect(page.get_by_label("D only")).to_be_checked()
    page.keyboard.press("s")
    assert at_step(page, 2)["fakes"] == start["fakes"]
    page.keyboard.press("g")
    expect(page.get_by_label("G only")).to_be_checked()
    page.keyboard.press("b")
    expect(page.get_by_label("both")).to_be_checked()
    page.keyboard.press("Space")
    plays_on(page)
    page.keyboard.press("Space")
    rests(page)
    page.keyboard.press("r")
    at_step(page, 0)
    page.locator("#gamma").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("output[for=gamma]")).to_have_text("0.5")
    assert page.locator("#gamma").get_attribute("aria-valuetext") == "0.5"
    page.get_by_label("seed").focus()
    page.keyboard.press("s")
    at_step(page, 0)


def test_a_finger_does_it_too(open_game):
    phone = {"width": 400, "height": 800}
    page = open_game(has_touch=True, is_mobile=True, viewport=phone)
    page.get_by_role("button", name="30 steps").tap()
    at_step(page, 30)
    page.get_by_label("G only").tap()
    expect(page.get_by_label("G only")).to_be_checked()
    page.get_by_role("button", name="Play", exact=True).tap()
    plays_on(page)
    page.get_by_role("button", name="Pause").tap()
    rests(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 400])
def test_everybody_can_use_it(open_game, width, scheme):
    size = {"width": width, "height": 800}
    page = open_game(viewport=size, color_scheme=scheme)
    press(page, "1 step")
    at_step(page, 1)
    assert page.complaints == []
    assert faults_of(page) == []
    page.complaints.clear()  # axe asks for the style sheet, which a file may not


@pytest.mark.parametrize("before", [NO_WORKER, DEAD_WORKER], ids=["none", "dead"])
def test_without_a_worker_the_page_trains(open_game, before):
    page = open_game(motion="no-preference", before=before)
    plays_on(page)
    assert page.locator(".game").get_attribute("data-where") == "page"
    press(page, "Pause")
    rests(page)
    step = page.evaluate("seen.step")
    press(page, "1 step")
    at_step(page, step + 1)


def test_page_and_worker_play_the_same_game(open_game):
    games = []
    for before in ("", NO_WORKER):
        page = open_game(before=before)
        press(page, "30 steps")
        games.append(at_step(page, 30))
    assert games[0] == games[1]


@pytest.mark.parametrize("before", ["", NO_WORKER], ids=["worker", "page"])
def test_with_its_bytes_inside_it_computes_in_webassembly(open_game, before, tmp_path):
    page = open_game(before=before, path=game_speed.unbundled(tmp_path, wasm=True))
    press(page, "30 steps")
    found = at_step(page, 30)
    assert page.evaluate("seen.engine") == "WebAssembly"
    plain = open_game()
    press(plain, "30 steps")
    wanted = at_step(plain, 30)
    assert plain.evaluate("seen.engine") == "plain JavaScript"
    assert found["fakes"] == pytest.approx(wanted["fakes"], abs=0.05)


def test_its_speed_can_be_measured(chromium, tmp_path):
    path = game_speed.unbundled(tmp_path, wasm=True)
    for ticked in game_speed.GAMES.values():
        found = game_speed.measured(chromium, path, ticked, seconds=1)
        assert found["where"] == "worker"
        assert min(found[name] for name in ("steps", "frames", "drawn")) > 0


SET = """(input, value) => {
    input.type = "text";
    input.value = value;
    input.dispatchEvent(new Event("input"));
    input.dispatchEvent(new Event("change"));
}"""


@pytest.mark.parametrize(
    "control, value, becomes",
    [
        ("#seed", "abc", "0"),
        ("#seed", "-3", "0"),
        ("#seed", "123456789", "9999"),
        ("#seed", "2.6", "3"),
        ("#gamma", "99", "12"),
        ("#gamma", "NaN", "0"),
        ("#speed", "-7", "0"),
        ("#speed", "abc", "0"),
    ],
)
def test_a_value_from_nowhere_becomes_the_nearest(open_game, control, value, becomes):
    page = open_game()
    page.locator(control).evaluate(SET, value)
    assert page.locator(control).input_value() == becomes
    press(page, "1 step")
    at_step(page, 1)


def test_two_tabs_play_two_games(open_game):
    one, two = open_game(), open_game()
    press(one, "30 steps")
    at_step(one, 30)
    assert at_step(two, 0)
    two.get_by_label("G only").check()
    press(two, "1 step")
    at_step(two, 1)
    assert one.get_by_label("both").is_checked()
    assert at_step(one, 30)


def test_a_slow_speed_is_kept(open_game):
    page = open_game()
    page.locator("#speed").fill("2")
    expect(page.locator("output[for=speed]")).to_have_text("10 a second")
    start = page.evaluate("performance.now()")
    press(page, "Play")
    plays_on(page)
    step, now = page.evaluate("[seen.step, performance.now()]")
    assert step <= 2 + (now - start) / 100


def test_losses_that_are_no_numbers_are_said_and_reset_mends_them(open_game):
    page = open_game(before=NO_WORKER)
    page.evaluate("window.log1p = Math.log1p; Math.log1p = () => NaN;")
    press(page, "30 steps")
    expect(page.get_by_role("alert")).to_contain_text("no longer numbers since step 1")
    page.evaluate("Math.log1p = window.log1p;")
    page.get_by_role("alert").get_by_role("button", name="Reset").click()
    expect(page.get_by_role("alert")).to_be_hidden()
    press(page, "30 steps")
    at_step(page, 30)


def test_a_trial_plays_itself_and_stops_when_somebody_interferes(open_game):
    page = open_game()
    press(page, "Let G play alone: mode collapse")
    after = at_step(page, 120)
    assert page.get_by_label("G only").is_checked() and len(after["fakes"]) == 200
    expect(page.locator("output[for=speed]")).to_have_text("as fast as it goes")
    press(page, "Let D play alone")
    page.wait_for_function("seen.step > 62 && seen.step < 90")
    press(page, "Pause")
    rests(page)
    assert page.evaluate("seen.step") < 90


def test_what_is_switched_off_is_not_drawn(open_game):
    page = open_game()
    press(page, "1 step")
    at_step(page, 1)
    pixels = "canvas => canvas.toDataURL()"
    seen = [page.locator("#picture").evaluate(pixels)]
    for name in ("D's field", "G's arrows", "G's web"):
        page.get_by_role("checkbox", name=name).uncheck()
        seen.append(page.locator("#picture").evaluate(pixels))
    assert len(set(seen)) == 4
