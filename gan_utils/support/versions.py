"""Which packages this series needs, how new, and what to type when they are not."""

import platform
import re
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

# The lower bounds of pyproject.toml for what changes its interface the most.
OLDEST = {
    "torch": "2.6",
    "torchvision": "0.21",
    "torchmetrics": "1.4",
    "numpy": "1.26",
    "matplotlib": "3.8",
    "ipywidgets": "8.1",
    "voila": "0.5.8",
}


class MissingPackage(ImportError):
    """A package is not there. The message says what needs it and how to get it."""


class OutdatedPackages(RuntimeError):
    """Packages are too old: a line for each, and the command that helps."""


def require(package, user):
    """Raise MissingPackage if `package`, which `user` needs, is not there."""
    if find_spec(package) is None:
        get = f'pip install "{package}>={OLDEST[package]}"'
        raise MissingPackage(f"{user} needs {package}, which is not installed: {get}")


def check():
    """Raise OutdatedPackages if one of OLDEST is older than that. Absent is fine."""
    old = {name: found for name in OLDEST if (found := _installed(name)) is not None}
    old = {name: found for name, found in old.items() if _older(found, OLDEST[name])}
    if old:
        lines = [f"{k} {v} is too old; {OLDEST[k]} is needed" for k, v in old.items()]
        wanted = " ".join(f'"{name}>={OLDEST[name]}"' for name in old)
        lines.append(f"pip install --upgrade {wanted}, then restart the kernel")
        raise OutdatedPackages("\n".join(lines))


def _installed(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _older(found, bound):
    return _numbers(found) < _numbers(bound)


def _numbers(text):
    """(2, 15, 0) of "2.15.0+cu130" and of "2.15.0rc1"."""
    return tuple(map(int, re.match(r"\d+(?:\.\d+)*", text)[0].split(".")))


def processor():
    """The processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.processor() or platform.machine()
