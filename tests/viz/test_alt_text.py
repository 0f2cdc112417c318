import base64

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from game_figure import draw_game
from made_up import notebook

from classroom.notebook import execution
from classroom.notebook.job import Job
from gan_utils.viz import show_rows
from gan_utils.viz.alt_text import alt_text

FIRST = "from gan_utils.viz import alt_text; alt_text.describe_figures()"
CELLS = (
    "import matplotlib.pyplot as plt\n"
    "def draw():\n"
    "    figure, axes = plt.subplots()\n"
    "    axes.set_title(f'{6 * 7} fakes')\n"
    "    return figure\n",
    "draw(); plt.show()",
    "draw()",
    "figure = draw()",
    "figure",
    "draw()\nprint(plt.get_fignums())",
)


@pytest.fixture
def axes():
    axes = plt.subplots(ncols=2)[1]
    yield axes
    plt.close("all")


def test_titles_and_axes_are_told_in_order_and_once(axes):
    axes[0].set_title("Losses", loc="left")
    axes[1].set_title("Scores")
    for ax in axes:
        ax.set(xlabel="step", ylabel="nats")
    axes[0].figure.suptitle("Two views")
    told = "Two views; Losses; nats against step; Scores"
    assert alt_text(axes[0].figure) == told


def test_a_label_of_the_figure_takes_the_place_of_all_else(axes):
    axes[0].set_title("Losses")
    axes[0].figure.set_label("what you\n see")
    assert alt_text(axes[0].figure) == "what you see"


def test_a_diagram_is_told_by_what_is_written_in_it(axes):
    assert alt_text(axes[0].figure) == ""
    assert "d_loss corrects D" in alt_text(draw_game().figure)


def test_rows_without_a_title_are_told_by_their_labels():
    pictures = np.zeros((2, 2, 28, 28), np.uint8)
    ax = show_rows(pictures, titles=["mean", "spread"], columns=[0, 25])
    assert alt_text(ax.figure) == "mean; spread; 0; 25"


def test_a_long_text_is_cut(axes):
    axes[0].set_title("many words " * 50)
    assert 200 < len(alt_text(axes[0].figure)) <= 300


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """[(output type, PNG, alternative text)] with the formatter and without."""
    folder, found = tmp_path_factory.mktemp("figures"), []
    for name, first in (("with", f"{FIRST}\n{FIRST}"), ("without", "")):
        path = folder / f"{name}.ipynb"
        nbformat.write(notebook(first, *CELLS, parameters=None), path)
        outcome = execution.execute(Job(str(path), {}), folder / "out")
        assert outcome.status == "passed", outcome.error
        made = nbformat.read(folder / "out" / f"{name}.ipynb", as_version=4)
        found.append([output for cell in made.cells[1:] for output in _of(cell)])
    return found


def _of(cell):
    return [
        (
            output.output_type,
            base64.b64decode(output.data["image/png"]),
            output.metadata.get("image/png", {}).get("alt"),
        )
        for output in cell.get("outputs", [])
        if "data" in output
    ]


def test_every_figure_of_a_notebook_says_what_it_shows_with_its_values(pictures):
    described, plain = pictures
    assert {text for *_, text in described} == {"42 fakes"}
    assert {text for *_, text in plain} == {None}


def test_the_pictures_themselves_stay_the_same(pictures):
    described, plain = pictures
    assert len(plain) == 6
    assert [made[:2] for made in described] == [made[:2] for made in plain]
