import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from made_up import write

from classroom import cli
from classroom.cli import run
from gan_utils.support import paths


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
    injected = (out / "seed-0/02_train/02_train.ipynb").read_text()
    assert json.dumps(str(out / "seed-0"))[1:-1] in injected


def test_a_failing_notebook_gives_exit_code_one(lessons, tmp_path):
    done = command("run", "02", "-p", "epochs=3", "--out", str(tmp_path / "out"))
    assert done.exit_code == 1
    assert "AssertionError: 3" in done.output
    assert not (tmp_path / "out/seed-0/01_look").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "09"], "no notebook '09'"),
        (["run", "-p", "epoch=1"], "did you mean 'epochs'"),
        (["run", "-p", "epochs=many"], "epochs='many' is not int"),
        (["run", "--seed", "-1"], "seed=-1"),
        (["run", "--profile", "slow"], "'slow' is not one of"),
        (["run", "--out", __file__], "is a file"),
        (["run", "--seeds", "4-1"], "--seeds 4-1"),
        (["run", "--budget", "soon"], "write 90s, 15m or 1h30m"),
        (["run", "-p", "seed=3"], "use --seed for it"),
        (["run", "-f", "/none.yaml"], "/none.yaml"),
        (["run", "--resume", "--profile", "quick"], "leave it"),
        (["run", "--resume"], "--resume needs --out"),
        (["run", "--engine", "dask"], "needs --scheduler"),
        (["run", "notebooks/none/02_train.ipynb"], "there is no such .ipynb file"),
        (["run", "/no/such/folder/02_train.ipynb", "--dry-run"], "no such .ipynb file"),
        (["run", "02_train-Copy1"], "no notebook '02_train-Copy1'"),
        (["run", "02", "--dataset", "no/such", "--dry-run"], "there is no folder"),
        (["run", "02", "--dataset", "mnits"], "did you mean 'mnist'"),
        (["run", "--out", ""], "is no folder"),
        (["run", "--out", "~no-such-user/x"], "is no folder"),
        (["run", "--seed", "99999999999999999999999"], "seed=99999999999999999999999"),
        (["run", "--seed", "1", "--seeds", "0-4"], "give one of them"),
        (["run", "--seeds", ""], "--seeds : write 0-4"),
        (["run", "--seeds", "9" * 5000], "write 0-4"),
        (["run", "--budget", ""], "--budget : write 90s"),
        (["run", "--budget", "inf"], "write 90s, 15m or 1h30m"),
        (["run", "--timeout", "99999999h"], "from 1s to 1000h"),
        (["run", "-p", "epochs=True"], "epochs='True' is not int"),
        (["run", "-p", "epochs=1e30"], "epochs="),
        (["run", "-p", "epochs=inf"], "epochs='inf' is not int"),
        (["run", "-p", "rate=nan"], "rate='nan' is not float"),
        (["walk"], "No such command 'walk'"),
    ],
)
def test_wrong_use_gives_exit_code_two_and_starts_nothing(lessons, words, message):
    done = command(*words)
    assert done.exit_code == 2
    assert message in done.output
    assert not list(paths.runs_dir().glob("*_quick*"))


def test_each_run_has_a_folder_of_its_own(runs_dir):
    first = run.new_folder("smoke")
    assert first.parent == runs_dir.resolve() and first.name.endswith("_smoke")
    first.mkdir()
    assert run.new_folder("smoke") != first
    first.rmdir()


def test_help_is_quick_and_names_the_options():
    script = "import sys; from classroom import cli; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True
    )
    assert done.stdout.strip() == "False"
    assert "--profile" in command("run", "--help").output


def test_a_dry_run_shows_the_plan_and_starts_nothing(lessons, tmp_path, monkeypatch):
    runs_dir = tmp_path / "runs"
    monkeypatch.setenv("GAN_RUNS_DIR", str(runs_dir))  # nothing measured yet
    times = {}
    for name, seconds in {"01_explore_mnist": 30, "02_vanilla_gan": 90}.items():
        write(lessons / f"{name}.ipynb", "print(seed)")
        entry = {"seconds": seconds, "training": 0, "step_ms": 1, "machine": "x"}
        times.setdefault("quick", {})[name] = entry
    (lessons / "times.json").write_text(json.dumps(times))
    names = ("01_explore_mnist", "02_vanilla_gan", "--device", "cpu fp32")
    done = command("run", "--dry-run", "--seeds", "0-1", *names)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert len(lines) == 5 and "seed-1/02_vanilla" in lines[3] and "1:30" in lines[3]
    assert "device=cpu fp32" in lines[0]
    assert "about 4 minutes" in lines[4] and lines[4].endswith("(240 s)")
    assert "published times, at the speed of this machine" in lines[4]
    assert not list(runs_dir.glob("*_quick*"))
    done = command("run", "--dry-run")
    assert done.output.splitlines()[-1].endswith("not measured yet")


def test_a_file_of_parameters_is_read_and_the_command_line_wins(lessons, tmp_path):
    (tmp_path / "p.yaml").write_text("rate: 1e-3\nepochs: 7\n")
    options = ["-f", str(tmp_path / "p.yaml"), "-p", "epochs=2"]
    done = command("run", "02", "--dry-run", *options)
    assert "epochs=2" in done.output and "rate=0.001" in done.output


def test_a_named_file_is_run_wherever_it_is_and_nothing_else(lessons, tmp_path):
    own = write(tmp_path / "ann/02_train.ipynb", "print('this is from ann')")
    done = command("run", str(own), "--out", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    made = (tmp_path / "out/seed-0/02_train/02_train.ipynb").read_text()
    assert "this is from ann" in made
    done = command("run", str(own), "02", "--dry-run")
    assert done.exit_code == 2 and "two notebooks would both write" in done.output


def test_folders_are_found_from_where_one_stands_before_any_kernel(
    lessons, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "pictures").mkdir()
    for written in ("pictures", "~/pictures", "notebooks/../pictures"):
        done = command("run", "02", "--dry-run", "--dataset", written)
        assert done.exit_code == 0, done.output
        assert f"dataset={tmp_path / 'pictures'} " in done.output


def test_results_that_cannot_be_written_name_what_to_set(lessons, monkeypatch):
    monkeypatch.setenv("GAN_RUNS_DIR", "/proc/none")  # nobody can make a folder there
    done = command("run", "01")
    assert done.exit_code == 1
    assert "GAN_RUNS_DIR" in done.output and "--out" in done.output
    assert len(done.output.splitlines()) == 1
    assert command("run", "01", "--dry-run").exit_code == 0


def test_a_worker_starts_without_torch_and_matplotlib():
    script = (
        "import sys; import classroom.runner.worker;"
        "print(sorted({'torch', 'matplotlib', 'nbconvert'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
