import base64
import io
import json

import build_notebooks
import nbformat
import numpy as np
import pytest
import setup_cell
from build_notebooks import Builder, BuildError, convert
from click.testing import CliRunner
from made_up import PICTURE, SLIDER, source
from nbconvert.exporters import ScriptExporter
from PIL import Image

from gan_utils.support import paths

CELLS = ("print('a'); print('b', flush=True)", "object()", PICTURE)


@pytest.fixture
def builder(tmp_path):
    builder = Builder(tmp_path / "notebooks")
    (builder.folder / "src").mkdir(parents=True)
    return builder


@pytest.fixture
def write(builder):
    def _write(*cells, **options):
        path = builder.folder / "src/01_try.py"
        path.write_text(source(*cells, **options))
        return path

    return _write


@pytest.fixture
def no_kernel(monkeypatch):
    def execute(*args):
        raise AssertionError("executed")

    return lambda: monkeypatch.setattr(build_notebooks, "execute", execute)


def built(builder):
    return nbformat.read(builder.folder / "01_try.ipynb", as_version=4)


def test_two_builds_give_the_same_bytes(builder, write):
    path = write(*CELLS)
    assert builder.build(path) == "built"
    first = (builder.folder / "01_try.ipynb").read_bytes()
    builder.force = True
    assert builder.build(path) == "unchanged"
    assert (builder.folder / "01_try.ipynb").read_bytes() == first
    assert first.endswith(b"}\n") and not first.endswith(b"\n\n")


def test_a_built_notebook_holds_results_and_nothing_of_the_machine(builder, write):
    builder.build(write(*CELLS))
    notebook = built(builder)
    assert notebook.metadata == build_notebooks.METADATA
    code = build_notebooks.code_cells(notebook)
    assert [cell.execution_count for cell in code] == [1, 2, 3, 4, 5]
    tags = [{"tags": ["setup"]}, {"tags": ["parameters"]}]
    assert [cell.metadata for cell in code] == [*tags, {}, {}, {}]
    printed, shown, picture = (cell.outputs for cell in code[2:])
    assert [output.text for output in printed] == ["a\nb\n"]
    assert shown[0].data["text/plain"] == "<object>"
    assert "image/png" in picture[-1].data
    nbformat.validate(notebook)


def test_a_notebook_can_be_turned_into_a_python_script(write):
    script, resources = ScriptExporter().from_notebook_node(convert(write("x = 1")))
    assert resources["output_extension"] == ".py"
    assert "x = 1" in script


def test_the_seconds_are_noted(builder, write):
    builder.build(write("import time; time.sleep(1.2)"))
    times = json.loads((builder.folder / "times.json").read_text())
    noted = times["quick"]["01_try"]
    assert 1 <= noted["seconds"] and abs(noted["training"] - noted["seconds"] / 2) < 0.1
    assert noted["step_ms"] > 0 and "cores" in noted["machine"]


def test_the_seconds_of_a_training_are_read_from_its_progress(tmp_path):
    path = tmp_path / "progress.jsonl"
    assert build_notebooks.training_seconds(path) is None
    lines = [{"time": 100.0 + s, "step": s} for s in (25, 500, 1000)]
    path.write_text("\n".join(map(json.dumps, lines)))
    assert build_notebooks.training_seconds(path) == pytest.approx(1000)


def test_an_edit_of_prose_keeps_the_outputs_and_runs_nothing(builder, write, no_kernel):
    builder.build(write(*CELLS))
    before = [cell.get("outputs") for cell in built(builder).cells]
    no_kernel()
    assert builder.build(write(*CELLS, prose="Better prose.")) == "prose updated"
    assert "Better prose." in built(builder).cells[0].source
    assert [cell.get("outputs") for cell in built(builder).cells] == before


def test_the_cell_that_installs_changes_no_outputs(
    builder, write, no_kernel, monkeypatch
):
    """It was not there in earlier versions, and may get another address."""
    path = write(*CELLS)
    builder.build(path)
    before = [cell.outputs for cell in build_notebooks.own_cells(built(builder))]
    old = built(builder)
    assert setup_cell.is_setup(old.cells.pop(1))
    nbformat.write(old, builder.folder / "01_try.ipynb")
    no_kernel()
    assert builder.out_of_step(path) == "prose or metadata changed"
    assert builder.build(path) == "prose updated"
    monkeypatch.setattr(setup_cell, "address", lambda: "https://example.org/main.zip")
    assert builder.build(path) == "prose updated"
    assert '["https://example.org/main.zip", *sorted(' in built(builder).cells[1].source
    after = [cell.outputs for cell in build_notebooks.own_cells(built(builder))]
    assert after == before and builder.out_of_step(path) == ""


