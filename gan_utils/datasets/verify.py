"""Is a file what it should be? Its SHA-256 says so, at every load."""

import gzip

from gan_utils.datasets.sources import FILES
from gan_utils.support.files import sha256_bytes
from gan_utils.support.paths import shown


def look(source, places, names=FILES):
    """({name: verified bytes}, [what is wrong with a file that is there])."""
    content, problems = {}, []
    checksums = source.checksums()
    for name in names:
        for path in _candidates(source, places, name):
            data = _read(path, problems)
            wrong = data is not None and _fault(data, path.name, checksums)
            if wrong:
                problems.append(f"{shown(path)} {wrong}")
            elif data is not None:
                content[name] = gzip.decompress(data) if path.suffix == ".gz" else data
                break
    return content, problems


def _candidates(source, places, name):
    for place in places:
        for file in (name, f"{name}.gz"):
            path = raw_folder(source, place) / file
            if file in source.checksums() and path.is_file():
                yield path


def raw_folder(source, place):
    """Where torchvision puts the files of a data set: `<place>/MNIST/raw`."""
    return place / source.folder / "raw"


def _read(path, problems):
    try:
        return path.read_bytes()
    except OSError as error:
        problems.append(f"{shown(path)} cannot be read: {error.strerror}")
        return None


def _fault(data, file, checksums):
    """What is wrong with the content of `file`, in a few words; "" if nothing is."""
    digest = sha256_bytes(data)
    if digest == checksums[file]:
        return ""
    if not data:
        return "is empty"
    if data[:200].lstrip()[:1] == b"<":
        return "is a web page, not data"
    for other, known in checksums.items():
        if digest == known:
            return f"holds the content of {other}"
    return f"is damaged (SHA-256 {digest[:8]}..., not {checksums[file][:8]}...)"


def state(source, place):
    """What there is of `source` in the folder `place`, in a few words."""
    if not place.is_dir():
        return "no such folder"
    if not raw_folder(source, place).is_dir():
        return f"no {source.folder}/raw"
    _, problems = look(source, [place])
    absent = [name for name in FILES if not any(_candidates(source, [place], name))]
    return "; ".join(problems + [f"no {name}.gz" for name in absent]) or "all good"
