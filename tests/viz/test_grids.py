import math

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from gan_utils import viz
from gan_utils.viz import style


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def digits(count, *, size=28):
    """Pictures that are told apart by their one gray value: 1, 2, 3 ..."""
    values = np.arange(1, count + 1, dtype=np.uint8)
    return np.broadcast_to(values[:, None, None], (count, size, size)).copy()


def picture(ax):
    (image,) = ax.images
    return np.asarray(image.get_array())


def texts(labels):
    return [label.get_text() for label in labels]


def gray_of(ax, row, column):
    return picture(ax)[29 * row + 14, 29 * column + 14]


HISTORY = {
    "d_loss": np.linspace(1.0, 1.4, 100),
    "g_loss": np.linspace(2.0, 0.7, 100),
    "D(x)": np.full(100, 0.6),
    "D(G(z)) before": np.full(100, 0.4),
    "D(G(z)) after": np.full(100, 0.3),
    "seconds": np.arange(100) / 10,
}


def test_a_grid_holds_every_image_at_its_place_unscaled():
    ax = viz.show_grid(digits(10), ncol=8, title="ten")
    assert picture(ax).shape == (57, 231)
    assert [gray_of(ax, 0, i) for i in range(8)] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [gray_of(ax, 1, i) for i in range(2)] == [9, 10]
    assert ax.get_title(loc="left") == "ten"


def test_a_grid_has_a_fixed_range_crisp_pixels_and_no_stretch():
    ax = viz.show_grid(digits(3))
    (image,) = ax.images
    assert (image.norm.vmin, image.norm.vmax) == (0, 255)
    assert image.get_interpolation() == "nearest"
    assert image.get_cmap().name == "gray"
    assert ax.get_aspect() == 1
    assert not ax.get_xticks().size and not ax.get_yticks().size


@pytest.mark.parametrize("count", [1, 5, 16])
def test_a_pixel_of_a_grid_is_a_whole_number_of_screen_pixels(count):
    ax = viz.show_grid(digits(count), ncol=16, title="crisp")
    box = ax.get_window_extent()
    height, width = picture(ax).shape
    scale = box.width / width
    assert scale == pytest.approx(round(scale)) and scale >= 2
    assert box.height / height == pytest.approx(scale)


def test_a_very_wide_picture_is_drawn_pixel_by_pixel():
    ax = viz.show_grid(digits(30), ncol=30)
    assert ax.get_window_extent().width == pytest.approx(30 * 29 - 1)


def test_images_come_as_floats_tensors_or_bytes():
    floats = torch.full((4, 1, 28, 28), -1.0)
    floats[1] = 1.0
    ax = viz.show_grid(floats.requires_grad_(), ncol=2)
    assert [gray_of(ax, 0, 0), gray_of(ax, 0, 1)] == [0, 255]


def test_a_grid_is_drawn_into_the_axes_it_is_given():
    figure, (left, right) = viz.panels(2)
    assert viz.show_grid(digits(4), ax=right) is right
    assert not left.images
    assert len(plt.get_fignums()) == 1


def test_rows_carry_labels_at_their_centres():
    rows = [digits(3), digits(3) + 10]
    ax = viz.show_rows(rows, titles=["real", "fake"], columns=["a", "b", "c"])
    assert texts(ax.get_yticklabels()) == ["real", "fake"]
    assert ax.get_yticks().tolist() == [13.5, 42.5]
    assert texts(ax.get_xticklabels()) == ["a", "b", "c"]
    assert ax.get_xticks().tolist() == [13.5, 42.5, 71.5]
    assert gray_of(ax, 1, 2) == 13


def test_a_shorter_row_ends_early():
    ax = viz.show_rows([digits(3), digits(1)], titles=["three", "one"])
    assert [gray_of(ax, 1, i) for i in range(3)] == [1, 255, 255]


def test_labels_that_do_not_fit_are_refused_before_a_figure_is_made():
    with pytest.raises(ValueError, match="titles has 1 labels for 2 places"):
        viz.show_rows([digits(2), digits(2)], titles=["one"])
    with pytest.raises(ValueError, match="columns has 3 labels for 2 places"):
        viz.film_strip(digits(2), [0, 1, 2])
    assert plt.get_fignums() == []


def test_each_class_gets_the_row_of_its_label():
    labels = torch.tensor([2, 0, 2, 0, 2])
    ax = viz.show_classes(digits(5), labels, per_class=2)
    assert [gray_of(ax, 0, i) for i in range(2)] == [2, 4]
    assert [gray_of(ax, 1, i) for i in range(2)] == [255, 255]
    assert [gray_of(ax, 2, i) for i in range(2)] == [1, 3]
    assert texts(ax.get_yticklabels()) == ["0", "1", "2"]


