"""What mybinder.org runs takes the small torch, first, and then the series."""

import os
import subprocess

import pytest

PIP = '#!/bin/sh\necho "$(basename "$0") $*" >> "$CALLS"\n'


@pytest.fixture
def calls(project, tmp_path):
    """What binder/postBuild calls, by stand-ins for pip and python."""
    for name in ("pip", "python"):
        (tmp_path / name).write_text(PIP)
        (tmp_path / name).chmod(0o755)
    env = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    env["CALLS"] = str(tmp_path / "calls")
    subprocess.run([project / "binder/postBuild"], cwd=project, env=env, check=True)
    return (tmp_path / "calls").read_text().splitlines()


def test_torch_comes_first_and_from_the_index_of_cpu_builds_alone(calls):
    torch, series, digits = calls
    assert "--index-url https://download.pytorch.org/whl/cpu" in torch
    assert torch.endswith(" torch>=2.6 torchvision>=0.21") and "extra" not in torch
    assert series.endswith("-e .[lab]") and digits.startswith("python -c")


def test_the_python_of_the_image_is_one_that_the_series_runs_on(project):
    assert (project / "binder/runtime.txt").read_text() == "python-3.12\n"
