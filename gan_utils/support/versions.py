"""Which packages this series needs, how new, and what to type when they are not.

The bounds are those of pyproject.toml, as the installed project carries them. In a
checkout that was never installed there are none, and nothing is checked.
"""

import platform
import re
import subprocess
import sys
from contextlib import suppress
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = "gan-mnist-tutorial"


class MissingPackage(ImportError):
    """A package is not there. The message says what needs it and how to get it."""


class OutdatedPackages(RuntimeError):
    """Packages are too old: a line for each, and the command that helps."""


def requirements():
    """What the project and its extras ask for: a list of Requirement."""
    try:
        return [Requirement(line) for line in metadata.requires(PROJECT) or ()]
    except metadata.PackageNotFoundError:
        return []


def require(package, user):
    """Raise MissingPackage if `package`, which `user` needs, is not there."""
    if find_spec(package) is None:
        asked = [f"{r.name}{r.specifier}" for r in requirements() if r.name == package]
        get = f'pip install "{(asked or [package])[0]}"'
        raise MissingPackage(f"{user} needs {package}, which is not installed: {get}")


def check_versions():
    """Raise OutdatedPackages if a package of the lessons is too old. Absent is fine."""
    old = []
    for r in requirements():
        with suppress(metadata.PackageNotFoundError):
            found, of_lessons = metadata.version(r.name), not r.marker
            if of_lessons and not r.specifier.contains(found, prereleases=True):
                old.append((r, found))
    if old:
        lines = [f"{r.name} {v} is too old; {r.specifier} is needed" for r, v in old]
        wanted = " ".join(f'"{r.name}{r.specifier}"' for r, _ in old)
        lines.append(f"pip install --upgrade {wanted}, then restart the kernel")
        raise OutdatedPackages("\n".join(lines))


def install_missing():
    """Let pip get what the lessons need and is not there; all else stays as it is."""
    there = {re.sub(r"[-_.]+", "-", d.name).lower() for d in metadata.distributions()}
    needed = [r for r in requirements() if not r.marker and r.name not in there]
    if needed:
        pip = [sys.executable, "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, *map(str, needed)], check=True)


def processor():
    """The processor's name, as far as the system tells."""
    with suppress(OSError):
        if name := re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text()):
            return name[1].strip()
    return platform.processor() or platform.machine()
