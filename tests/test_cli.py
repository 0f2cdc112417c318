import json
import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner
from made_up import write

from gan_utils import cli, paths


@pytest.fixture
def lessons(tmp_path, monkeypatch):
    """A folder of made-up notebooks in place of the real ones."""
    folder = tmp_path / "notebooks"
    monkeypatch.setattr(paths, "notebooks_dir", lambda: folder)
    write(folder / "01_look.ipynb", "print(seed)")
    write(folder / "02_train.ipynb", "assert epochs == 2, epochs")
    return folder


def command(*words):
    return CliRunner().invoke(cli.main, words)


def test_run_executes_and_prints_the_path_of_the_index(lessons, tmp_path):
    out = tmp_path / "my results"
    done = command("run", "--profile", "smoke", "-p", "epochs=2", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1] == f"Results: {out / 'index.html'}"
    status = json.loads((out / "status.json").read_text())
    assert [entry["status"] for entry in status["notebooks"]] == ["passed", "passed"]
    injected = (out / "02_train.ipynb").read_text()
    assert json.dumps(str(out / "results"))[1:-1] in injected


def test_a_failing_notebook_gives_exit_code_one(lessons, tmp_path):
    done = command("run", "02", "-p", "epochs=3", "--out", str(tmp_path / "out"))
    assert done.exit_code == 1
    assert "AssertionError: 3" in done.output
    assert not (tmp_path / "out/01_look.html").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "09"], "no notebook '09'"),
        (["run", "-p", "epoch=1"], "did you mean 'epochs'"),
        (["run", "-p", "epochs=many"], "epochs='many' is not int"),
        (["run", "--seed", "-1"], "seed=-1"),
        (["run", "--profile", "slow"], "'slow' is not one of"),
        (["run", "--out", __file__], "exists already"),
        (["walk"], "No such command 'walk'"),
    ],
)
def test_wrong_use_gives_exit_code_two_and_starts_nothing(lessons, words, message):
    done = command(*words)
    assert done.exit_code == 2
    assert message in done.output
    assert not list(paths.runs_dir().glob("*_quick*"))


def test_each_run_has_a_folder_of_its_own(runs_dir):
    first = cli.new_folder("smoke")
    assert first.parent == runs_dir.resolve() and first.name.endswith("_smoke")
    first.mkdir()
    assert cli.new_folder("smoke") != first
    first.rmdir()


def test_help_is_quick_and_names_the_options():
    script = "import sys; from gan_utils import cli; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True
    )
    assert done.stdout.strip() == "False"
    assert "--profile" in command("run", "--help").output


def test_ctrl_c_leaves_a_report_and_no_kernel(lessons, tmp_path):
    """The real signal, in a real process, while a cell sleeps."""
    marker = tmp_path / "kernel.pid"
    slow = f"import os, time\nopen({str(marker)!r}, 'w').write(str(os.getpid()))\n"
    cells = ("print('done')", slow + "time.sleep(120)", "print('never')")
    write(lessons / "02_train.ipynb", *cells)
    out = tmp_path / "out"
    script = (
        "import pathlib; from gan_utils import cli, paths;"
        f"paths.notebooks_dir = lambda: pathlib.Path({str(lessons)!r});"
        f"cli.main(['run', '--out', {str(out)!r}])"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not (marker.is_file() and marker.read_text()):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert output.decode().splitlines()[-1] == f"Results: {out / 'index.html'}"
    status = json.loads((out / "status.json").read_text())
    assert [e["status"] for e in status["notebooks"]] == ["passed", "interrupted"]
    done, stopped, never = json.loads((out / "02_train.ipynb").read_text())["cells"][
        -3:
    ]
    assert "".join(done["outputs"][0]["text"]) == "done\n"
    assert stopped["metadata"]["papermill"]["status"] == "failed"
    assert never["metadata"]["papermill"]["status"] == "pending"
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)
