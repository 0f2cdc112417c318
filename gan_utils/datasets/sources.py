"""The data sets that can be downloaded. Their facts stand in sources.toml.

Files and layout are those of torchvision (`MNIST/raw/train-images-idx3-ubyte.gz` and so
on), so a folder that torchvision has filled works here, and the reverse.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@dataclass(frozen=True, eq=False)
class Source:
    """A data set of four idx files."""

    name: str
    folder: str  # what torchvision calls it
    mirrors: list[str]  # URLs, each ending in "/"
    classes: list[str]
    sha256: dict[str, str]  # of each .gz file, and of what is in it where that is known


_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
SOURCES = {key: Source(**facts) for key, facts in _TABLES.items()}  # "mnist" and so on
