"""Four verified files of a data set, from a folder or, one by one, from a mirror.

A file that is bad is named, and only it is fetched again. A download is whole or not
there: it gets its final name when its checksum is right, and one process at a time
writes to a folder.
"""

import os
import tempfile
import time
from contextlib import suppress
from multiprocessing.pool import ThreadPool
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

import filelock

from gan_utils.datasets.sources import FILES, SOURCES, look, state
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
    try:
        return content | (_fetch_all(source, missing, places, say) if missing else {})
    except OSError as error:
        raise DataError(disk_said(error, places[-1])) from None


def mirrors_of(source):
    """URLs to try, each ending in "/": those of GAN_DATA_MIRROR come first.

    GAN_DATA_MIRROR holds URLs separated by commas. Each may hold the four files, or be
    a data folder as ours: `python -m http.server -d data` serves a classroom.
    """
    urls = []
    for url in filter(str.strip, os.environ.get("GAN_DATA_MIRROR", "").split(",")):
        base = url.strip().rstrip("/") + "/"
        if urlsplit(base).scheme not in ("http", "https"):
            raise DataError(f"GAN_DATA_MIRROR: {base!r} is not an http(s) URL")
        urls += [f"{base}{source.folder}/raw/", base]
    return urls + source.mirrors


def answering(urls):
    """Those of `urls` that answer anything within KNOCK_SECONDS, in their order.

    In threads that are left behind: a silent name server can block a request for a
    minute, whatever its timeout says.
    """
    import requests

    how = {"timeout": KNOCK_SECONDS}
    pool, limit = ThreadPool(len(urls) or 1), time.monotonic() + KNOCK_SECONDS
    asked = {url: pool.apply_async(requests.head, (url,), how) for url in urls}
    for reply in asked.values():
        reply.wait(max(0, limit - time.monotonic()))
    return [url for url, it in asked.items() if it.ready() and it.successful()]


def _fetch_all(source, missing, places, say):
    """Download what is missing; {name: verified bytes}."""
    urls = mirrors_of(source)
    mirrors = answering(urls)
    if not mirrors:
        hosts = ", ".join(dict.fromkeys(urlsplit(url).netloc for url in urls))
        proxies = ", ".join(f"{name}_proxy" for name in getproxies() if name != "no")
        by = f", by way of {proxies}" if proxies else ""
        raise _not_to_be_had(source, places, f"no mirror answers ({hosts}{by})")
    place = _place_to_write(source, places)
    folder = source.raw(place)
    with _only_one(folder, source, say):
        content, _ = look(source, [place], missing)  # another process was here?
        for name in [name for name in missing if name not in content]:
            say(f"{source.name}: fetching {name}.gz into {shown(folder)}")
            if tried := _fetch(source, f"{name}.gz", folder, mirrors, say):
                raise _not_to_be_had(source, places, f"{name}.gz: {tried}")
            if name in source.sha256:  # it was unpacked and bad
                (folder / name).unlink(missing_ok=True)
    return content | look(source, [place], missing)[0]


def _fetch(source, file, folder, mirrors, say):
    """Download one file. Returns "" or, if no mirror has it, what each one did.

    `mirrors` is kept in order of merit: one that fails goes to the end.
    """
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    how = {"timeout": TIMEOUT, "chunk_size": 1 << 15}
    known, failures = f"sha256:{source.sha256[file]}", {}
    for mirror in mirrors * ROUNDS:
        get = pooch.HTTPDownloader(progressbar=_Progress(file, say), **how)
        try:
            with tempfile.TemporaryDirectory() as aside:
                got = pooch.retrieve(mirror + file, known, file, aside, downloader=get)
                write_atomic(folder / file, Path(got).read_bytes())
            return ""
        except requests.HTTPError as error:
            did = f"says {error.response.status_code}"
        except requests.Timeout:
            did = "is silent"
        except requests.RequestException:
            did = "breaks the connection"
        except ValueError:  # pooch: the checksum differs
            did = "sends other content"
        failures[urlsplit(mirror).netloc] = did
        mirrors.append(mirrors.pop(mirrors.index(mirror)))
    return ", ".join(f"{host} {did}" for host, did in failures.items())


class _Progress:
    """What pooch calls while it downloads: a line every two seconds, no bar."""

    total = done = 0  # bytes; pooch sets the first

    def __init__(self, file, say):
        self.file, self.say, self.last = file, say, time.monotonic()

    def update(self, size):  # at the end pooch gives the total once more
        self.done = min(self.done + size, self.total or self.done + size)
        if time.monotonic() - self.last >= 2:
            self.last = time.monotonic()
            of_total = f" of {self.total / 1e6:.1f}" if self.total else ""
            self.say(f"  {self.file}  {self.done / 1e6:.1f}{of_total} MB")

    def reset(self):
        """Nothing is to be done, nor at the end."""

    close = reset


def _only_one(folder, source, say):
    """Hold the folder's lock, to be used in a `with`."""
    lock = filelock.FileLock(folder / ".lock")
    with suppress(filelock.Timeout):
        return lock.acquire(timeout=0.5)
    say(f"{source.name}: waiting for another process that downloads it")
    with suppress(filelock.Timeout):
        return lock.acquire(timeout=LOCK_SECONDS)
    raise DataError(f"{shown(folder)} has been locked for too long")


def _place_to_write(source, places):
    """Where the data set is, to repair it, else ours, else any that can be written."""
    *others, ours = places
    repair = [place for place in others if source.raw(place).is_dir()]
    for place in [*repair, ours, *filter(Path.is_dir, others)]:
        with suppress(NotWritable):
            writable(source.raw(place))
            return place
    raise DataError(
        f"{source.name} cannot be downloaded: {shown(ours)} is not writable",
        f"set GAN_DATA_DIR to a folder of your own, or to one with {source.folder}/raw",
    )


def _not_to_be_had(source, places, download):
    """The error that says where we looked and what to do."""
    name = next(key for key, one in SOURCES.items() if one.folder == source.folder)
    looked = " and ".join(f"{shown(p)} ({state(source, p)})" for p in places)
    return DataError(
        f"{source.name} is not to be had: looked in {looked}; {download}",
        "connect and run again, or set GAN_DATA_DIR to a folder that holds "
        f"{source.folder}/raw/*.gz (a connected computer gets it into data/ with: "
        f"python -c \"from gan_utils import data; data.load('{name}')\"), "
        'or choose dataset="offline"',
    )
