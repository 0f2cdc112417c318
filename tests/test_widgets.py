import io

import ipywidgets
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gan_utils import widgets
from gan_utils.latent import lerp


def decoded(png):
    return np.asarray(Image.open(io.BytesIO(png)))


def film(moments=4, count=3):
    """uint8 (T, N, 28, 28); a picture's gray says when (tens) and which (ones)."""
    values = 10 * np.arange(1, moments + 1)[:, None] + np.arange(count)
    return np.broadcast_to(
        values[..., None, None].astype(np.uint8), (moments, count, 28, 28)
    ).copy()


def generator(z):
    """Latents (B, 2) -> images (B, 1, 28, 28): a flat gray, the first coordinate."""
    return z[:, :1, None, None].expand(-1, 1, 28, 28)


def found(box, kind):
    """All widgets of one kind in a box, in reading order."""
    if isinstance(box, kind):
        return [box]
    return [w for child in getattr(box, "children", ()) for w in found(child, kind)]


def parts(box):
    """The slider, the values of the pictures, and the message of a box."""
    kinds = (ipywidgets.SelectionSlider, ipywidgets.FloatSlider)
    (slider,) = found(box, kinds)
    (message,) = found(box, ipywidgets.HTML)
    return slider, found(box, ipywidgets.Image), message


A, B = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])


def test_the_progress_picture_is_the_grid_of_that_moment():
    picture = widgets.progress_picture(film(), ncol=2, scale=3)
    grid = decoded(picture(2))
    assert grid.shape == (57 * 3, 57 * 3)
    assert [grid[0, 0], grid[0, 29 * 3], grid[29 * 3, 0]] == [30, 31, 32]


@pytest.mark.parametrize(
    ("value", "moment"),
    [(-5, 0), (99, 3), (float("nan"), 0), (float("inf"), 3), ("abc", 0), (None, 0)],
)
def test_a_moment_out_of_range_or_no_number_is_clamped(value, moment):
    picture = widgets.progress_picture(film())
    assert picture(value) == picture(moment)


@settings(deadline=None)
@given(value=st.one_of(st.floats(), st.integers(), st.text(), st.none()))
def test_clamp_always_gives_a_number_in_range(value):
    assert 2.0 <= widgets.clamp(value, 2.0, 5.0) <= 5.0


def test_clamp_leaves_what_is_in_range():
    assert widgets.clamp(3.5, 2, 5) == 3.5


def test_the_morph_picture_is_the_generator_at_that_latent():
    on_line = widgets.morph_picture(generator, A, B, way=lerp, scale=1)
    on_arc = widgets.morph_picture(generator, A, B, scale=1)
    assert decoded(on_line(0.5)).tolist() == [[round(1.5 * 127.5)] * 28] * 28
    assert decoded(on_arc(0.5))[0, 0] == round((0.5**0.5 + 1) * 127.5)
    assert on_line(0) == on_arc(0) and decoded(on_line(0))[0, 0] == 255
    assert on_line(float("nan")) == on_line(0) and on_line(7) == on_line(1)


def test_several_latents_morph_in_a_row():
    pairs = torch.stack([A, B]), torch.stack([B, A])
    row = decoded(widgets.morph_picture(generator, *pairs, scale=1)(0))
    assert row.shape == (28, 57)
    assert [row[0, 0], row[0, 29]] == [255, 128]


def test_a_morph_needs_no_gradients():
    def trained(z):
        assert not torch.is_grad_enabled()
        return generator(z)

    widgets.morph_picture(trained, A.clone().requires_grad_(), B)(0.5)


def test_the_progress_slider_names_true_steps_and_shows_their_pictures():
    box = widgets.progress_slider(film(), torch.tensor([0, 10, 500, 12000]), ncol=3)
    slider, (image,), message = parts(box)
    assert [label for label, _ in slider.options] == ["0", "10", "500", "12,000"]
    assert slider.description == "step"
    picture = widgets.progress_picture(film(), ncol=3)
    assert image.value == picture(0)
    slider.index = 2
    assert image.value == picture(2)
    assert message.value == ""


def test_a_picture_has_a_fixed_size_in_whole_pixels():
    box = widgets.progress_slider(film(), range(4), ncol=3, scale=2)
    _, (image,), _ = parts(box)
    assert (image.layout.width, image.layout.height) == (f"{2 * 86}px", f"{2 * 28}px")
    assert image.layout.flex == "0 0 auto"


def test_play_walks_over_every_step_and_only_the_newest_plays():
    boxes = [widgets.progress_slider(film(), range(4)) for _ in range(2)]
    first, second = (found(box, ipywidgets.Play)[0] for box in boxes)
    assert (first.min, first.max) == (0, 3)
    first.playing = second.playing = True
    widgets.progress_slider(film(), range(4))
    assert not first.playing and not second.playing


def test_grids_and_steps_must_fit():
    with pytest.raises(ValueError, match="4 grids for 3 steps"):
        widgets.progress_slider(film(), [0, 1, 2])
    with pytest.raises(ValueError, match="0 grids for 0 steps"):
        widgets.progress_slider(film()[:0], [])


def test_one_moment_is_enough_for_a_slider():
    slider, (image,), _ = parts(widgets.progress_slider(film(1), [7]))
    assert slider.options == (("7", 0),) and image.value


def test_the_morph_slider_shows_lerp_and_slerp_side_by_side():
    slider, (line, arc), message = parts(widgets.morph_slider(generator, A, B))
    slider.value = 0.5
    assert line.value == widgets.morph_picture(generator, A, B, way=lerp)(0.5)
    assert arc.value == widgets.morph_picture(generator, A, B)(0.5)
    assert line.value != arc.value and message.value == ""


def test_the_pictures_of_a_morph_are_named():
    box = widgets.morph_slider(generator, A, B, ways={"straight": lerp})
    assert [label.value for label in found(box, ipywidgets.Label)] == ["straight"]


def test_a_value_out_of_range_never_breaks_the_picture():
    slider, (line, _), message = parts(widgets.morph_slider(generator, A, B))
    for value in (99, -1, float("nan")):
        slider.value = value
        assert decoded(line.value).shape == (168, 168)
    assert message.value == ""


def fragile(z):
    """A generator that fails half-way."""
    if 0.4 < z[0, 1] < 0.8:
        raise RuntimeError("no <b>picture</b> here")
    return generator(z)


def test_an_error_is_shown_escaped_and_the_next_move_works():
    box = widgets.morph_slider(fragile, A, B, ways={"lerp": lerp})
    slider, (image,), message = parts(box)
    before = image.value
    slider.value = 0.5
    assert "RuntimeError: no &lt;b&gt;picture&lt;/b&gt; here" in message.value
    assert "<b>" not in message.value and image.value == before
    slider.value = 1.0
    assert message.value == ""
    assert image.value == widgets.morph_picture(generator, A, B, way=lerp)(1.0)


def test_an_error_before_the_first_picture_is_shown_too():
    box = widgets.morph_slider(fragile, torch.tensor([0.5, 0.5]), B)
    slider, (line, _), message = parts(box)
    assert "RuntimeError" in message.value and line.layout.display == "none"
    slider.value = 1.0
    assert message.value == "" and line.layout.display == "block"
