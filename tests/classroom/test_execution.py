import asyncio
import concurrent.futures
import contextlib
import logging
import os

import nbformat
import pytest
from made_up import PICTURE, SLIDER, write

from classroom.notebook import execution, kernels, processes
from classroom.runner.plan import Job
from gan_utils.support import paths


@pytest.fixture
def execute(tmp_path):
    def _execute(*cells, parameters=None, **options):
        path = write(tmp_path / "nb/01_try.ipynb", *cells)
        return execution.execute(
            Job(path, parameters or {}), tmp_path / "out", **options
        )

    return _execute


def result(tmp_path):
    return nbformat.read(tmp_path / "out/01_try.ipynb", as_version=4)


def test_a_notebook_that_runs_passes_and_is_kept_with_its_log(execute, tmp_path):
    seen = []
    outcome = execute(
        "print(epochs + 1)", parameters={"epochs": 41}, on_cell=seen.append
    )
    assert (outcome.status, outcome.cell, outcome.error) == ("passed", None, "")
    assert outcome.seconds > 0
    assert seen == [1, 2, 3]  # parameters, injected parameters, the cell
    assert result(tmp_path).cells[-1].outputs[0].text == "42\n"
    assert "42" in (tmp_path / "out/01_try.log").read_text()
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "01_try.ipynb",
        "01_try.log",
    ]


def test_an_error_names_the_cell_and_the_last_line(execute, tmp_path):
    outcome = execute("x = 1", "raise ValueError('first\\nsize is 3, not 4')", "x = 2")
    assert (outcome.status, outcome.cell) == ("failed", 3)
    assert outcome.error == "ValueError: first size is 3, not 4"
    assert "size is 3" in (tmp_path / "out/01_try.log").read_text()


def test_a_killed_kernel_is_not_called_completed(execute, tmp_path):
    outcome = execute("import os; os.kill(os.getpid(), 9)", "print('never')")
    assert (outcome.status, outcome.cell) == ("kernel died", 2)
    assert "out of memory" in outcome.error
    parameters, killed, never = result(tmp_path).cells[1:]
    assert result(tmp_path).metadata.papermill.exception is True
    assert killed.metadata.papermill.status == "failed"
    assert never.metadata.papermill.status == "pending"
    assert parameters.metadata.papermill.status == "completed"


def test_a_notebook_that_takes_too_long_is_a_time_out(execute, tmp_path):
    leash, cells = kernels.Leash(), contextlib.ExitStack()

    def on_cell(number):
        if number == 2:
            cells.enter_context(processes.after(1, leash.end, "too long"))

    with cells:
        outcome = execute("import time; time.sleep(60)", leash=leash, on_cell=on_cell)
    assert (outcome.status, outcome.cell) == ("timeout", 2)
    assert outcome.error == "too long"
    assert outcome.seconds < 30
    assert result(tmp_path).metadata.papermill.exception is True


def test_leaving_by_sys_exit_is_not_success(execute):
    outcome = execute("import sys; sys.exit(0)", "print('never')")
    assert outcome.status == "failed"
    assert "did not run" in outcome.error


def test_an_error_inside_a_slider_is_not_swallowed(execute):
    outcome = execute(SLIDER.format(body="raise RuntimeError('no snapshot')"))
    assert outcome.status == "failed"
    assert outcome.error == "in a widget: RuntimeError: no snapshot"


def test_a_slider_that_works_passes(execute):
    assert execute(SLIDER.format(body="print(step)")).status == "passed"


def test_a_file_that_is_no_notebook_fails_with_its_reason(tmp_path):
    broken = tmp_path / "01_try.ipynb"
    broken.write_text("not json")
    outcome = execution.execute(Job(broken, {}), tmp_path / "out")
    assert outcome.status == "failed"
    assert "JSON" in outcome.error


def test_the_kernel_works_in_the_notebooks_folder_and_shows_figures_inline(
    execute, tmp_path, monkeypatch
):
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAN_DATA_DIR", "digits")
    kernels.prepare_environment()
    execute("import os; print(os.getcwd()); print(os.environ['GAN_DATA_DIR'])", PICTURE)
    where, picture = result(tmp_path).cells[-2:]
    expected = [str(tmp_path / name) for name in ("nb", "digits")]
    assert where.outputs[0].text.split() == expected
    assert "image/png" in picture.outputs[-1].data


def test_a_notebook_can_be_run_from_inside_a_notebook(execute):
    """There an event loop is running already."""

    async def cell():
        return [execute("print(1)", PICTURE), execute("1 / 0")]

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        passed, failed = pool.submit(asyncio.run, cell()).result()
    assert (passed.status, failed.status) == ("passed", "failed")


def test_the_kernel_makes_no_noise_on_the_terminal(execute, capfd):
    execute("1", "raise KeyError('x')")
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("papermill").propagate


def test_a_second_run_replaces_the_first_as_a_whole(execute, tmp_path):
    execute("print('one')")
    execute("print('two')")
    assert result(tmp_path).cells[-1].outputs[0].text == "two\n"
    assert not os.path.exists(tmp_path / "out/.tmp")


WHERE = """\
from pathlib import Path
from gan_utils.support import paths
from gan_utils.lesson import lesson
cfg = lesson("01_explore_mnist", profile="smoke", dataset="offline", out_dir=out_dir)
(cfg.out_dir / "seen.txt").write_text(f"{cfg.data.digest} {paths.data_dir()}")
"""


def test_after_the_first_line_of_a_lesson_figures_have_alternative_texts(
    execute, tmp_path
):
    line = (
        "from gan_utils.lesson import lesson\nlesson('01_explore_mnist', out_dir={!r})"
    )
    outcome = execute(line.format(str(tmp_path)), f"{PICTURE}plt.title(f'{{6 * 7}}');")
    assert outcome.status == "passed", outcome.error
    (picture,) = result(tmp_path).cells[-1].outputs
    assert picture.metadata["image/png"]["alt"].startswith("42")


def test_the_same_notebook_gives_the_same_files_from_three_folders(
    tmp_path, monkeypatch
):
    folders = [tmp_path / "nb", tmp_path, paths.project_root()]
    path, seen = write(tmp_path / "nb/01_try.ipynb", WHERE), set()
    for number, folder in enumerate(folders):
        monkeypatch.chdir(folder)
        root = tmp_path / f"run {number}"
        job = Job(path, {"out_dir": str(root)}, cwd=folder)
        outcome = execution.execute(job, root)
        assert outcome.status == "passed", outcome.error
        seen.add((root / "01_explore_mnist/seen.txt").read_text())
    assert len(seen) == 1
