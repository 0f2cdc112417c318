import matplotlib.pyplot as plt
import numpy as np
import pytest

from gan_utils.viz import clouds
from gan_utils.viz.style import D_COLOR, G_COLOR


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def cloud(count=50, *, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 2))


def test_the_ellipse_of_independent_axes_has_their_spreads_as_half_axes():
    curve = clouds.ellipse([1.0, -2.0], np.diag([9.0, 4.0]), spread=2)
    x, y = (curve - [1.0, -2.0]).T
    assert (x / 6) ** 2 + (y / 4) ** 2 == pytest.approx(np.ones(100))


def test_every_point_of_a_turned_ellipse_is_one_spread_away_from_the_mean():
    covariance = np.array([[2.0, 1.5], [1.5, 3.0]])
    curve = clouds.ellipse([0.0, 0.0], covariance)
    squares = np.einsum("ni,ij,nj->n", curve, np.linalg.inv(covariance), curve)
    assert squares == pytest.approx(np.ones(100))


def test_a_covariance_without_width_gives_a_line():
    curve = clouds.ellipse([0.0, 0.0], np.diag([0.0, 1.0]))
    assert curve[:, 0] == pytest.approx(np.zeros(100))


def test_clouds_show_all_points_in_the_colours_of_the_series():
    real, fake = cloud(50), cloud(30, seed=1)
    ax = clouds.show_clouds(real, fake, title="two clouds")
    dots = [line for line in ax.lines if line.get_marker() == "."]
    assert [len(line.get_xdata()) for line in dots] == [50, 30]
    assert [line.get_color() for line in dots] == [D_COLOR, G_COLOR]
    assert ax.get_legend_handles_labels()[1] == ["real", "fake"]
    assert ax.get_title(loc="left") == "two clouds"


def test_balls_have_the_given_radii_in_the_units_of_the_axes():
    real, fake = np.array([[0.0, 0.0], [4.0, 0.0]]), np.array([[1.0, 1.0]])
    ax = clouds.show_balls(real, [1.0, 2.0], fake)
    (balls,) = ax.collections
    assert balls.get_offsets() == pytest.approx(real)
    assert balls.get_widths() == pytest.approx([2.0, 4.0])
    assert balls.get_heights() == pytest.approx([2.0, 4.0])
    assert ax.get_aspect() == 1.0


def test_a_figure_can_be_drawn_into_given_axes():
    _, (left, right) = plt.subplots(1, 2)
    assert clouds.show_clouds(cloud(), cloud(), ax=right) is right
    assert clouds.show_balls(cloud(), np.ones(50), cloud(), ax=left) is left


def test_a_logarithmic_axis_is_labelled_with_plain_numbers():
    ax = plt.subplots()[1]
    ax.plot([3, 300], [3, 300])
    clouds.plain_log(ax, "x")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    ax.figure.canvas.draw()
    shown = [label.get_text() for label in ax.get_xticklabels()]
    assert {"5", "10", "20", "50", "100", "200"} <= set(shown)
    assert len(ax.xaxis.get_minorticklocs()) == 0
