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


def test_checksums(tmp_path):
    data = b"digits" * 100_000
    path = files.write_atomic(tmp_path / "x", data)
    assert files.sha256_bytes(data) == files.sha256_file(path)
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
