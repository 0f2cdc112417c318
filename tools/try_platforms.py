"""Do the notebooks start and run where only a platform's own packages are there?

    python tools/try_platforms.py                   Colab, Kaggle, a bare Python
    python tools/try_platforms.py colab 02 07       two lessons on Colab's packages
    python tools/try_platforms.py --wheel FILE --folder FOLDER

Makes an environment with the versions that the platform publishes (see PINS), and a
folder with nothing but the .ipynb files and the wheel. There it runs the first cell of
a notebook, says which packages came and which moved, and runs the lessons at profile
smoke. torch is that of this Python, by links: the platforms' own builds are GBs. What
stays untried: another Python than this one, and the platforms' browsers.

Exit code 1: a package moved, more than 6 came (a bare Python may get more), the cell
took over a minute, or a lesson failed. Needs a package index, or pip's settings for it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

from gan_utils.support import paths

BORROWED = ("torch", "torchgen", "torchvision", "functorch", "nvidia", "triton", "cuda")
# What torch asks for besides, and what everyone has who can run a notebook.
COMMON = ["filelock", "fsspec", "jinja2", "networkx", "setuptools", "sympy"]
COMMON += ["typing-extensions"]
# googlecolab/backend-info of August 2026; Kaggle/docker-python starts from that image.
COLAB = ["numpy==2.1.3", "matplotlib==3.10.0", "pillow==11.3.0", "pydantic==2.13.4"]
COLAB += ["safetensors==0.8.0", "pooch==1.9.0", "ipython==7.34.0", "ipykernel==6.17.1"]
COLAB += ["scikit-learn", "requests", "tqdm", "click", "packaging"]
PINS = {
    "colab": [*COLAB, "ipywidgets==7.7.1"],
    "kaggle": [*COLAB, "ipywidgets==8.1.5", "papermill", "jupyterlab", "torchmetrics"],
    "bare": ["numpy", "matplotlib", "ipywidgets", "ipykernel"],
}
OURS = ("PYTHONPATH", "GAN_RUNS_DIR", "VIRTUAL_ENV", "PYTHONHOME", "JUPYTER_PATH")
QUIET = {"PYTHONNOUSERSITE": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
QUIET |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
MOST_NEW, MOST_SECONDS = {"colab": 6, "kaggle": 6}, 60


class Platform:
    """An environment of its own, and a folder with notebooks and wheel."""

    def __init__(self, name, wheel, folder):
        self.name, self.folder = name, folder / name
        self.python = self.folder / "env" / "bin" / "python"
        self.lessons = self.folder / "lessons"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.lessons.mkdir(parents=True)
        for path in [*paths.notebooks_dir().glob("[0-9][0-9]_*.ipynb"), wheel]:
            shutil.copy(path, self.lessons)
        self._install()
        kernel = {"argv": [str(self.python), "-m", "ipykernel_launcher", "-f"]}
        kernel["argv"].append("{connection_file}")
        kernel |= {"display_name": name, "language": "python"}
        spec = self.folder / "jupyter" / "kernels" / name / "kernel.json"
        spec.parent.mkdir(parents=True)
        spec.write_text(json.dumps(kernel))

    def _install(self):
        call = [sys.executable, "-m", "venv", str(self.folder / "env")]
        subprocess.run(call, check=True)
        pip = [self.python, "-m", "pip", "install", "--quiet", *COMMON]
        subprocess.run([*pip, *PINS[self.name]], check=True, env=self.surroundings())
        here = Path(shutil.__file__).parent.name  # python3.11
        target = self.folder / "env" / "lib" / here / "site-packages"
        for path in Path(click.__file__).parents[1].iterdir():
            lent = path.name.startswith(BORROWED) and "torchmetrics" not in path.name
            if lent and not (target / path.name).exists():
                (target / path.name).symlink_to(path)

    def surroundings(self):
        """Environment variables that lead to nothing of this project but the digits."""
        kept = {k: v for k, v in os.environ.items() if k not in OURS}
        own = {"HOME": str(self.folder), "JUPYTER_PATH": str(self.folder / "jupyter")}
        return kept | own | QUIET

    def packages(self):
        """{name: version} by pip."""
        call = [self.python, "-m", "pip", "list", "--format=json"]
        done = subprocess.run(call, check=True, capture_output=True)
        return {p["name"]: p["version"] for p in json.loads(done.stdout)}

    def run(self, notebook, **parameters):
        """Seconds that a notebook takes in a kernel of the platform, and its fault."""
        start, fault = time.monotonic(), ""
        before, own = dict(os.environ), self.surroundings()
        os.environ.clear()
        os.environ.update(own)
        try:
            how = {"kernel_name": self.name, "cwd": str(self.lessons)}
            quiet = {"progress_bar": False, "parameters": parameters}
            papermill.execute_notebook(str(notebook), None, **how, **quiet)
        except PapermillExecutionError as error:
            fault = f"[{error.exec_count}] {error.ename}: {error.evalue}"[:200]
        finally:
            os.environ.clear()
            os.environ.update(before)
        return time.monotonic() - start, fault

    def first_cell(self):
        """(seconds, fault) of the cell that installs."""
        notebook = nbformat.read(next(self.lessons.glob("01_*.ipynb")), as_version=4)
        notebook.cells = notebook.cells[:2]
        path = self.folder / "first.ipynb"
        nbformat.write(notebook, path)
        return self.run(path)


def build_wheel(folder):
    """The wheel of this project and, beside it, its sdist, as `python -m build` does.

    From a copy of what git knows or would take: a build leaves its files behind.
    """
    root, copy = paths.project_root(), Path(folder) / "source"
    call = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(call, cwd=root, check=True, capture_output=True).stdout
    for name in listed.decode().split("\0"):
        if name and (root / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, copy / name)
    call = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*call, str(copy)], check=True, stdout=subprocess.DEVNULL)
    return next(Path(folder).glob("*.whl"))


def attempt(name, wheel, folder, wanted):
    """Try one platform and print what came of it. True if all went well."""
    platform = Platform(name, wheel, folder)
    before = platform.packages()
    seconds, fault = platform.first_cell()
    after = platform.packages()
    new = sorted(after.keys() - before.keys())
    moved = [k for k, v in before.items() if after.get(k) != v]
    print(f"{name}: {len(before)} packages, ", end="")
    print(", ".join(f"{k} {before[k]}" for k in ("ipywidgets", "ipython", "torch")))
    print(f"  first cell {seconds:.1f} s {fault}")
    print(
        f"  {len(new)} came: {', '.join(new)}; {len(moved)} moved: {moved}", flush=True
    )
    good = not fault and not moved and seconds <= MOST_SECONDS
    good = good and len(new) <= MOST_NEW.get(name, len(new))
    for path in sorted(platform.lessons.glob("*.ipynb")):
        if not wanted or path.stem[:2] in wanted:
            seconds, fault = platform.run(path, profile="smoke")
            print(
                f"  {path.stem:24s} {seconds:5.1f} s  {fault or 'passed'}", flush=True
            )
            good = good and not fault
    return good


@click.command()
@click.argument("names", nargs=-1, metavar="[PLATFORM|NN]...")
@click.option("--wheel", type=click.Path(path_type=Path, exists=True))
@click.option("--folder", type=click.Path(path_type=Path), help="kept afterwards")
def main(names, wheel, folder):
    """Try the notebooks on colab, kaggle and bare, all lessons or those named."""
    chosen = [name for name in names if name in PINS] or list(PINS)
    lessons = set(names) - set(PINS)
    with tempfile.TemporaryDirectory() as scratch:
        place = (folder or Path(scratch)).resolve()
        wheel = wheel or build_wheel(Path(scratch) / "wheel")
        results = [attempt(name, wheel.resolve(), place, lessons) for name in chosen]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
