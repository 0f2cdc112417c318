"""Four verified files of a data set, from a folder or, one by one, from a mirror.

A file that is bad is named, and only it is fetched again. A download is whole or not
there: it gets its final name when its checksum is right, and one process at a time
writes to a folder.
"""

import shutil
import tempfile
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import filelock

from gan_utils.datasets.mirrors import answering, fetch_from, mirrors_of
from gan_utils.datasets.sources import FILES, DataError
from gan_utils.datasets.verify import look, raw_folder, state
from gan_utils.support.paths import shown

ROUNDS = 2  # how often all mirrors are tried for one file
LOCK_SECONDS = 900.0


def obtain(source, places, *, say=print):
    """Unpacked content of the four files: {name: bytes}, verified.

    places: folders to look in, in this order; the last is ours and may be written to.
    say: called with one line when a file is bad or a download takes a while.
    Raises DataError naming all that was tried when a file cannot be had.
    """
    content, problems = look(source, places)
    for problem in problems:
        say(f"{source.name}: {problem}")
    missing = [name for name in FILES if name not in content]
    if missing:
        content |= _fetch_all(source, missing, places, say)
    return content


def _fetch_all(source, missing, places, say):
    """Download what is missing; {name: verified bytes}."""
    mirrors = answering(mirrors_of(source))
    if not mirrors:
        hosts = ", ".join(urlsplit(url).netloc for url in mirrors_of(source))
        raise _not_to_be_had(source, places, f"no mirror answers ({hosts})")
    place = _writable_place(source, places)
    folder = raw_folder(source, place)
    with _only_one(folder, source, say):
        content, _ = look(source, [place], missing)  # another process was here?
        for name in missing:
            if name not in content:
                say(f"{source.name}: fetching {name}.gz into {shown(folder)}")
                tried = _fetch(source, f"{name}.gz", folder, mirrors, say)
                if tried:
                    raise _not_to_be_had(source, places, f"{name}.gz: {tried}")
                (folder / name).unlink(missing_ok=True)  # unpacked and bad
                content |= look(source, [place], [name])[0]
    return content


def _fetch(source, file, folder, mirrors, say):
    """Download one file. Returns "" or, if no mirror has it, what each one did.

    `mirrors` is kept in order of merit: one that fails goes to the end.
    """
    failures = {}
    for attempt in range(ROUNDS):
        time.sleep(attempt)
        for mirror in list(mirrors):
            failure = fetch_from(mirror, file, source.checksums()[file], folder, say)
            if not failure:
                return ""
            failures[urlsplit(mirror).netloc] = failure
            mirrors.remove(mirror)
            mirrors.append(mirror)
    return ", ".join(f"{host} {failure}" for host, failure in failures.items())


@contextmanager
def _only_one(folder, source, say):
    """Hold the folder's lock; what a killed download left behind is removed."""
    lock = filelock.FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0.5)
    except filelock.Timeout:
        say(f"{source.name}: waiting for another process that downloads it")
        try:
            lock.acquire(timeout=LOCK_SECONDS)
        except filelock.Timeout:
            raise DataError(f"{shown(folder)} has been locked for too long") from None
    try:
        yield
    finally:
        shutil.rmtree(folder / ".partial", ignore_errors=True)
        lock.release()


def _writable_place(source, places):
    """The folder to repair if it can be written to, else our own (the last one)."""
    for place in places[:-1]:
        if raw_folder(source, place).is_dir() and _writable(raw_folder(source, place)):
            return place
    if _writable(raw_folder(source, places[-1])):
        return places[-1]
    raise DataError(
        f"{source.name} cannot be downloaded: {shown(places[-1])} is not writable",
        f"set GAN_DATA_DIR to a folder that holds {source.folder}/raw",
    )


def _writable(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def _not_to_be_had(source, places, download):
    """The error that says where we looked and what to do."""
    name = source.name.split("-")[0].lower()
    looked = " and ".join(f"{shown(p)} ({state(source, p)})" for p in places)
    return DataError(
        f"{source.name} is not to be had: looked in {looked}; {download}",
        "connect and run again, or set GAN_DATA_DIR to a folder that holds "
        f"{source.folder}/raw/*.gz (a connected computer gets it into data/ with: "
        f"python -c \"from gan_utils import data; data.load('{name}')\"), "
        'or choose dataset="offline"',
    )
