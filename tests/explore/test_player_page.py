import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from gan_utils import pictures
from gan_utils.explore import player


def frames(count=5, height=6, width=8):
    """Frames of one gray each, from black to white."""
    levels = np.linspace(0, 255, count).astype(np.uint8)
    return np.broadcast_to(levels[:, None, None], (count, height, width)).copy()


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("small", [False, True])
def test_a_png_holds_exactly_the_array(small):
    array = np.arange(256, dtype=np.uint8).reshape(8, 32)
    assert (decoded(pictures.encode_png(array, small=small)) == array).all()


@pytest.mark.parametrize(
    "array",
    [np.zeros((4, 4)), np.zeros((1, 4, 4), np.uint8), np.zeros((0, 4), np.uint8)],
    ids=["floats", "three axes", "empty"],
)
def test_a_png_of_anything_else_is_refused(array):
    with pytest.raises(ValueError, match="need uint8"):
        pictures.encode_png(array)


def test_a_gif_has_all_frames_their_times_and_loops(tmp_path):
    path = pictures.gif(frames(), tmp_path / "new" / "a.gif", ms=80, last_ms=900)
    with Image.open(path) as image:
        assert image.n_frames == 5
        assert image.info["loop"] == 0
        durations = []
        for number in range(5):
            image.seek(number)
            durations.append(image.info["duration"])
    assert durations == [80, 80, 80, 80, 900]


def test_the_grays_of_a_gif_are_at_most_half_a_step_off(tmp_path):
    path = pictures.gif(frames(6), tmp_path / "a.gif")
    with Image.open(path) as image:
        for number, frame in enumerate(frames(6)):
            image.seek(number)
            shown = np.asarray(image.convert("L")).astype(int)
            assert abs(shown - frame).max() <= 255 / (pictures.GRAYS - 1) / 2 + 1


def test_frames_that_look_alike_become_one_longer_frame(tmp_path):
    alike = frames(2)[[0, 0, 1]]
    path = pictures.gif(alike, tmp_path / "a.gif", ms=80)
    with Image.open(path) as image:
        assert (image.n_frames, image.info["duration"]) == (2, 160)


def test_all_frames_of_a_gif_share_one_palette(tmp_path):
    data = pictures.gif(frames(), tmp_path / "a.gif").read_bytes()
    assert data[10] & 0x80, "no global palette"
    separators = [
        m.end() for m in re.finditer(rb"\x21\xf9\x04....\x00\x2c", data, re.S)
    ]
    assert len(separators) == 5
    assert not any(data[end + 8] & 0x80 for end in separators), "a local palette"


def test_a_gif_is_enlarged_by_whole_pixels_and_captioned_below(tmp_path):
    labels = [f"step {n}" for n in range(5)]
    path = pictures.gif(frames(), tmp_path / "a.gif", scale=10, labels=labels)
    with Image.open(path) as image:
        assert image.size == (80, 60 + pictures.CAPTION)
        first = np.asarray(image.convert("L"))
    assert not first[:60].any() and first[60:].any()


def test_a_gif_that_cannot_be_made_leaves_the_old_one(tmp_path):
    path = pictures.gif(frames(), tmp_path / "a.gif")
    before = path.read_bytes()
    with pytest.raises(ValueError, match="2 labels for 5 frames"):
        pictures.gif(frames(), path, labels=["a", "b"])
    with pytest.raises(ValueError, match="need uint8"):
        pictures.gif(frames()[:0], path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.gif"]


def test_the_sprite_of_a_player_holds_every_frame():
    text = player.html_player(frames(), list("abcde"), title="five")
    (data,) = re.findall(r"data:image/png;base64,([^\"]+)", text)
    sprite = decoded(base64.b64decode(data))
    assert sprite.shape == (12, 24)
    places = sprite[::6, ::8].flatten()[:5]
    assert places.tolist() == frames()[:, 0, 0].tolist()


def test_frames_in_colour_keep_their_colours_and_share_a_small_picture():
    gray = frames(6)
    colour = np.stack([gray, 255 - gray, gray // 2], axis=-1)
    text = player.html_player(colour, list("abcdef"), title="six")
    assert '<canvas role="img" width="8" height="6"' in text
    (data,) = re.findall(r"data:image/png;base64,([^\"]+)", text)
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert image.mode == "P" and image.size == (24, 12)
        sprite = np.asarray(image.convert("RGB"))
    assert (sprite[6:, 16:] == colour[5]).all()
    assert (sprite[:6, 8:16] == colour[1]).all()
    with pytest.raises(ValueError, match="6 frames for axes with 5"):
        player.html_explorer(colour, [player.Axis("", tuple("abcde"))], title="six")
    with pytest.raises(ValueError, match="need uint8"):
        player.html_player(colour / 255, list("abcdef"), title="six")


def test_a_player_escapes_every_text():
    evil = "</script><img src=x onerror=alert(1)>'\""
    text = player.html_player(frames(2), [evil, evil], title=evil, alt=evil)
    assert "<img" not in text
    assert text.count("</script>") == 1


def test_a_player_asks_nothing_of_the_network(tmp_path):
    player.html_player(frames(), list("abcde"), tmp_path / "a.html", title="five")
    page = (tmp_path / "a.html").read_text()
    assert page.startswith("<!doctype html>")
    assert re.findall(r"(?:https?:)?//[\w.]+", page) == []
    assert set(re.findall(r"(?:src|href)\s*=\s*\"(.{11})", page)) <= {
        "data:image/",
        'data:,">\n  <',
    }


def test_a_player_is_the_same_text_every_time_and_differs_by_content():
    key = r'data-player="(\w+)"'
    first = player.html_player(frames(), list("abcde"), title="five")
    assert first == player.html_player(frames(), list("abcde"), title="five")
    other = player.html_player(frames(), list("abcdf"), title="five")
    assert re.search(key, first)[1] != re.search(key, other)[1]


def test_a_player_says_what_it_shows_to_those_who_do_not_see_it():
    text = player.html_player(frames(2), ["a", "b"], title="t", alt="two grays")
    assert re.search(r'<canvas role="img"[^>]*aria-label="two grays"', text)
    assert re.search(r'<input type="range"[^>]*aria-label="t"', text)


def test_a_player_wants_one_label_per_frame(tmp_path):
    with pytest.raises(ValueError, match="1 labels for 5 frames"):
        player.html_player(frames(), ["a"], tmp_path / "a.html", title="five")
    assert not (tmp_path / "a.html").exists()


def test_tile_is_found_here_too():
    assert pictures.tile(frames(4), 2).shape == (13, 17)