def test_classes_can_have_names():
    ax = viz.show_classes(digits(2), np.array([1, 0]), classes=("shirt", "bag"))
    assert texts(ax.get_yticklabels()) == ["shirt", "bag"]
    assert gray_of(ax, 0, 0) == 2


def test_pairs_put_the_fake_above_its_nearest_real_one():
    ax = viz.show_pairs(digits(2), digits(2) + 50)
    assert [gray_of(ax, 0, 1), gray_of(ax, 1, 1)] == [2, 52]
    assert texts(ax.get_yticklabels()) == ["fake", "nearest real"]


def test_pairs_need_as_many_of_both():
    with pytest.raises(ValueError, match="2 fake but 3 real"):
        viz.show_pairs(digits(2), digits(3))


def test_a_film_strip_has_a_column_per_moment_and_a_row_per_latent():
    film = np.stack([digits(2), digits(2) + 20, digits(2) + 40])
    ax = viz.film_strip(film, [0, 469, 12000])
    assert [gray_of(ax, 1, t) for t in range(3)] == [2, 22, 42]
    assert texts(ax.get_xticklabels()) == ["0", "469", "12,000"]


def test_a_film_strip_of_one_latent_takes_floats_with_a_channel():
    film = torch.linspace(-1, 1, 3)[:, None, None, None].expand(3, 1, 28, 28)
    ax = viz.film_strip(film, ["start", "middle", "end"])
    assert [gray_of(ax, 0, t) for t in range(3)] == [0, 128, 255]


def test_pictures_that_are_grids_get_a_wider_gap():
    ax = viz.film_strip(digits(2), ["a", "b"], gap=5)
    assert picture(ax).shape == (28, 61)
    assert ax.get_xticks().tolist() == [13.5, 46.5]


def test_losses_are_blue_for_d_orange_for_g_with_dotted_references():
    ax = viz.plot_losses(HISTORY)
    named = {line.get_label(): line for line in ax.lines}
    assert named["d_loss"].get_color() == "C0"
    assert named["g_loss"].get_color() == "C1"
    dotted = {
        line.get_color(): line for line in ax.lines if line.get_linestyle() == ":"
    }
    assert dotted["C0"].get_ydata()[0] == pytest.approx(2 * math.log(2))
    assert dotted["C1"].get_ydata()[0] == pytest.approx(math.log(2))
    assert [text.get_text() for text in ax.texts] == ["1.386", "0.693"]
    assert ax.get_ylim()[0] == 0 and ax.get_ylim()[1] > 2 * math.log(2)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "loss (nats)")


def test_losses_start_at_step_one_and_can_run_against_seconds():
    by_step = viz.plot_losses(HISTORY).lines[0]
    assert by_step.get_xdata()[[0, -1]].tolist() == [1, 100]
    assert by_step.get_ydata().tolist() == HISTORY["d_loss"].tolist()
    ax = viz.plot_losses(HISTORY, against="seconds")
    assert ax.lines[0].get_xdata()[-1] == pytest.approx(9.9)
    assert ax.get_xlabel() == "training time (s)"


def test_a_thinned_history_is_drawn_at_its_true_steps():
    thin = {"step": [10, 20], "d_loss": [1.0, 2.0], "g_loss": [0.5, 0.4]}
    ax = viz.plot_losses(thin)
    assert ax.lines[0].get_xdata().tolist() == [10, 20]


def test_losses_without_a_reference_have_no_dotted_line_and_no_unit():
    wgan = HISTORY | {"d_loss": -HISTORY["d_loss"]}
    ax = viz.plot_losses(wgan, reference=None)
    assert all(line.get_linestyle() != ":" for line in ax.lines)
    assert ax.get_ylabel() == "loss" and ax.get_ylim()[0] < -1.4


def test_a_mark_is_a_line_at_its_step():
    ax = viz.plot_losses(HISTORY, mark=40)
    assert [40, 40] in [list(line.get_xdata()) for line in ax.lines]


def test_an_empty_history_is_refused():
    with pytest.raises(ValueError, match="no rows of 'd_loss'"):
        viz.plot_losses({"d_loss": [], "g_loss": []})


def test_a_running_mean_keeps_constants_and_averages_what_there_is():
    assert viz.curves.running_mean(np.full(5, 2.0), 3) == pytest.approx(np.full(5, 2.0))
    values = np.array([0.0, 3.0, 6.0, 9.0])
    assert viz.curves.running_mean(values, 3) == pytest.approx([1.5, 3.0, 6.0, 7.5])
    assert len(viz.curves.running_mean(values, 99)) == 4


