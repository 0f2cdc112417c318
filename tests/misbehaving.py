"""A tiny data set, and a server on 127.0.0.1 that serves it well or badly.

The first part of a URL's path says how: /good/, /404/, /403/, /503/, /html/ (a web page
with status 200), /other/ (wrong bytes of the right length), /half/ (closes half way),
/stall/ (never answers), /pause/ (half, then waits for `server.release`).
"""

import gzip
import hashlib
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from gan_utils.datasets.sources import Source


def idx(values):
    """uint8 array -> bytes in LeCun's idx format."""
    header = bytes([0, 0, 8, values.ndim])
    return header + np.array(values.shape, dtype=">u4").tobytes() + values.tobytes()


def tiny_files():
    """{name: unpacked bytes}: 30 training and 20 test images, always the same."""
    random = np.random.default_rng(0)
    content = {}
    for part, count in (("train", 30), ("t10k", 20)):
        images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        content[f"{part}-images-idx3-ubyte"] = idx(images)
        content[f"{part}-labels-idx1-ubyte"] = idx(
            np.arange(count, dtype=np.uint8) % 10
        )
    return content


def tiny_source(mirrors=()):
    """A Source like MNIST of which everything is known, but tiny."""
    sha256 = {name: _sha256(data) for name, data in tiny_files().items()}
    sha256 |= {f"{n}.gz": _sha256(pack(data)) for n, data in tiny_files().items()}
    return Source("MNIST", "MNIST", list(mirrors), list("0123456789"), sha256)


def pack(data):
    return gzip.compress(data, mtime=0)


def _sha256(data):
    return hashlib.sha256(data).hexdigest()


def fill(place, *, unpacked=False):
    """Write the tiny data set below `place`, as torchvision would. Returns raw/."""
    raw = place / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, data in tiny_files().items():
        file = name if unpacked else f"{name}.gz"
        (raw / file).write_bytes(data if unpacked else pack(data))
    return raw


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        way, _, file = self.path.lstrip("/").partition("/")
        self.server.requests.append((way, file))
        data = self.server.files.get(file)
        if way in ("404", "403", "503") or data is None:
            return self.send_error(int(way) if way.isdigit() else 404)
        if way == "stall":
            return self.server.release.wait(20)
        sent = {"html": b"<html>Please log in</html>", "other": b"?" * len(data)}
        self.answer(way, sent.get(way, data))

    def answer(self, way, data):
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        half = len(data) // 2
        self.wfile.write(data[:half])
        self.wfile.flush()
        if way == "half":
            return
        if way == "pause":
            self.server.paused.set()
            self.server.release.wait(20)
        self.wfile.write(data[half:])

    def log_message(self, *_):
        """Say nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that was killed is no news."""


@contextmanager
def serving(files=None):
    """A server with .url, .requests [(way, file)], and the events .paused, .release."""
    server = Server(("127.0.0.1", 0), Handler)
    packed = {f"{name}.gz": pack(data) for name, data in tiny_files().items()}
    server.files = packed if files is None else files
    server.requests = []
    server.paused, server.release = threading.Event(), threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()
