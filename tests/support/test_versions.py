import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement

from gan_utils.support import versions

CONDA_NAMES = {
    "torch": "pytorch",
    "matplotlib": "matplotlib-base",
    "jupyter-client": "jupyter_client",
    "build": "python-build",
}
# conda-forge names and builds the first one differently, and the second needs it
ONLY_FROM_PIP = {"playwright", "axe-playwright-python", "wasmtime"}


@pytest.fixture(scope="module")
def packaging(project):
    return tomllib.loads((project / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def conda(project):
    return yaml.safe_load((project / "environment.yml").read_text())


def pairs(requirements):
    """["torch>=2.6", ...] -> {"torch": ">=2.6", ...}"""
    found = (re.fullmatch(r"([\w.-]+)\s*(.*)", text) for text in requirements)
    return {match[1]: match[2] for match in found}


def test_conda_asks_for_the_same_packages_and_versions_as_pip(packaging, conda):
    extras = packaging["optional-dependencies"].values()
    wanted = pairs(packaging["dependencies"] + sum(extras, []))
    wanted = {CONDA_NAMES.get(k, k): v for k, v in wanted.items()}
    listed = pairs(entry for entry in conda["dependencies"] if isinstance(entry, str))
    assert listed.pop("pip") == ""
    assert listed.pop("python").startswith(packaging["requires-python"])
    assert listed == {k: v for k, v in wanted.items() if k not in ONLY_FROM_PIP}


def test_conda_takes_everything_from_conda_forge_and_the_package_from_here(conda):
    assert conda["channels"] == ["conda-forge", "nodefaults"]
    assert conda["dependencies"][-1] == {"pip": ["-e .[dev]"]}


def test_every_dependency_has_a_lower_bound_and_no_upper_one(packaging):
    extras = packaging["optional-dependencies"].values()
    for requirement in [*packaging["dependencies"], *sum(extras, [])]:
        assert re.fullmatch(r"[\w-]+>=[\d.]+", requirement), requirement


def test_torch_is_new_enough_to_load_checkpoints_safely(packaging):
    assert pairs(packaging["dependencies"])["torch"] == ">=2.6"


def test_only_what_is_missing_is_installed(monkeypatch):
    asked = ["torch>=2.6", "no-such-package>=1.2", 'jupyter-lab>=9; extra == "lab"']
    calls = []
    monkeypatch.setattr(versions, "requirements", lambda: list(map(Requirement, asked)))
    monkeypatch.setattr(versions.subprocess, "run", lambda c, check: calls.append(c))
    versions.install_missing()
    assert [call[1:] for call in calls] == [
        ["-m", "pip", "install", "--quiet", "no-such-package>=1.2"]
    ]
    asked.pop(1)
    versions.install_missing()
    assert len(calls) == 1
