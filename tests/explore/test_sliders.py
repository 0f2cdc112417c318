import io

import ipywidgets
import numpy as np
import pytest
from flat_results import Fragile, Tall, flat_result
from PIL import Image

from gan_utils.explore import sliders, views
from gan_utils.explore.loss_picture import loss_picture
from gan_utils.latent import seed_latent
from gan_utils.pictures import enlarge

RESULTS = {
    "one": flat_result(),
    "two": flat_result(Tall(), steps=(0, 20, 80, 180), start=100),
}
load, NAMES = RESULTS.__getitem__, list(RESULTS)


def decoded(png):
    return np.asarray(Image.open(io.BytesIO(png)))


def found(box, kind):
    """All widgets of one kind in a box, in reading order."""
    if isinstance(box, kind):
        return [box]
    return [w for child in getattr(box, "children", ()) for w in found(child, kind)]


def named(box, description):
    """The control with that description."""
    every = found(box, ipywidgets.ValueWidget | ipywidgets.Button)
    (control,) = (w for w in every if getattr(w, "description", "") == description)
    return control


def picture(box, number=0):
    return decoded(found(box, ipywidgets.Image)[number].value)


def message(box):
    return found(box, ipywidgets.HTML)[-1].value


def losses_of(name, **how):
    return loss_picture(RESULTS[name], title=f"losses of row 1, {name}", **how)


def caption(box):
    return found(box, ipywidgets.HTML)[0].value


def test_a_morph_shows_lerp_and_slerp_side_by_side():
    box = sliders.morph(load, NAMES, seeds=(3, 8), scale=2)
    named(box, "t").value = 0.5
    pictures = views.morph(RESULTS["one"], 3, 8, 0.5)
    assert picture(box).shape == (56, 120)
    assert np.array_equal(picture(box)[:, :56], enlarge(pictures["lerp"], 2))
    assert np.array_equal(picture(box)[:, 64:], enlarge(pictures["slerp"], 2))


def test_another_seed_and_another_recipe_are_other_pictures():
    box = sliders.morph(load, NAMES, scale=1)
    first = picture(box)
    named(box, "from seed").value = 7
    expected = views.morph(RESULTS["one"], 7, 1, 0)["lerp"]
    assert np.array_equal(picture(box)[:, :28], expected)
    named(box, "recipe").value = "two"
    expected = views.morph(RESULTS["two"], 7, 1, 0)["lerp"]
    assert np.array_equal(picture(box)[:, :28], expected)
    assert not np.array_equal(first, picture(box))


def test_the_plane_shows_the_picture_of_two_numbers():
    box = sliders.plane(load, NAMES, scale=1)
    named(box, "x").value, named(box, "y").value = 2.5, 6.0
    assert np.array_equal(picture(box), views.Plane(RESULTS["one"])(2.5, 6.0))


def test_directions_push_and_reset():
    box = sliders.directions(load, NAMES, k=2, scale=1)
    named(box, "recipe").value = "two"
    start = picture(box)
    named(box, "direction 1").value = 2.0
    directions = views.Directions(RESULTS["two"], k=2)
    assert np.array_equal(picture(box), directions(0, 2.0, 0.0))
    assert not np.array_equal(picture(box), start)
    named(box, "Reset").click()
    assert named(box, "direction 1").value == 0
    assert np.array_equal(picture(box), start)


def test_time_travel_shows_a_row_for_each_training_and_the_cursor():
    box = sliders.time_travel(load, NAMES, count=2, scale=1)
    named(box, "moment").value = 20
    assert picture(box).shape == (28 + 4 + 28, 57)
    assert [picture(box)[0, 0], picture(box)[32, 0]] == [30, 120]  # step 45 of 180
    curves = losses_of("one")
    assert np.array_equal(picture(box, 1), curves.at(45))
    named(box, "align by").value = "seconds"
    assert [picture(box)[0, 0], picture(box)[32, 0]] == [20, 120]  # 2.25 s of 9
    assert "2 s of 9 s" in caption(box)
    named(box, "row 1").value = "two"
    assert picture(box)[0, 0] == 120
    curves = losses_of("two", against="seconds")
    assert np.array_equal(picture(box, 1), curves.at(2.25))


def test_the_cursor_stands_still_when_its_training_is_over():
    box = sliders.time_travel(load, NAMES, count=2, scale=1)
    named(box, "moment").value = 40
    end = losses_of("one").at(90)
    assert np.array_equal(picture(box, 1), end)


def test_play_walks_over_every_moment_and_only_the_newest_plays():
    boxes = [sliders.time_travel(load, NAMES) for _ in range(2)]
    first, second = (found(box, ipywidgets.Play)[0] for box in boxes)
    assert (first.min, first.max) == (0, sliders.MOMENTS)
    name = "playing" if first.has_trait("playing") else "_playing"  # ipywidgets 7
    for play in (first, second):
        setattr(play, name, True)
    sliders.time_travel(load, NAMES)
    assert not getattr(first, name) and not getattr(second, name)


def test_a_picture_has_a_fixed_size_in_whole_pixels():
    (image,) = found(sliders.plane(load, NAMES, scale=9), ipywidgets.Image)
    assert (image.layout.width, image.layout.height) == ("252px", "252px")
    assert image.layout.flex == "0 0 auto"


@pytest.mark.parametrize("value", [99, -1])
def test_a_value_out_of_range_never_breaks_the_picture(value):
    box = sliders.plane(load, NAMES, scale=1)
    named(box, "x").value = value
    assert picture(box).shape == (28, 28) and message(box) == ""


def fragile_box():
    """A plane on which the seeds 0 and 1 have a picture or not, and their names."""
    bad = [seed for seed in range(9) if seed_latent(seed, 2)[0] > 0.5][0]
    good = [seed for seed in range(9) if seed_latent(seed, 2)[0] <= 0.5][0]
    fragile = {"fragile": flat_result(Fragile())}
    return fragile, good, bad


def test_an_error_is_shown_escaped_and_the_next_move_works():
    fragile, good, bad = fragile_box()
    box = sliders.plane(fragile.__getitem__, list(fragile), at=(good, 0), scale=1)
    before = picture(box)
    named(box, "x").value = bad
    assert "RuntimeError: no &lt;b&gt;picture&lt;/b&gt; here" in message(box)
    assert "<b>" not in message(box) and np.array_equal(picture(box), before)
    named(box, "x").value = good
    assert message(box) == ""


def test_an_error_before_the_first_picture_is_shown_too():
    fragile, good, bad = fragile_box()
    box = sliders.plane(fragile.__getitem__, list(fragile), at=(bad, 0), scale=1)
    (image,) = found(box, ipywidgets.Image)
    assert "RuntimeError" in message(box) and image.layout.display == "none"
    named(box, "x").value = good
    assert message(box) == "" and image.layout.display == "block"


def test_every_slider_has_a_description():
    boxes = [sliders.morph(load, NAMES), sliders.plane(load, NAMES)]
    boxes += [sliders.directions(load, NAMES, k=2), sliders.time_travel(load, NAMES)]
    kinds = (ipywidgets.FloatSlider, ipywidgets.IntSlider, ipywidgets.Dropdown)
    controls = [control for box in boxes for control in found(box, kinds)]
    assert len(controls) >= 10 and all(control.description for control in controls)
