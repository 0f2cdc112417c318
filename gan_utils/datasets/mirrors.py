"""One file from one mirror: which mirrors there are, which are alive, the download."""

import os
import socket
import threading
import time
from urllib.parse import urlsplit

from gan_utils.datasets.sources import DataError
from gan_utils.support.paths import shown

KNOCK_SECONDS = 3.0  # a mirror that takes no connection in this time is left out
TIMEOUT = (3.0, 6.0)  # seconds to connect, and of silence while reading


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
    return urls + list(source.mirrors)


def answering(urls, *, seconds=None):
    """Those of `urls` whose host takes a connection within `seconds`, in their order.

    Each is tried in a thread of its own: a silent name server can block a request for
    a minute, whatever its timeout says.
    """
    limit = time.monotonic() + (seconds or KNOCK_SECONDS)
    alive = set()

    def knock(url):
        try:
            left = max(limit - time.monotonic(), 0.01)
            socket.create_connection(_address(url), timeout=left).close()
            alive.add(url)
        except OSError:
            pass

    threads = [threading.Thread(target=knock, args=(u,), daemon=True) for u in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, limit - time.monotonic()))
    return [url for url in urls if url in alive]


def _address(url):
    """(host, port) that a request for `url` connects to: its own or a proxy's."""
    from requests.utils import get_environ_proxies, select_proxy

    parts = urlsplit(select_proxy(url, get_environ_proxies(url)) or url)
    return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def fetch_from(mirror, file, sha256, folder, say):
    """Download from one mirror. Returns "" or what went wrong."""
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    get = pooch.HTTPDownloader(
        timeout=TIMEOUT, chunk_size=1 << 15, progressbar=_Progress(file, say)
    )
    partial = folder / ".partial"
    try:
        pooch.retrieve(mirror + file, f"sha256:{sha256}", file, partial, downloader=get)
        os.replace(partial / file, folder / file)
    except requests.HTTPError as error:
        return f"says {error.response.status_code}"
    except requests.Timeout:
        return "is silent"
    except requests.RequestException:
        return "breaks the connection"
    except ValueError:  # pooch: the checksum differs
        return "sends other content"
    except OSError as error:
        raise DataError(f"cannot write {shown(folder)}: {error.strerror}") from None
    return ""


class _Progress:
    """What pooch calls while it downloads: a line every two seconds, no bar."""

    def __init__(self, file, say):
        self.file, self.say = file, say
        self.total = self.done = 0
        self.last = time.monotonic()

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
