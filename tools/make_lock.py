"""Write requirements.lock: the versions of this .venv, in which the checks passed.

    make lock        # after make test; needs the network, and uv (pip install uv)

The lock holds every package of every extra, for every system and for the Python of
.venv and later ones, with hashes. torch and torchvision stand in its first line, by
version alone: each of their builds has other hashes, and brings what only it needs.
"""

import re
import subprocess
import sys
import tempfile
from importlib.metadata import distributions, version
from pathlib import Path

from gan_utils.support.files import write_atomic

ROOT = Path(__file__).resolve().parent.parent
TORCH = ("torch", "torchvision")
PYTHON = ".".join(map(str, sys.version_info[:3]))


def main():
    here = {d.name: d.version.split("+")[0] for d in distributions()}
    del here["gan-mnist-tutorial"]
    here = [f'    "{name}=={number}",' for name, number in sorted(here.items())]
    limits = ["[tool.uv]", "constraint-dependencies = [", *here, "]"]
    with tempfile.TemporaryDirectory() as folder:
        project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        project = re.sub("(?m)^(readme|license-files) = .*\n", "", project)
        project = re.sub("(?m)^dynamic = .*", 'version = "0"', project)
        build = r"(?ms)^\[tool\.setuptools.*?(?=^\[(?!tool\.setuptools))"
        project = re.sub(build, "", project) + "\n[tool.setuptools]\npackages = []"
        project = re.sub('(?m)^(requires-python = ">=).*"', rf'\g<1>{PYTHON}"', project)
        text = "\n".join([project, *limits])
        (Path(folder) / "pyproject.toml").write_text(text, encoding="utf-8")
        uv("lock", "--project", folder)
        pruned = [word for name in TORCH for word in ("--prune", name)]
        export = ["export", "--project", folder, "--locked", "--all-extras"]
        export += ["--no-emit-project", "--no-header", "--no-annotate", *pruned]
        found = uv(*export, "--format", "requirements-txt")
    first = " ".join(f"{name}=={version(name).split('+')[0]}" for name in TORCH)
    write_atomic(ROOT / "requirements.lock", f"# first: {first}\n{found}".encode())


def uv(*words):
    """What uv prints; its complaint and the end if it fails."""
    done = subprocess.run(["uv", *words], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"uv {words[0]} failed: requirements.lock stays as it was")
    return done.stdout


if __name__ == "__main__":
    main()
