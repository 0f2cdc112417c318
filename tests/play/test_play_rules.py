"""Spot the fake and the sheet of draw-a-digit, run by node."""

import csv
import io
import json
from math import comb

import numpy as np
import pytest
from _common import definitions
from in_node import in_node
from PIL import Image, ImageDraw

SEVEN = [[(65, 75), (130, 66), (212, 62), (185, 120), (152, 190), (140, 235)]]
DRAWINGS = {
    "seven": SEVEN,
    "in a corner": [[(10, 10), (20, 40)]],
    "tall": [[(140, 5), (140, 275)]],
    "wide": [[(5, 140), (200, 150), (275, 130)]],
    "a dot": [[(30, 200)]],
}


@pytest.fixture
def rules(tmp_path, project):
    """A function: the value of a JavaScript expression over the rules of the game."""

    def value(expression):
        scripts = ["random.js", project / "site" / "play" / "spot_rules.js"]
        program = f"give(new TextEncoder().encode(JSON.stringify({expression})));"
        return json.loads(
            bytes(in_node(tmp_path, program, scripts=scripts, gives="u1"))
        )

    return value


def test_a_deck_has_ten_of_each_and_is_the_same_everywhere(rules):
    decks = rules("[0, 1, 2, 3, 4, 0].map((deck) => dealt(deck, 400))")
    assert decks[0] == decks[-1] != decks[1]
    for deck in decks:
        real = [card["index"] for card in deck if card["real"]]
        seeds = [card["seed"] for card in deck if not card["real"]]
        assert len(set(real)) == len(set(seeds)) == 10 and max(real) < 400
    fakes = [c["seed"] for deck in decks[:-1] for c in deck if not c["real"]]
    assert len(set(fakes)) == 50  # a later deck brings other fakes


def test_fakes_lie_at_all_places_about_equally_often(rules):
    decks = rules("[...Array(1000).keys()].map((deck) => dealt(deck, 400))")
    share = np.mean([[not card["real"] for card in deck] for deck in decks], axis=0)
    assert share.min() > 0.43 and share.max() < 0.57  # 0.5, 4 standard errors


def test_marks_by_a_network_and_how_many_are_right(rules):
    assert rules("lowest([...Array(20).keys()].map((i) => -i))") == 10 * [0] + 10 * [1]
    call = "[{real: true}, {real: false}, {real: true}], [false, true, true]"
    assert rules(f"rightOf({call})") == 2


def test_the_chance_of_a_lucky_deck(rules):
    found = rules("[...Array(21).keys()].map(chanceOf)")
    for right, chance in enumerate(found):
        ways = sum(comb(10, k) ** 2 for k in range(-(-right // 2), 11))
        assert chance == pytest.approx(ways / comb(20, 10))
    assert found[0] == 1 and found[10] > 0.5


def test_results_as_a_table_survive_any_name(rules):
    names = ["Ann", 'Bo "B", jr', "=1+1", "a\nb", ""]
    games = [{"name": n, "deck": 3, "recipe": "mlp", "you": 14} for n in names]
    text = rules(f"csv({json.dumps(games)})")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["name"] for row in rows] == [*names[:2], "'=1+1", *names[3:]]
    assert {(row["deck"], row["you"], row["judge"]) for row in rows} == {
        ("3", "14", "")
    }


@pytest.mark.parametrize("strokes", DRAWINGS.values(), ids=DRAWINGS)
def test_a_drawing_is_scaled_and_centred_as_in_notebook_09(strokes, tmp_path, project):
    lesson = definitions("09", "SHEET", "PEN")
    image = Image.new("L", (280, 280))
    pen = ImageDraw.Draw(image)
    for points in strokes:
        pen.line(points, fill=255, width=24, joint="curve")
        for x, y in (points[0], points[-1]):
            pen.ellipse([x - 12, y - 12, x + 12, y + 12], fill=255)
    wanted = lesson.like_mnist(image).numpy()
    program = "give(likeMnist(take('ink'), 280));"
    how = {"scripts": [project / "site" / "play" / "sheet.js"], "gives": "u1"}
    found = in_node(tmp_path, program, ink=np.array(image).ravel(), **how)
    assert np.abs(found.reshape(28, 28).astype(int) - wanted).max() <= 1


def test_an_empty_sheet_is_no_digit(tmp_path, project):
    program = "give([likeMnist(new Uint8Array(100), 10) === null ? 1 : 0]);"
    how = {"scripts": [project / "site" / "play" / "sheet.js"], "gives": "f8"}
    assert in_node(tmp_path, program, **how) == [1]