def test_pictures_of_the_prose_go_into_the_file(builder, write, no_kernel):
    grays = np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)
    (builder.folder.parent / "figures").mkdir()
    Image.fromarray(grays).save(builder.folder.parent / "figures/a.png")
    prose = "![A grid](../figures/a.png) and [a page](../figures/a.html)"
    for made in (
        convert(write("1", prose=prose)),
        builder.solutions(write("1", prose=prose)),
    ):
        made = made if isinstance(made, dict) else nbformat.reads(made[1].decode(), 4)
        text, data = made.cells[0].source.split("\n\n[a]: data:image/png;base64,")
        assert "![A grid][a]" in text and "figures/a.html)" in text
        seen = Image.open(io.BytesIO(base64.b64decode(data))).convert("L")
        assert np.abs(np.asarray(seen) - grays.astype(int)).max() <= 4


def test_an_edit_of_code_runs_the_notebook(builder, write, no_kernel):
    builder.build(write("1"))
    no_kernel()
    with pytest.raises(AssertionError, match="executed"):
        builder.build(write("2"))


IMPORTS = "from gan_utils.data import to_float\nto_float"


@pytest.mark.parametrize(
    "other",
    [
        "from gan_utils import data  # a comment\n\ndata.to_float",
        "import math\nfrom gan_utils.data import (\n    to_float,\n)\nto_float",
    ],
)
def test_other_import_lines_keep_the_outputs(builder, write, no_kernel, other):
    builder.build(write(IMPORTS))
    before = [cell.get("outputs") for cell in built(builder).cells]
    no_kernel()
    assert builder.build(write(other)) == "prose updated"
    assert [cell.get("outputs") for cell in built(builder).cells] == before
    assert other in built(builder).cells[-1].source


@pytest.mark.parametrize(
    "other",
    [
        "from gan_utils import data\ndata.to_uint8",
        "import torch as data\nto_float = data.float\nto_float",
        "%timeit 1\nto_float",
    ],
)
def test_other_code_beside_import_lines_is_run(builder, write, no_kernel, other):
    builder.build(write(IMPORTS))
    no_kernel()
    with pytest.raises(AssertionError, match="executed"):
        builder.build(write(other))


def test_the_author_may_vouch_for_a_change_of_code(builder, write, no_kernel):
    builder.build(write("1 + 1"))
    no_kernel()
    builder.keep = True
    assert builder.build(write("2")) == "prose updated"
    (result,) = built(builder).cells[-1].outputs
    assert result.data["text/plain"] == "2"


def test_a_label_on_a_cell_is_taken_over_and_runs_nothing(builder, write, no_kernel):
    path = write("1")
    builder.build(path)
    no_kernel()
    path.write_text(path.read_text().replace("# %%\n1", '# %% tags=["thumbnail"]\n1'))
    assert builder.build(path) == "prose updated"
    assert built(builder).cells[-1].metadata == {"tags": ["thumbnail"]}
    path.write_text(path.read_text().replace("thumbnail", "raises-exception"))
    with pytest.raises(AssertionError, match="executed"):
        builder.build(path)


def test_offline_digits_are_not_published_and_their_time_is_not_kept(builder, write):
    builder.build(write("1"))
    before = [path.read_bytes() for path in sorted(builder.folder.glob("*.*"))]
    with pytest.raises(BuildError, match="offline digits, not MNIST; set GAN_DATA_DIR"):
        builder.build(write("print('data  ** offline digits, not MNIST **')"))
    assert [path.read_bytes() for path in sorted(builder.folder.glob("*.*"))] == before


def test_a_new_cell_does_not_change_the_ids_of_the_others(write):
    before = [cell.id for cell in convert(write("a = 1", "a = 2", "a = 1")).cells]
    after = [
        cell.id for cell in convert(write("a = 0", "a = 1", "a = 2", "a = 1")).cells
    ]
    assert len(set(before)) == len(before)
    assert after[:3] + after[4:] == before


