"""Four verified files of a data set, from a folder or, one by one, from a mirror.

A file that is bad is named, and only it is fetched again. A download is whole or not
there: it gets its final name when its checksum is right, and one process at a time
writes to a folder.
"""

import os
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

import filelock

from gan_utils.datasets.sources import FILES
from gan_utils.datasets.verify import look, raw_folder, state
from gan_utils.support.files import disk_said, write_atomic
from gan_utils.support.paths import NotWritable, shown, writable
from gan_utils.support.words import DataError

ROUNDS = 2  # how often all mirrors are tried for one file
LOCK_SECONDS = 900.0
KNOCK_SECONDS = 3.5  # a mirror that says nothing in this time is left out
TIMEOUT = (3.0, 6.0)  # seconds to connect, and of silence while reading


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
        try:
            content |= _fetch_all(source, missing, places, say)
        except OSError as error:
            raise DataError(disk_said(error, places[-1])) from None
    return content


def mirrors_of(source):
    """URLs to try, each ending in "/": those of GAN_DATA_MIRROR come first.

    GAN_DATA_MIRROR holds URLs separated by commas. Each may hold the four files, or be
    a data folder as ours: `python -m http.server -d data` serves a classroom.
    """
    urls = []
    for url in os.environ.get("GAN_DATA_MIRROR", "").split(","):
        base = url.strip().rstrip("/") + "/"
        if base != "/":
            if urlsplit(base).scheme not in ("http", "https"):
                raise DataError(f"GAN_DATA_MIRROR: {base!r} is not an http(s) URL")
            urls += [f"{base}{source.folder}/raw/", base]
    return urls + source.mirrors


def answering(urls, *, seconds=None):
    """Those of `urls` that say anything within `seconds`, in their order.

    Each is asked in a thread of its own: a silent name server can block a request for
    a minute, whatever its timeout says.
    """
    import requests

    limit = time.monotonic() + (seconds or KNOCK_SECONDS)
    alive = set()

    def knock(url):
        with suppress(OSError, ValueError):  # requests' own are OSErrors
            requests.head(url, timeout=limit - time.monotonic())
            alive.add(url)

    threads = [threading.Thread(target=knock, args=(u,), daemon=True) for u in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, limit - time.monotonic()))
    return [url for url in urls if url in alive]


def _fetch_all(source, missing, places, say):
    """Download what is missing; {name: verified bytes}."""
    urls = mirrors_of(source)
    mirrors = answering(urls)
    if not mirrors:
        proxies = ", ".join(f"{name}_proxy" for name in getproxies() if name != "no")
        by = f", asked by way of {proxies}" if proxies else ""
        hosts = ", ".join(dict.fromkeys(urlsplit(url).netloc for url in urls))
        raise _not_to_be_had(source, places, f"no mirror answers ({hosts}{by})")
    place = _place_to_write(source, places)
    folder = raw_folder(source, place)
    with _only_one(folder, source, say):
        content, _ = look(source, [place], missing)  # another process was here?
        for name in [name for name in missing if name not in content]:
            say(f"{source.name}: fetching {name}.gz into {shown(folder)}")
            tried = _fetch(source, f"{name}.gz", folder, mirrors, say)
            if tried:
                raise _not_to_be_had(source, places, f"{name}.gz: {tried}")
            if name in source.sha256:  # it was unpacked and bad
                (folder / name).unlink(missing_ok=True)
    return content | look(source, [place], missing)[0]


def _fetch(source, file, folder, mirrors, say):
    """Download one file. Returns "" or, if no mirror has it, what each one did.

    `mirrors` is kept in order of merit: one that fails goes to the end.
    """
    failures = {}
    for mirror in mirrors * ROUNDS:
        failure = _fetch_from(mirror, file, source.sha256[file], folder, say)
        if not failure:
            return ""
        failures[urlsplit(mirror).netloc] = failure
        mirrors.remove(mirror)
        mirrors.append(mirror)
    return ", ".join(f"{host} {failure}" for host, failure in failures.items())


def _fetch_from(mirror, file, sha256, folder, say):
    """Download from one mirror. Returns "" or what went wrong."""
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    bar = _Progress(file, say)
    get = pooch.HTTPDownloader(timeout=TIMEOUT, chunk_size=1 << 15, progressbar=bar)
    with tempfile.TemporaryDirectory() as aside:
        try:
            pooch.retrieve(mirror + file, f"sha256:{sha256}", file, aside, None, get)
        except requests.HTTPError as error:
            return f"says {error.response.status_code}"
        except requests.Timeout:
            return "is silent"
        except requests.RequestException:
            return "breaks the connection"
        except ValueError:  # pooch: the checksum differs
            return "sends other content"
        write_atomic(folder / file, Path(aside, file).read_bytes())
    return ""


class _Progress:
    """What pooch calls while it downloads: a line every two seconds, no bar."""

    total = done = 0  # bytes; pooch sets total

    def __init__(self, file, say):
        self.file, self.say, self.last = file, say, time.monotonic()

    def update(self, size):
        self.done = min(self.done + size, self.total or self.done + size)
        if time.monotonic() - self.last >= 2:
            self.last = time.monotonic()
            of_total = f" of {self.total / 1e6:.1f}" if self.total else ""
            self.say(f"  {self.file}  {self.done / 1e6:.1f}{of_total} MB")

    def reset(self):
        self.done = 0

    def close(self):
        pass


def _only_one(folder, source, say):
    """Hold the folder's lock, to be used in a `with`."""
    lock = filelock.FileLock(folder / ".lock")
    try:
        return lock.acquire(timeout=0.5)
    except filelock.Timeout:
        say(f"{source.name}: waiting for another process that downloads it")
    try:
        return lock.acquire(timeout=LOCK_SECONDS)
    except filelock.Timeout:
        raise DataError(f"{shown(folder)} has been locked for too long") from None


def _place_to_write(source, places):
    """Where the data set is already, to repair it, else ours, else any that is there.

    The first of these that can be written to.
    """
    *others, ours = places
    repair = [place for place in others if raw_folder(source, place).is_dir()]
    there = [place for place in others if place.is_dir()]
    for place in [*repair, ours, *there]:
        with suppress(NotWritable):
            writable(raw_folder(source, place))
            return place
    raise DataError(
        f"{source.name} cannot be downloaded: {shown(ours)} is not writable",
        "set GAN_DATA_DIR to a folder that you may write to, or that holds "
        f"{source.folder}/raw",
    )


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
