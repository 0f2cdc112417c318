"""Packages that are missing or old, other locales, start methods and backends."""

import os
import re
import subprocess
import sys
import tomllib

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from click.testing import CliRunner

from gan_utils import viz
from gan_utils.cli import main
from gan_utils.lesson import lesson
from gan_utils.support import versions

OPTIONAL = ("ipywidgets", "torchmetrics", "voila")


def python(text, *flags, **environ):
    """Run a program in a fresh Python of the same kind."""
    options = {"capture_output": True, "text": True, "timeout": 120}
    line = [sys.executable, *flags, "-c", text]
    return subprocess.run(line, env={**os.environ, **environ}, **options)


# --- missing packages

WITHOUT = f"import sys; sys.modules.update(dict.fromkeys({OPTIONAL}))\n"
CORE = """
import pkgutil, importlib, classroom, gan_utils
names = {m.name for p in (gan_utils, classroom)
         for m in pkgutil.walk_packages(p.__path__, p.__name__ + ".")}
for name in sorted(names):
    if not name.endswith((".__main__", ".sliders")):
        importlib.import_module(name)
print(len(names), "modules")
"""


def test_all_modules_but_the_sliders_load_without_the_optional_packages():
    done = python(WITHOUT + CORE)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 50


@pytest.mark.parametrize(
    ("use", "package"),
    [
        ("import gan_utils.explore.sliders", "ipywidgets"),
        (
            "import torch; from gan_utils.metrics import kernel_distance\n"
            "kernel_distance(torch.ones(2, 3), torch.ones(2, 3))",
            "torchmetrics",
        ),
    ],
)
def test_what_needs_a_missing_package_says_so_in_one_line(use, package):
    done = python(WITHOUT + use)
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1 and "MissingPackage: " in last
    assert f"needs {package}, which is not installed: pip install" in last


def test_the_page_of_explorers_without_voila_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "voila", None)
    done = CliRunner().invoke(main, ["explore"])
    assert done.exit_code == 1 and done.output.count("\n") == 1
    assert 'pip install "voila>=' in done.output


# --- old packages


def test_the_oldest_versions_are_those_of_the_package(project):
    text = (project / "pyproject.toml").read_text()
    wanted = tomllib.loads(text)["project"]["dependencies"]
    bounds = dict(re.fullmatch(r"([\w-]+)>=(.+)", line).groups() for line in wanted)
    assert versions.OLDEST.items() <= bounds.items()
    assert {"torch", "torchvision", "ipywidgets"} <= versions.OLDEST.keys()


@pytest.mark.parametrize("package", ["torch", "torchvision", "ipywidgets"])
def test_a_lesson_names_what_is_too_old_and_how_to_update(package, monkeypatch):
    found = versions.version
    monkeypatch.setattr(
        versions, "version", lambda name: "0.9.1" if name == package else found(name)
    )
    with pytest.raises(versions.OutdatedPackages) as caught:
        lesson("02_vanilla_gan")
    bound = versions.OLDEST[package]
    first, second = str(caught.value).splitlines()
    assert first == f"{package} 0.9.1 is too old; {bound} is needed"
    assert second.startswith(f'pip install --upgrade "{package}>={bound}"')


@pytest.mark.parametrize(
    ("found", "old"),
    [
        ("2.5.1", True),
        ("2.6", False),
        ("2.6.0+cu124", False),
        ("2.15.0rc1", False),
        ("10.0", False),
    ],
)
def test_versions_are_compared_as_numbers(found, old, monkeypatch):
    monkeypatch.setattr(versions, "OLDEST", {"torch": "2.6"})
    monkeypatch.setattr(versions, "version", lambda name: found)
    if old:
        with pytest.raises(versions.OutdatedPackages):
            versions.check()
    else:
        assert versions.check() is None


def test_a_package_that_is_absent_is_not_too_old(monkeypatch):
    monkeypatch.setattr(versions, "OLDEST", {"no-such-package": "1.0"})
    assert versions.check() is None


# --- %matplotlib

INLINE = "module://matplotlib_inline.backend_inline"


@pytest.fixture
def backend():
    before = matplotlib.get_backend()
    plt.close("all")
    yield
    plt.close("all")
    plt.switch_backend(before)


def test_figures_show_once_and_none_is_left_after_the_backend_was_switched(
    backend, monkeypatch
):
    from matplotlib_inline import backend_inline

    shown = []
    monkeypatch.setattr(backend_inline, "display", lambda f, **_: shown.append(f))
    images = np.zeros((4, 28, 28), dtype=np.uint8)
    for name in (INLINE, "agg", INLINE, "svg", INLINE):
        plt.switch_backend(name)
        axes = viz.show_grid(images), viz.film_strip(images, range(4))
        figures = [ax.figure for ax in axes]
        assert [plt.figure(n) for n in plt.get_fignums()] == figures
        if name == INLINE:
            shown.clear()
            backend_inline.show(close=True)  # what the end of a cell does
            assert shown == figures
        else:
            plt.close("all")
        assert plt.get_fignums() == []


# --- start methods, locales, options of Python

WORKERS = """
import torch
from torch.utils.data import DataLoader, TensorDataset
from gan_utils import data

if __name__ == "__main__":
    images = data.load("offline").train[:40]
    how = {"num_workers": 2, "multiprocessing_context": "spawn", "batch_size": 16}
    loader = DataLoader(TensorDataset(images), **how)
    batches = [data.to_float(batch) for (batch,) in loader]
    assert torch.equal(torch.cat(batches), data.to_float(images))
    print(*map(len, batches))
"""


def test_worker_processes_that_are_spawned_read_the_images(tmp_path, project):
    script = tmp_path / "workers.py"
    script.write_text(WORKERS)
    options = {"capture_output": True, "text": True, "timeout": 120}
    environ = {**os.environ, "PYTHONPATH": str(project)}
    done = subprocess.run([sys.executable, script], env=environ, **options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["16", "16", "8"]


STEPS = """
import hashlib, sys
from pathlib import Path
from gan_utils import data
from gan_utils.cli import trainer

out = Path(sys.argv[1])
how = {"length": {"steps": 3}, "seed": 0, "device": "cpu", "precision": "fp32"}
trainer.train_recipe("mlp", data.load("offline"), out, **how)
weights = (out / "generator.safetensors").read_bytes()
print(hashlib.sha256(weights).hexdigest())
"""


def weights_of(out, *flags, **environ):
    line = [sys.executable, *flags, "-c", STEPS, str(out)]
    environ = {**os.environ, "OMP_NUM_THREADS": "1", **environ}
    options = {"capture_output": True, "text": True, "timeout": 120}
    done = subprocess.run(line, env=environ, **options)
    assert done.returncode == 0, done.stderr
    digest = done.stdout.split()[-1]
    assert re.fullmatch("[0-9a-f]{64}", digest)
    return digest


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return weights_of(tmp_path_factory.mktemp("usual"), PYTHONHASHSEED="0")


@pytest.mark.parametrize(
    ("flags", "environ"),
    [
        ((), {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
        ((), {"TZ": "Pacific/Kiritimati"}),
        ((), {"PYTHONHASHSEED": "4242"}),
        (("-O",), {}),
        (("-OO",), {}),
    ],
    ids=["locale", "zone", "hash seed", "-O", "-OO"],
)
def test_the_weights_do_not_depend_on_it(usual, flags, environ, tmp_path):
    assert weights_of(tmp_path / "a folder", *flags, **environ) == usual
