"""The wheel is complete, small, and works far from the repository."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile

import pytest
import try_platforms
from setuptools import find_packages

MAX_BYTES = 25_000_000
OURS = ("PYTHONPATH", "GAN_DATA_DIR", "GAN_RUNS_DIR")
LOADED = re.compile(r'load_(?:shipped|own_or_shipped)\((?:[^()]|\([^()]*\))*?"(\w+)"\)')
STORED = re.compile(r'results\.stored\("([\w./]+)"\)')


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built once, as `python -m build` does it, without a network."""
    return try_platforms.build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def inside(wheel):
    """{name: bytes} of the wheel's files."""
    with zipfile.ZipFile(wheel) as file:
        return {name: file.read(name) for name in file.namelist()}


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """A Python with the wheel installed, and this one's packages but the repository.

    A folder that a .pth file names is searched; .pth files in it are not read, so the
    editable install of the repository is out of sight.
    """
    home = tmp_path_factory.mktemp("far")
    subprocess.run([sys.executable, "-m", "venv", str(home / "env")], check=True)
    found = home / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([found, "-c", ask], capture_output=True, text=True).stdout
    with open(os.path.join(site.strip(), "others.pth"), "w") as file:
        file.write(sysconfig.get_path("purelib") + "\n")
    pip = [found, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--ignore-installed", wheel], check=True)
    return found


@pytest.fixture(scope="module")
def run(python, tmp_path_factory):
    """run("-m", "classroom", ...) far from the repository, with a home of its own."""
    home = tmp_path_factory.mktemp("home")
    env = {k: v for k, v in os.environ.items() if k not in OURS}
    env |= {"HOME": str(home), "USERPROFILE": str(home), "COLUMNS": "200"}
    env["JUPYTER_PATH"] = os.path.join(sys.prefix, "share", "jupyter")  # templates

    def _run(*words, cwd=home):
        call = [python, *words]
        return subprocess.run(call, cwd=cwd, env=env, capture_output=True, text=True)

    _run.home = home
    return _run


def test_wheel_and_sdist_are_small_enough_to_be_sent_around(wheel):
    (sdist,) = wheel.parent.glob("*.tar.gz")
    sizes = {path.name: path.stat().st_size for path in (wheel, sdist)}
    assert all(size <= MAX_BYTES for size in sizes.values()), sizes
    with tarfile.open(sdist) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "weights/manifest.json"} <= names


def test_every_package_is_listed(project):
    settings = tomllib.loads((project / "pyproject.toml").read_text())["tool"]
    listed = settings["setuptools"]["packages"]
    own = [name for name in listed if "shipped" not in name]
    assert sorted(own) == sorted(
        find_packages(project, include=["gan_utils*", "classroom*"])
    )


def test_everything_that_stands_beside_the_modules_is_inside(project, inside):
    for folder in ("gan_utils", "classroom"):
        for path in (project / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                name = path.relative_to(project).as_posix()
                assert inside.get(name) == path.read_bytes(), name


def test_the_notebooks_and_what_they_load_are_inside(project, inside):
    for path in (project / "notebooks").rglob("*"):
        if path.suffix in (".ipynb", ".json"):
            name = path.relative_to(project).as_posix()
            assert inside[f"gan_utils/shipped/{name}"] == path.read_bytes(), name
    texts = [p.read_text("utf-8") for p in (project / "notebooks/src").glob("*.py")]
    text = "\n".join(texts)
    recipes = set(LOADED.findall(text)) | {"mlp", "dcgan", "modern", "modern_labels"}
    assert recipes >= {"modern_clusters"}  # the pattern still finds what it should
    for recipe in recipes:
        for file in ("generator.safetensors", "meta.json", "history.json"):
            assert f"gan_utils/shipped/weights/{recipe}/{file}" in inside
    stored = set(STORED.findall(text))
    assert len(stored) > 5
    assert not [name for name in stored if f"gan_utils/shipped/{name}" not in inside]


def test_nothing_of_the_machine_is_inside(project, inside):
    assert not [name for name in inside if "__pycache__" in name or "/." in name]
    here = [str(project).encode(), str(project.parent.parent).encode() + b"/"]
    for name, content in inside.items():
        assert not any(len(p) > 5 and p in content for p in here), name


def test_start_copies_the_notebooks_and_never_over_a_students_work(run):
    done = run("-m", "classroom", "start", "mine")
    assert (done.returncode, done.stderr) == (0, "")
    assert "10 of 10 notebooks copied into mine\n" in done.stdout
    assert "python -m classroom run" in done.stdout
    mine = run.home / "mine"
    names = sorted(path.name for path in mine.iterdir())
    assert len(names) == 10 and names[0] == "01_explore_mnist.ipynb"
    (mine / names[0]).write_text("a student's work")
    (mine / names[1]).unlink()
    done = run("-m", "classroom", "start", "mine")
    assert (
        done.returncode == 0 and "1 of 10 notebooks copied into mine\n" in done.stdout
    )
    assert "left as they are: 01_explore_mnist.ipynb, 03_dcgan.ipynb" in done.stdout
    assert (mine / names[0]).read_text() == "a student's work"
    assert json.loads((mine / names[1]).read_text())["nbformat"] == 4


@pytest.mark.notebooks
@pytest.mark.timeout(1200)
def test_a_notebook_runs_and_is_checked_from_where_it_was_copied_to(run):
    assert run("-m", "classroom", "start", "class").returncode == 0
    mine = run.home / "class"
    lesson = mine / "01_explore_mnist.ipynb"
    notebook = json.loads(lesson.read_text())
    notebook["cells"][-1]["source"] = "my own last words"
    lesson.write_text(json.dumps(notebook))
    words = "run 01 05 --profile smoke --dataset offline --out out".split()
    done = run("-m", "classroom", *words, cwd=mine)
    assert done.returncode == 0, done.stdout + done.stderr
    made = mine / "out/seed-0/01_explore_mnist"
    assert "my own last words" in (made / "01_explore_mnist.ipynb").read_text()
    assert (made / "01_explore_mnist.html").is_file()
    done = run("-m", "classroom", "check", str(lesson), "--json", cwd=mine)
    report = json.loads(done.stdout)
    assert (report["lesson"], report["ended"]) == ("01_explore_mnist", "finished")


def test_a_shipped_network_draws_and_one_that_is_not_inside_is_told_in_one_line(run):
    done = run("-m", "gan_utils", "sample", "modern", "-n", "4", "--out", "a.png")
    assert (done.returncode, done.stderr) == (0, "") and (run.home / "a.png").is_file()
    done = run("-m", "gan_utils", "sample", "dcgan_28", "--out", "b.png")
    assert done.returncode == 1 and not (run.home / "b.png").exists()
    assert done.stderr.count("\n") == 1
    assert "no weights of 'dcgan_28'" in done.stderr
    assert "python -m gan_utils train makes others" in done.stderr


def test_a_command_without_its_packages_is_one_line(run):
    hide = "import sys; sys.modules['papermill'] = None; import runpy;"
    hide += "sys.argv = ['classroom', 'run', '01', '--dry-run'];"
    hide += "runpy.run_module('classroom', run_name='__main__')"
    done = run("-c", hide)
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
    assert 'pip install "gan-mnist-tutorial[classroom]"' in done.stderr