def test_scores_are_dashed_after_the_step_of_d_and_have_a_line_at_one_half():
    ax = viz.plot_scores(HISTORY)
    named = {line.get_label(): line for line in ax.lines}
    assert named["D(x)"].get_color() == "C0"
    assert named["D(G(z)) before"].get_color() == "C1"
    assert named["D(G(z)) before"].get_linestyle() == "-"
    assert named["D(G(z)) after"].get_linestyle() == "--"
    assert [
        line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == ":"
    ] == [0.5]
    assert ax.get_ylim() == (0, 1.3) and ax.get_yticks()[-1] == 1
    assert "d_loss" not in named


@pytest.mark.parametrize("draw", [viz.plot_losses, viz.plot_scores])
def test_the_legend_lies_above_the_curves(draw):
    level = {"d_loss": 1.35, "g_loss": 1.4, "D(x)": 0.95, "D(G(z)) after": 0.1}
    ax = draw({name: np.full(60, value) for name, value in level.items()})
    ax.figure.set_size_inches(5.5, 2.2)  # as in the live view
    ax.figure.canvas.draw()
    legend = ax.get_legend().get_window_extent().transformed(ax.transData.inverted())
    assert legend.y0 > max(np.max(line.get_ydata()) for line in ax.lines)


def test_long_names_of_classes_do_not_meet():
    names = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Ankle boot"] * 2
    ax = viz.bar_classes(np.ones(10), classes=names)
    ax.figure.canvas.draw()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert all(a.x1 < b.x0 for a, b in zip(boxes, boxes[1:]))


def test_bars_are_shares_in_percent():
    ax = viz.bar_classes([30, 10], title="unequal")
    assert [bar.get_height() for bar in ax.patches] == [75, 25]
    assert ax.get_ylabel() == "share of pictures (%)"
    assert texts(ax.get_xticklabels()) == ["0", "1"]


def test_bars_of_g_take_its_colour_beside_a_reference():
    ax = viz.bar_classes([1, 3], reference=[200, 200], classes=("one", "two"))
    assert ax.patches[0].get_facecolor() == matplotlib.colors.to_rgba("C1")
    (marks,) = ax.collections
    assert [segment[0][1] for segment in marks.get_segments()] == [50, 50]
    assert texts(ax.get_legend().get_texts()) == ["generated", "real"]
    assert texts(ax.get_xticklabels()) == ["one", "two"]


def test_nothing_generated_gives_empty_bars_not_an_error():
    ax = viz.bar_classes([0, 0], reference=[1, 1])
    assert [bar.get_height() for bar in ax.patches] == [0, 0]


def notes(figure):
    return [text.get_text() for text in figure.texts if text.get_gid() == "note"]


def test_a_note_goes_once_on_every_later_figure_until_it_is_taken_back():
    before = viz.show_grid(digits(1)).figure
    viz.set_note("offline digits, not MNIST")
    exact = viz.show_grid(digits(1)).figure
    figure, (left, right) = viz.panels(2)
    viz.plot_losses(HISTORY, ax=left)
    viz.show_grid(digits(1), ax=right)
    plain, own = plt.subplots()
    viz.bar_classes([1], ax=own)
    viz.set_note("")
    after = viz.plot_scores(HISTORY).figure
    assert notes(before) == notes(after) == []
    for noted in (exact, figure, plain):
        assert notes(noted) == ["offline digits, not MNIST"]


def test_a_note_with_signs_of_formulas_is_drawn_as_it_is():
    viz.set_note("$x_1 of {folder}")
    figure = viz.plot_losses(HISTORY).figure
    figure.canvas.draw()
    assert notes(figure) == ["$x_1 of {folder}"]


def test_a_figure_keeps_its_style_to_itself_unless_asked():
    before = plt.rcParams["axes.spines.top"]
    viz.show_grid(digits(1))
    assert plt.rcParams["axes.spines.top"] == before
    with plt.rc_context():
        viz.use_style()
        assert plt.rcParams["axes.spines.top"] is False


def test_every_figure_is_one_figure_and_closing_leaves_none():
    viz.show_rows([digits(2)])
    viz.show_pairs(digits(2), digits(2))
    viz.film_strip(digits(2), [0, 1])
    assert len(plt.get_fignums()) == 3
    plt.close("all")
    assert plt.get_fignums() == []


def test_panels_give_one_axes_or_all_of_them():
    figure, ax = viz.panels(1, width=6, height=2)
    assert figure.get_size_inches().tolist() == [6, 2]
    assert figure.get_dpi() == style.DPI == 100
    assert ax in figure.axes
    assert len(viz.panels(2, nrow=2)[1]) == 4


def test_a_logarithmic_axis_is_labelled_with_plain_numbers():
    ax = plt.subplots()[1]
    ax.plot([3, 300], [3, 300])
    viz.plain_log(ax, "x")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    ax.figure.canvas.draw()
    shown = [label.get_text() for label in ax.get_xticklabels()]
    assert {"5", "10", "20", "50", "100", "200"} <= set(shown)
    assert len(ax.xaxis.get_minorticklocs()) == 0