def test_another_profile_is_timed_and_publishes_nothing(builder, write):
    builder.profile = "smoke"
    path = write("assert profile == 'smoke' and out_dir")
    assert builder.build(path) == "timed"
    assert not (builder.folder / "01_try.ipynb").exists()
    assert "smoke" in json.loads((builder.folder / "times.json").read_text())


def test_a_slider_becomes_a_line_of_text(builder, write):
    builder.build(write(SLIDER.format(body="print(step)")))
    text = (builder.folder / "01_try.ipynb").read_text()
    assert "a slider appears here" in text
    assert "VBox(children" not in text and "widget" not in text.split('"source"')[-2]


def test_a_notebook_that_fails_is_not_published(builder, write):
    with pytest.raises(BuildError, match=r"01_try \[3\]: ZeroDivisionError"):
        builder.build(write("1 / 0"))
    assert not (builder.folder / "01_try.ipynb").exists()


def test_a_path_of_the_machine_in_an_output_is_refused(builder, write):
    with pytest.raises(BuildError, match=r"01_try \[3\] shows a machine's path"):
        builder.build(write("import os; print(os.getcwd())"))
    assert not (builder.folder / "01_try.ipynb").exists()


def test_a_notebook_over_one_megabyte_is_refused(builder, write):
    with pytest.raises(BuildError, match="MB is too much"):
        builder.build(write("print('x' * 1_000_001)"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("saved to /home/ann/x.png\nnext", "/home/ann/x.png"),
        ("C:\\Users\\ann", "C:\\Users\\ann"),
        (f"in {paths.project_root()}/runs", f"{paths.project_root()}/runs"),
        ("see https://example.org/home/page and ratio 3/tmp/4", ""),
        ("results    runs/lab/01_try", ""),
    ],
)
def test_what_counts_as_a_path_of_the_machine(text, shown):
    output = nbformat.v4.new_output("stream", text=text)
    assert build_notebooks.machine_path(output) == shown
    output = nbformat.v4.new_output("display_data", {"text/html": text})
    assert build_notebooks.machine_path(output) == shown


def as_text(picture, kind):
    file = io.BytesIO()
    picture.save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


def test_pictures_are_stored_small_and_look_the_same():
    grays = np.random.default_rng(0).integers(0, 256, (60, 90, 1), dtype=np.uint8)
    shades = np.repeat(grays, 3, axis=2)
    large = as_text(Image.fromarray(shades), "PNG")
    small = build_notebooks.small_png(large)
    assert len(small) < 0.7 * len(large) and build_notebooks.small_png(small) == small
    seen = Image.open(io.BytesIO(base64.b64decode(small))).convert("RGB")
    assert np.abs(np.asarray(seen) - shades.astype(int)).max() <= 4
    movie = as_text(Image.fromarray(shades), "GIF")  # notebook 05 has one
    assert build_notebooks.small_png(movie) == movie


def test_pieces_of_a_stream_are_joined_and_progress_bars_dropped():
    def stream(text, name="stdout"):
        return nbformat.v4.new_output("stream", text=text, name=name)

    pieces = [stream("a\n"), stream("b\n"), stream(" 0%|\r 50%|\rdone\n", "stderr")]
    joined = [build_notebooks._plain(o, 1) for o in build_notebooks._joined(pieces)]
    assert [output.text for output in joined] == ["a\nb\n", "done\n"]


def test_check_tells_what_is_out_of_step_and_writes_nothing(
    builder, write, monkeypatch, no_kernel
):
    monkeypatch.setattr(paths, "notebooks_dir", lambda: builder.folder)

    def check():
        done = CliRunner().invoke(build_notebooks.main, ["--check"])
        return done.exit_code, done.output.splitlines()[0].split("  ")[-1].strip()

    write("x = 1")
    assert check() == (1, "not built")
    builder.build(write("x = 1"))
    no_kernel()
    assert check() == (0, "in step")
    write("x = 1", prose="Other prose.")
    assert check() == (1, "prose or metadata changed")
    write("x = 2")
    assert check() == (1, "code changed")
    assert "x = 1" in built(builder).cells[-1].source


def test_a_source_that_does_not_exist_is_wrong_use(builder, write, monkeypatch):
    monkeypatch.setattr(paths, "notebooks_dir", lambda: builder.folder)
    write("1")
    done = CliRunner().invoke(build_notebooks.main, ["7"])
    assert done.exit_code == 2
    assert "no source 7" in done.output
