import hashlib
import os

import pytest

from gan_utils.support import files, paths


def test_write_makes_parents_and_replaces(tmp_path):
    path = tmp_path / "a b" / "ü.bin"
    files.write_atomic(path, b"one")
    assert files.write_atomic(path, b"two") == path and path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["ü.bin"]


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_failed_write_keeps_the_old_file_and_leaves_no_rest(
    tmp_path, monkeypatch, broken
):
    path = files.write_atomic(tmp_path / "x", b"good")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(OSError, match="No space left"):
        files.write_atomic(path, b"half")
    assert path.read_bytes() == b"good" and len(list(tmp_path.iterdir())) == 1


def test_json_is_valid_or_not_written(tmp_path):
    files.write_json(tmp_path / "x.json", {"a": 1.5})
    assert (tmp_path / "x.json").read_text() == '{\n "a": 1.5\n}\n'
    with pytest.raises(ValueError):
        files.write_json(tmp_path / "x.json", {"a": float("nan")})
    assert "1.5" in (tmp_path / "x.json").read_text()


def test_checksums():
    assert files.sha256_bytes(b"digits") == hashlib.sha256(b"digits").hexdigest()
    assert files.sha256_bytes(b"") == hashlib.sha256().hexdigest()


def test_paths_do_not_depend_on_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.delenv("GAN_RUNS_DIR", raising=False)
    before = paths.project_root(), paths.weights_dir(), paths.runs_dir()
    monkeypatch.chdir(tmp_path)
    assert before == (paths.project_root(), paths.weights_dir(), paths.runs_dir())
    assert (paths.project_root() / "pyproject.toml").is_file()


def test_environment_moves_data_and_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path / "d"))
    monkeypatch.setenv("GAN_RUNS_DIR", str(tmp_path / "r"))
    assert paths.data_dir() == tmp_path / "d" and paths.runs_dir() == tmp_path / "r"


def test_the_home_folder_may_be_written_as_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GAN_DATA_DIR", "~/d")
    monkeypatch.setenv("GAN_RUNS_DIR", " ~/r ")
    assert paths.data_dir() == tmp_path / "d" and paths.runs_dir() == tmp_path / "r"
    assert paths.absolute("~/x") == tmp_path / "x"
    monkeypatch.chdir(tmp_path)
    assert paths.absolute("x") == tmp_path / "x"
    assert paths.absolute("~nobody-is-called-so/x").is_absolute()
    monkeypatch.setenv("GAN_RUNS_DIR", " ")
    assert paths.runs_dir() == paths.project_root() / "runs"


def test_a_folder_that_can_be_written_to_is_made(tmp_path):
    folder = tmp_path / "a" / "b"
    assert paths.writable(folder) == folder and list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "remedy"),
    [
        ("GAN_RUNS_DIR", "set GAN_RUNS_DIR to a folder that you may write to"),
        ("GAN_DATA_DIR", "set GAN_DATA_DIR to a folder that you may write to"),
        (None, "set out_dir or GAN_RUNS_DIR to a folder that you may write to"),
    ],
)
def test_one_that_cannot_is_one_line_that_names_the_variable(
    tmp_path, monkeypatch, variable, remedy
):
    (tmp_path / "file").write_text("where a folder should be")
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "file"))
    with pytest.raises(paths.NotWritable) as error:
        paths.writable(tmp_path / "file" / "lab")
    message = f"cannot write to {tmp_path / 'file' / 'lab'}: Not a directory; {remedy}"
    assert str(error.value) == message
    assert files.disk_said(error.value, "x") == message.replace("write to", "write", 1)


def test_shown_is_short_inside_the_project_and_whole_outside(tmp_path):
    assert paths.shown(paths.weights_dir() / "mlp") == "weights/mlp"
    assert paths.shown(tmp_path) == str(tmp_path)


def test_import_of_the_package_is_light():
    import subprocess
    import sys

    check = "any(m in sys.modules for m in ('torch', 'numpy'))"
    code = f"import gan_utils, sys; print({check})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False\n"
