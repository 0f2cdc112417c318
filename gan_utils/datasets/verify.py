"""Where the four files are, and whether they are what they should be.

What counts is the SHA-256 of their content, at every load, not their names or how they
are packed. Fashion-MNIST and KMNIST are known by their .gz files as published alone.
"""

import gzip
import io
import os
import re
import zlib
from itertools import islice
from pathlib import Path

from gan_utils.datasets.sources import FILES, SOURCES
from gan_utils.support.files import sha256_bytes
from gan_utils.support.paths import shown

LARGEST = 1 << 26  # bytes: the largest of the files has 47 MB
DEEPEST, FOLDERS = 4, 2000  # how deep, and into how many folders, we look
PACKED = b"\x1f\x8b"  # how a .gz file begins, whatever it is called
USUAL = re.compile(  # train-images.idx3-ubyte, t10k_labels (1).gz
    r"(train|t10k|test)[-_. ]*(images|labels)[-_. ]*(idx\d)?[-_. ]*(ubyte)?"
    r"[-_. ]*(\(\d+\))?(\.gz)?",
    re.IGNORECASE,
)


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


def raw_folder(source, place):
    """Where torchvision puts the files of a data set: `<place>/MNIST/raw`."""
    return place / source.folder / "raw"


def _candidates(source, places, name):
    """Files that may be `name`: of each place the usual ones, then any called so."""
    files = [name, f"{name}.gz"] if name in source.sha256 else [f"{name}.gz", name]
    for place in places:
        usual = [raw_folder(source, place) / file for file in files]
        yield from (path for path in usual if path.is_file())
        for path in _below(source, place):
            if path not in usual and _called(path.name) == name:
                yield path


def _below(source, place):
    """All files below `place`, but for other data sets' folders."""
    for folder, below, files in islice(os.walk(place), FOLDERS):
        deep = len(Path(folder).relative_to(place).parts)
        below[:] = sorted(b for b in below if deep < DEEPEST and _ours(source, b))
        yield from (Path(folder, f) for f in sorted(files) if f[0] != ".")


def _ours(source, folder):
    """False for a hidden folder and for one that is called like another data set."""
    letters = re.sub(r"[^a-z]", "", folder.lower())
    named = [key for key in SOURCES if key in letters]  # kmnist: mnist, too
    other = named and SOURCES[max(named, key=len)].folder != source.folder
    return not (other or folder.startswith("."))


def _called(file):
    """Which of FILES a file's name means; None: no one."""
    parts = USUAL.fullmatch(file)
    if not parts:
        return None
    part = "train" if parts[1].lower() == "train" else "t10k"
    return next(name for name in FILES if name.startswith(f"{part}-{parts[2].lower()}"))


def _checked(source, name, path):
    """(content, "") of a good file, (None, what is wrong) of another one."""
    try:
        if path.stat().st_size > LARGEST:
            return None, f"is too large: {path.stat().st_size / 1e6:.0f} MB"
        data = path.read_bytes()
        content = _unpacked(data)
    except OSError as error:
        return None, f"cannot be read: {error.strerror}"
    known = _known(source, data) or content and _known(source, content)
    if known == (source.name, name):
        return content, ""
    return None, _fault(source, name, data, content, known)


def _unpacked(data):
    """What is in a .gz file, at most a byte too much; b"" if it is damaged.

    Other data as they are.
    """
    if not data.startswith(PACKED):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as file:
            return file.read(LARGEST + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return b""


def _known(source, data):
    """(data set, file) that these bytes are, by their SHA-256; None: we do not know."""
    digest = sha256_bytes(data)
    for one in (source, *SOURCES.values()):
        for file, expected in one.sha256.items():
            if digest == expected:
                return one.name, file.removesuffix(".gz")
    return None


def _fault(source, name, data, content, known):
    """What is wrong with a file, in a few words."""
    if not data:
        return "is empty"
    if known:
        of = "" if known[0] == source.name else f" of {known[0]}"
        return f"holds the content of {known[1]}{of}"
    if data[:200].lstrip()[:1] == b"<":
        return "is a web page, not data"
    if content and name not in source.sha256:
        return f"is not the published {name}.gz: only that can be verified"
    return f"is damaged or not of {source.name} (SHA-256 {sha256_bytes(data)[:8]}...)"


def state(source, place):
    """What there is of `source` in the folder `place`, in a few words."""
    if not place.is_dir():
        return "no such folder"
    content, problems = look(source, [place])
    absent = [name for name in FILES if not any(_candidates(source, [place], name))]
    if len(absent) == len(FILES):
        others = [path.name for path in islice(_below(source, place), 4)]
        found = f"{', '.join(others[:3])}{', ...' * (len(others) > 3)}"
        return f"no {source.folder}/raw" + (f", but {found}" if found else "")
    return "; ".join(problems + [f"no {name}.gz" for name in absent]) or "all good"
