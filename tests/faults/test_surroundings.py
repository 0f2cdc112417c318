"""Packages that are missing or old, other locales, start methods and backends."""

import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from gan_utils import viz
from gan_utils.lesson import lesson
from gan_utils.support import versions

OPTIONAL = ("ipywidgets", "torchmetrics")


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


def test_the_sliders_without_ipywidgets_say_so_in_one_line():
    done = python(WITHOUT + "import gan_utils.explore.sliders")
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1 and "MissingPackage: " in last
    assert "needs ipywidgets, which is not installed: pip install" in last


WITHOUT_METADATA = """
from importlib import metadata
def nothing(name): raise metadata.PackageNotFoundError(name)
metadata.requires = nothing
"""


def test_what_is_missing_is_named_also_where_the_project_is_not_installed():
    """In a mere checkout no bound is known."""
    use = WITHOUT + WITHOUT_METADATA + "import gan_utils.explore.sliders"
    assert python(use).stderr.endswith('not installed: pip install "ipywidgets"\n')


# --- old packages


ASKED = [
    "torch>=2.6",
    "ipywidgets>=7.7",
    'jupyterlab>=99; extra == "lab"',
    'nbval>=99; python_version > "3" and extra == "dev"',
    "no-such-package>=1.0",
]


def installed(monkeypatch, **found):
    """As if the project asked for ASKED, and these versions were there."""
    real = metadata.version
    monkeypatch.setattr(metadata, "requires", lambda project: ASKED)
    monkeypatch.setattr(metadata, "version", lambda n: found.get(n) or real(n))


@pytest.mark.parametrize(
    ("package", "bound"), [("torch", ">=2.6"), ("ipywidgets", ">=7.7")]
)
def test_a_lesson_names_what_is_too_old_and_how_to_update(package, bound, monkeypatch):
    installed(monkeypatch, **{package: "0.9.1"})
    with pytest.raises(versions.OutdatedPackages) as caught:
        lesson("02_vanilla_gan")
    first, second = str(caught.value).splitlines()
    assert first == f"{package} 0.9.1 is too old; {bound} is needed"
    assert second.startswith(f'pip install --upgrade "{package}{bound}", then restart')


@pytest.mark.parametrize("found", ["2.6", "2.6.0+cu124", "2.15.0rc1", "10.0"])
def test_versions_are_compared_as_numbers(found, monkeypatch):
    """And what only an extra asks for is not asked of a lesson, nor what is absent."""
    installed(monkeypatch, torch=found)
    versions.check_versions()


def test_in_a_mere_checkout_nothing_is_checked():
    use = WITHOUT_METADATA + "from gan_utils.support.versions import check_versions\n"
    assert python(use + "check_versions()").returncode == 0


def test_the_bounds_are_asked_of_this_project(project):
    text = (project / "pyproject.toml").read_text()
    assert tomllib.loads(text)["project"]["name"] == versions.PROJECT


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
trainer.Training("mlp", data.load("offline"), out, **how).run()
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
