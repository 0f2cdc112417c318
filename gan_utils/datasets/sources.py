"""Which data sets can be downloaded, where their files are, and whether they are good.

The facts stand in sources.toml. Files and layout are those of torchvision
(`MNIST/raw/train-images-idx3-ubyte.gz` and so on), so a folder that torchvision has
filled works here, and the reverse. What counts is the SHA-256 of their content, at
every load, not their names or how they are packed. Fashion-MNIST and KMNIST are known
by their .gz files as published alone.
"""

import gzip
import io
import re
import tomllib
import zlib
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from gan_utils.support.files import sha256_bytes
from gan_utils.support.paths import shown

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
LARGEST = 1 << 26  # bytes: the largest of the files has 47 MB
DEEPEST, MOST = 5, 5_000  # how deep, and at how many paths, we look
USUAL = re.compile(  # train-images.idx3-ubyte, t10k_labels (1).gz
    r"(train|t10k|test)[-_. ]*(images|labels)([-_. ]|idx\d|ubyte|\(\d+\)|gz)*"
)


@dataclass(frozen=True, eq=False)
class Source:
    """A data set of four idx files."""

    name: str
    folder: str  # what torchvision calls it
    mirrors: list[str]  # URLs, each ending in "/"
    classes: list[str]
    sha256: dict[str, str]  # of each .gz file, and of what is in it where that is known

    def raw(self, place):
        """Where torchvision puts the files: `<place>/MNIST/raw`."""
        return place / self.folder / "raw"


_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
SOURCES = {key: Source(**facts) for key, facts in _TABLES.items()}  # "mnist" and so on


def look(source, places, names=FILES):
    """({name: verified bytes}, [what is wrong with a file that is there])."""
    content, problems = {}, []
    for name in names:
        for path in _candidates(source, places, name):
            data, fault = _checked(source, name, path)
            if not fault:
                content[name] = data
                break
            problems.append(f"{shown(path)} {fault}")
    return content, problems


def _candidates(source, places, name):
    """Files that may be `name`: of each place the usual ones, then any called so."""
    files = [name, f"{name}.gz"] if name in source.sha256 else [f"{name}.gz", name]
    for place in places:
        usual = [source.raw(place) / file for file in files]
        yield from (path for path in usual if path.is_file())
        others = (path for path in _below(source, place) if path not in usual)
        yield from (path for path in others if _called(path.name) == name)


def _below(source, place):
    """Files below `place`, the least deep first, but for other data sets' folders."""
    depths = (place.glob("*" + "/*" * depth) for depth in range(DEEPEST))
    paths = islice(chain.from_iterable(depths), MOST)
    for path in sorted(paths, key=lambda path: (len(path.parts), path)):
        parts = path.relative_to(place).parts
        letters = re.sub("[^a-z]", "", "".join(parts[:-1]).lower())
        key = max((key for key in SOURCES if key in letters), key=len, default=None)
        ours = key is None or SOURCES[key].folder == source.folder  # KMNIST is no MNIST
        if ours and not any(part[0] == "." for part in parts) and path.is_file():
            yield path


def _called(file):
    """Which of FILES a file's name means; None: no one."""
    if parts := USUAL.fullmatch(file.lower()):
        start = f"{parts[1].replace('test', 't10k')}-{parts[2]}"
        return next(name for name in FILES if name.startswith(start))


def _checked(source, name, path):
    """(content, "") of a good file, (None, what is wrong, in a few words) of others."""
    try:
        if path.stat().st_size > LARGEST:
            return None, f"is too large: {path.stat().st_size / 1e6:.0f} MB"
        data = path.read_bytes()
    except OSError as error:
        return None, f"cannot be read: {error.strerror}"
    content = _unpacked(data)
    known = _known(source, data) or _known(source, content)
    if known:
        said = f"holds the content of {known[1]} of {known[0]}"
        return (content, "") if known == (source.name, name) else (None, said)
    if not data:
        return None, "is empty"
    if data[:200].lstrip()[:1] == b"<":
        return None, "is a web page, not data"
    if content and name not in source.sha256:
        return None, f"is not {name}.gz as published: only that can be verified"
    digest = sha256_bytes(data)[:8]
    return None, f"is damaged or not of {source.name} (SHA-256 {digest}...)"


def _unpacked(data):
    """What is in a .gz file, at most a byte too much; b"" if it is damaged."""
    if not data.startswith(b"\x1f\x8b"):  # not packed, whatever it is called
        return data
    with suppress(EOFError, zlib.error, gzip.BadGzipFile):
        return gzip.open(io.BytesIO(data)).read(LARGEST + 1)
    return b""


def _known(source, data):
    """(data set, file) that these bytes are, by their SHA-256; None: we do not know."""
    digest = sha256_bytes(data)
    for one in (source, *SOURCES.values()):
        for file in (file for file, known in one.sha256.items() if known == digest):
            return one.name, file.removesuffix(".gz")


def state(source, place):
    """What there is of `source` in the folder `place`, in a few words."""
    if not place.is_dir():
        return "a file, not a folder" if place.exists() else "no such folder"
    _, problems = look(source, [place])
    absent = [name for name in FILES if not any(_candidates(source, [place], name))]
    if len(absent) < len(FILES):
        return "; ".join(problems + [f"no {name}.gz" for name in absent]) or "all good"
    others = [path.name for path in islice(_below(source, place), 3)]
    return ", ".join([f"no {source.folder}/raw", *others]) + " ..." * bool(others)
