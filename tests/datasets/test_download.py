"""Verified files: whatever is wrong is named, and only that is fetched again."""

import gzip
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import filelock
import pytest
import requests
import torchvision
from misbehaving import fill, pack, serving, tiny_files, tiny_source

from gan_utils.datasets import download, sources
from gan_utils.datasets.sources import FILES, SOURCES
from gan_utils.support import files, paths
from gan_utils.support.words import DataError

MNIST = SOURCES["mnist"]
TEST_LABELS = "t10k-labels-idx1-ubyte"
TRAIN_IMAGES = "train-images-idx3-ubyte"


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def no_mirror_from_outside(monkeypatch):
    monkeypatch.delenv("GAN_DATA_MIRROR", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "TIMEOUT", (1.0, 0.3))


def get(source, *places):
    """(content, lines said) of a load."""
    lines = []
    return download.obtain(source, list(places), say=lines.append), lines


def refused(source, *places):
    """The one-line error of a load that must fail."""
    with pytest.raises(DataError) as error:
        download.obtain(source, list(places), say=lambda line: None)
    assert "\n" not in str(error.value)
    return str(error.value)


# --- where files are ---------------------------------------------------------------


@pytest.mark.parametrize("unpacked", [False, True])
def test_good_files_load_without_network_in_either_form(tmp_path, unpacked):
    fill(tmp_path, unpacked=unpacked)
    assert get(tiny_source(), tmp_path) == (tiny_files(), [])


def test_a_load_of_good_files_writes_nothing(tmp_path, monkeypatch):
    raw = fill(tmp_path)
    before = sorted((f.name, f.stat().st_mtime_ns) for f in raw.iterdir())
    monkeypatch.setattr(download, "writable", pytest.fail)
    get(tiny_source(), tmp_path)
    assert sorted((f.name, f.stat().st_mtime_ns) for f in raw.iterdir()) == before


def test_files_may_be_spread_over_two_places(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    (fill(first) / f"{TEST_LABELS}.gz").unlink()
    (fill(second, unpacked=True) / TRAIN_IMAGES).unlink()
    assert get(tiny_source(), first, second) == (tiny_files(), [])


def lay_out(place, pattern, change=lambda data: data):
    """Write the tiny data set below `place` in another layout.

    pattern: of a path, with {name} train-images-idx3-ubyte, {dotted} train-images.idx3-
    ubyte and {part} train-images. change: from content to what is written.
    """
    for name, data in tiny_files().items():
        part, rest = name.split("-idx")
        path = place / pattern.format(name=name, dotted=f"{part}.idx{rest}", part=part)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(change(data))


LAYOUTS = [
    "mnist/raw/{name}",
    "mnist/raw/{name}.gz",
    "Mnist/{name}.gz",
    "MNIST/{name}",
    "raw/{name}.gz",
    "{name}",
    "{name}.gz",
    "{dotted}",
    "MNIST/raw/{dotted}",
    "mnist/{dotted}.gz",
    "{name} (1).gz",
    "MNIST/raw/{name} (1).gz",
    "{part}.gz",
    "archive/{name}/{name}",
    "MNIST_data/{dotted}",
    "mnist-master/data/raw/{name}.gz",
]


@pytest.mark.parametrize("pattern", LAYOUTS)
def test_files_are_found_wherever_they_usually_lie(tmp_path, pattern):
    packed = pattern.endswith(".gz")
    lay_out(tmp_path, pattern, pack if packed else lambda data: data)
    assert get(tiny_source(), tmp_path) == (tiny_files(), [])


def test_underscores_capitals_and_test_for_t10k_are_understood(tmp_path):
    for name, data in tiny_files().items():
        usual = name.replace("t10k", "test").replace("-", "_").upper()
        (tmp_path / usual).write_bytes(data)
    assert get(tiny_source(), tmp_path) == (tiny_files(), [])


PACKING = [
    ("{name}.gz", lambda data: gzip.compress(data, compresslevel=1, mtime=7)),
    ("{name}.gz", lambda data: data),  # a browser has unpacked it and kept the name
    ("{name}", pack),  # or packed it
    ("{name}.gz", lambda data: pack(data[:99]) + pack(data[99:])),  # in two members
]


@pytest.mark.parametrize("pattern, change", PACKING)
@pytest.mark.parametrize("folder", ["MNIST/raw/", ""])
def test_packed_in_another_way_it_is_the_same_data(tmp_path, folder, pattern, change):
    lay_out(tmp_path, folder + pattern, change)
    assert get(tiny_source(), tmp_path) == (tiny_files(), [])


def test_files_in_another_layout_are_not_touched_by_a_repair(tmp_path, server):
    lay_out(tmp_path, "mnist/raw/{name}")
    bad = tmp_path / "mnist" / "raw" / TEST_LABELS
    bad.write_bytes(b"")
    source = tiny_source([f"{server.url}/good/"])
    content, lines = get(source, tmp_path)
    assert content == tiny_files() and "is empty" in lines[0]
    assert server.requests == [("good", f"{TEST_LABELS}.gz")]
    assert bad.is_file() and get(source, tmp_path) == (tiny_files(), [])


def test_other_data_sets_in_the_same_folder_are_passed_over(tmp_path):
    fill(tmp_path)
    for other in ("FashionMNIST/raw", "fashion-mnist/data/fashion", "KMNIST", ".old"):
        lay_out(tmp_path, other + "/{name}.gz", lambda data: b"another data set")
    (tmp_path / "MNIST" / "raw" / f"{TEST_LABELS}.gz").unlink()
    assert sources.look(tiny_source(), [tmp_path])[1] == []
    lay_out(tmp_path / "only", "MNIST/raw/{name}", lambda data: b"not Fashion-MNIST")
    assert sources.look(SOURCES["fashion"], [tmp_path / "only"]) == ({}, [])


def test_a_folder_of_something_else_says_what_was_found_and_expected(tmp_path):
    for name in ("mnist.npz", "mnist_train.csv", "archive.zip"):
        (tmp_path / name).write_bytes(b"...")
    message = refused(tiny_source(), tmp_path)
    found = "no MNIST/raw, archive.zip, mnist.npz, mnist_train.csv ..."
    assert f"{tmp_path} ({found})" in message
    assert "set GAN_DATA_DIR to a folder that holds MNIST/raw/*.gz" in message


def test_the_data_of_another_set_are_named(tmp_path, monkeypatch):
    """Fashion-MNIST in place of MNIST is a usual mistake: all names are the same."""
    fill(tmp_path)
    names = [f"{name}.gz" for name in FILES]
    kinds = [hashlib.sha256(pack(tiny_files()[name])).hexdigest() for name in FILES]
    fashion = replace(SOURCES["fashion"], sha256=dict(zip(names, kinds)))
    monkeypatch.setitem(SOURCES, "fashion", fashion)
    message = refused(replace(MNIST, mirrors=[]), tmp_path)
    assert f"{TEST_LABELS}.gz holds the content of {TEST_LABELS} of Fashion-MNIST" in (
        message
    )


def test_a_set_of_which_only_the_packed_files_are_known_says_what_it_needs(tmp_path):
    known = {k: v for k, v in tiny_source().sha256.items() if k.endswith(".gz")}
    source = replace(tiny_source(), sha256=known)
    fill(tmp_path, unpacked=True)
    assert f"{TEST_LABELS} is not {TEST_LABELS}.gz as published: only that can be" in (
        refused(source, tmp_path)
    )
    lay_out(tmp_path, "loose/{name}.gz", pack)  # beside the unpacked ones: no word
    fill(tmp_path / "both", unpacked=True)
    lay_out(tmp_path / "both", "MNIST/raw/{name}.gz", pack)
    assert get(source, tmp_path / "both") == (tiny_files(), [])


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_that_is_far_too_large_is_not_read(tmp_path, monkeypatch, packed):
    monkeypatch.setattr(sources, "LARGEST", 30 * 784 + 16)
    raw = fill(tmp_path, unpacked=not packed)
    large = b"\0" * 10**7
    (raw / (f"{TEST_LABELS}.gz" if packed else TEST_LABELS)).write_bytes(
        pack(large) if packed else large
    )
    words = "is damaged or not of MNIST" if packed else "is too large: 10 MB"
    assert words in refused(tiny_source(), tmp_path)


# --- each row of the table of what can be wrong with a file --------------------------


def truncate(raw, file):
    (raw / file).write_bytes((raw / file).read_bytes()[:-5])


def overwrite(raw, file):
    data = bytearray((raw / file).read_bytes())
    data[20:28] = b"\xaa" * 8
    (raw / file).write_bytes(data)


def flip_one_bit(raw, file):
    data = bytearray((raw / file).read_bytes())
    data[len(data) // 2] ^= 1
    (raw / file).write_bytes(data)


def take_the_other_split(raw, file):
    other = {"t10k": "train", "trai": "t10k"}[file[:4]] + file[file.index("-") :]
    (raw / file).write_bytes((raw / other).read_bytes())


def empty(raw, file):
    (raw / file).write_bytes(b"")


def save_a_web_page(raw, file):
    (raw / file).write_bytes(b"\n<!DOCTYPE html><title>Not found</title>")


ROWS = [
    (truncate, "is damaged"),
    (overwrite, "is damaged"),
    (flip_one_bit, "is damaged"),
    (take_the_other_split, "holds the content of train-labels"),
    (empty, "is empty"),
    (save_a_web_page, "is a web page"),
]


@pytest.mark.parametrize("unpacked", [False, True])
@pytest.mark.parametrize("spoil, named", ROWS)
def test_a_bad_file_is_named_and_only_it_is_fetched(
    tmp_path, server, spoil, named, unpacked
):
    raw = fill(tmp_path, unpacked=unpacked)
    file = TEST_LABELS if unpacked else f"{TEST_LABELS}.gz"
    spoil(raw, file)
    content, lines = get(tiny_source([f"{server.url}/good/"]), tmp_path)
    assert content == tiny_files()
    assert file in lines[0] and named in lines[0]
    assert server.requests == [("good", f"{TEST_LABELS}.gz")]
    assert get(tiny_source(), tmp_path) == (tiny_files(), [])  # repaired for good


@pytest.mark.parametrize("spoil, named", ROWS)
def test_a_bad_file_without_network_is_named_with_the_remedy(tmp_path, spoil, named):
    raw = fill(tmp_path)
    spoil(raw, f"{TEST_LABELS}.gz")
    message = refused(tiny_source(), tmp_path)
    assert f"{TEST_LABELS}.gz {named}" in message
    assert "GAN_DATA_DIR" in message and "offline" in message


def test_one_missing_file_is_the_only_one_fetched(tmp_path, server):
    (fill(tmp_path) / f"{TRAIN_IMAGES}.gz").unlink()
    content, lines = get(tiny_source([f"{server.url}/good/"]), tmp_path)
    assert content == tiny_files()
    assert server.requests == [("good", f"{TRAIN_IMAGES}.gz")]


def test_one_missing_file_without_network_is_named(tmp_path):
    (fill(tmp_path) / f"{TRAIN_IMAGES}.gz").unlink()
    assert f"no {TRAIN_IMAGES}.gz" in refused(tiny_source(), tmp_path)


def test_a_bad_unpacked_file_beside_a_good_gz_needs_no_network(tmp_path):
    raw = fill(tmp_path)
    (raw / TEST_LABELS).write_bytes(b"")
    content, lines = get(tiny_source(), tmp_path)
    assert content == tiny_files() and "is empty" in lines[0]


def test_a_file_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    fill(tmp_path)
    read = Path.read_bytes

    def fail(path):
        if path.name == f"{TEST_LABELS}.gz":
            raise OSError(5, "Input/output error")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", fail)
    assert f"{TEST_LABELS}.gz cannot be read: Input" in refused(tiny_source(), tmp_path)


def test_every_file_of_the_best_data_here_is_checked_at_every_load(tmp_path):
    """On real MNIST if GAN_DATA_DIR has it, on the tiny set otherwise."""
    here = Path(os.environ.get("GAN_DATA_DIR") or tmp_path / "none")
    is_real = len(sources.look(MNIST, [here])[0]) == 4
    source, raw = (MNIST, MNIST.raw(here)) if is_real else (None, None)
    source, raw = (source, raw) if is_real else (tiny_source(), fill(tmp_path / "t"))
    for name in FILES:
        copy = tmp_path / name / "MNIST" / "raw"
        copy.mkdir(parents=True)
        for file in raw.glob("*-ubyte.gz"):
            (copy / file.name).symlink_to(file)
        data = bytearray((raw / f"{name}.gz").read_bytes())
        data[-9] ^= 1
        (copy / f"{name}.gz").unlink()
        (copy / f"{name}.gz").write_bytes(data)
        content, problems = sources.look(source, [tmp_path / name], [name])
        assert content == {} and f"{name}.gz is damaged" in problems[0]


# --- mirrors -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way", ["404", "403", "503", "html", "other", "half", "stall", "nobody"]
)
def test_a_mirror_that_misbehaves_is_followed_by_the_next(tmp_path, server, way):
    first = "http://127.0.0.1:9/" if way == "nobody" else f"{server.url}/{way}/"
    source = tiny_source([first, f"{server.url}/good/"])
    content, _ = get(source, tmp_path)
    assert content == tiny_files()
    assert [w for w, _ in server.requests].count(way) == (way != "nobody")  # once
    raw = source.raw(tmp_path)
    assert {f.name for f in raw.iterdir()} - {".lock"} == {f"{n}.gz" for n in FILES}


WORDS = [
    ("404", "says 404"),
    ("503", "says 503"),
    ("html", "sends other content"),
    ("half", "breaks the connection"),
    ("stall", "is silent"),
]


@pytest.mark.parametrize("way, words", WORDS)
def test_if_every_mirror_misbehaves_the_error_says_how(tmp_path, server, way, words):
    message = refused(tiny_source([f"{server.url}/{way}/"]), tmp_path)
    assert f"{TRAIN_IMAGES}.gz: 127.0.0.1" in message and words in message
    assert len(server.requests) == download.ROUNDS  # gave up at the first file
    assert not list(MNIST.raw(tmp_path).glob("*ubyte*"))


def test_the_mirror_of_the_environment_is_tried_first(tmp_path, server, monkeypatch):
    monkeypatch.setenv("GAN_DATA_MIRROR", f" {server.url}/good , http://other.invalid/")
    urls = download.mirrors_of(tiny_source([f"{server.url}/503/"]))
    assert (
        urls[0] == f"{server.url}/good/MNIST/raw/" and urls[1] == f"{server.url}/good/"
    )
    assert urls[3] == "http://other.invalid/" and urls[-1] == f"{server.url}/503/"
    get(tiny_source([f"{server.url}/503/"]), tmp_path)
    assert "503" not in {way for way, _ in server.requests}


def test_a_data_folder_on_a_web_server_is_a_mirror(tmp_path, monkeypatch):
    files = {f"MNIST/raw/{n}.gz": pack(data) for n, data in tiny_files().items()}
    with serving(files) as classroom:
        monkeypatch.setenv("GAN_DATA_MIRROR", f"{classroom.url}/good")
        assert get(tiny_source(), tmp_path)[0] == tiny_files()
        assert len(classroom.requests) == 4


def test_a_mirror_that_is_not_a_url_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DATA_MIRROR", "teacher/data")
    message = refused(tiny_source(), tmp_path)
    assert message == "GAN_DATA_MIRROR: 'teacher/data/' is not an http(s) URL"


@pytest.mark.parametrize("proxy", ["{}", "http://{}", "HTTP://{}/"])
def test_a_proxy_is_asked_however_it_is_written(tmp_path, monkeypatch, proxy):
    """Also without http://, as universities write it. Only the proxy knows the host."""
    files = {f"/mirror.test/{n}.gz": pack(data) for n, data in tiny_files().items()}
    with serving(files) as server:  # asked for http://mirror.test/FILE
        monkeypatch.setenv(
            "http_proxy", proxy.format(server.url.removeprefix("http://"))
        )
        monkeypatch.delenv("no_proxy", raising=False)
        content, _ = get(tiny_source(["http://mirror.test/"]), tmp_path)
    assert content == tiny_files() and len(server.requests) == 4


def test_a_proxy_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", "127.0.0.1:9")
    message = refused(tiny_source(["http://mirror.test/"]), tmp_path)
    assert "no mirror answers (mirror.test, by way of http_proxy)" in message


def test_no_network_fails_in_less_than_five_seconds(tmp_path, monkeypatch):
    """Not even when the name server never answers, which no timeout covers."""
    over = threading.Event()

    def silent(*_, **__):
        over.wait(60)
        raise OSError("no name server")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    start = time.monotonic()
    message = refused(MNIST, tmp_path)
    over.set()
    assert time.monotonic() - start < 5
    assert "no mirror answers (ossci-datasets.s3.amazonaws.com, " in message


def test_packets_that_are_dropped_fail_in_less_than_five_seconds(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # connects, never answers
        start = time.monotonic()
        message = refused(
            tiny_source([f"http://127.0.0.1:{deaf.getsockname()[1]}/"]), tmp_path
        )
    assert time.monotonic() - start < 5 and "no mirror answers" in message


def test_our_tables_agree_with_torchvision():
    for source in SOURCES.values():
        theirs = getattr(torchvision.datasets, source.folder)
        assert [f"{name}.gz" for name in FILES] == [
            file for file, _ in theirs.resources
        ]
        assert set(theirs.mirrors) <= set(source.mirrors)
        assert len(source.classes) == len(theirs.classes) == 10
        assert all(len(digest) == 64 for digest in source.sha256.values())


# --- writing -------------------------------------------------------------------------


def test_a_bad_file_in_a_read_only_folder_is_fetched_into_ours(
    tmp_path, server, monkeypatch
):
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    raw = fill(theirs)
    empty(raw, f"{TEST_LABELS}.gz")
    real = paths.tempfile.TemporaryFile

    def read_only(dir):
        if dir == raw:
            raise OSError(30, "Read-only file system")
        return real(dir=dir)

    monkeypatch.setattr(paths.tempfile, "TemporaryFile", read_only)
    content, _ = get(tiny_source([f"{server.url}/good/"]), theirs, ours)
    assert content == tiny_files()
    assert (raw / f"{TEST_LABELS}.gz").read_bytes() == b""
    assert [f.name for f in (ours / "MNIST/raw").glob("*.gz")] == [f"{TEST_LABELS}.gz"]


def test_a_place_without_the_data_set_is_left_alone(tmp_path, server):
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.mkdir()
    get(tiny_source([f"{server.url}/good/"]), theirs, ours)
    assert list(theirs.iterdir()) == []
    assert get(tiny_source(), ours)[0] == tiny_files()


def test_nowhere_to_write_is_one_clear_line(tmp_path, server):
    blocked = tmp_path / "a file"
    blocked.write_text("not a folder")
    message = refused(tiny_source([f"{server.url}/good/"]), blocked)
    assert (
        f"{blocked} is not writable; set GAN_DATA_DIR to a folder of your own"
        in message
    )
    message = refused(tiny_source(), blocked)
    assert f"looked in {blocked} (a file, not a folder)" in message


def test_what_is_downloaded_may_be_read_by_others(tmp_path, server):
    """A teacher fills a folder for a class; pooch alone leaves private files."""
    get(tiny_source([f"{server.url}/good/"]), tmp_path)
    for file in tmp_path.rglob("*.gz"):
        assert file.stat().st_mode & 0o044 == 0o044


def test_a_full_disk_is_one_clear_line(tmp_path, server, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    message = refused(tiny_source([f"{server.url}/good/"]), tmp_path)
    assert "cannot write" in message and "No space left on device" in message
    assert not list(MNIST.raw(tmp_path).glob("*ubyte*"))


CHILD = """
import sys
from pathlib import Path
from misbehaving import tiny_source
from gan_utils.datasets.download import obtain
content = obtain(tiny_source(sys.argv[2:]), [Path(sys.argv[1])])
print("got", len(content), flush=True)
"""


def start_child(place, *urls):
    """Another process that loads the tiny set."""
    here = Path(__file__).parent
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(place), *urls],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_kill_in_the_middle_leaves_no_half_file(tmp_path, server):
    child = start_child(tmp_path, f"{server.url}/pause/")
    assert server.paused.wait(20)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    raw = MNIST.raw(tmp_path)
    assert not list(raw.glob("*ubyte*"))
    content, _ = get(tiny_source([f"{server.url}/good/"]), tmp_path)
    assert content == tiny_files()
    assert {f.name for f in raw.iterdir()} - {".lock"} == {f"{n}.gz" for n in FILES}


def test_of_two_processes_one_downloads_and_the_other_waits(tmp_path, server):
    children = [start_child(tmp_path, f"{server.url}/pause/") for _ in range(2)]
    lines = [[], []]

    def listen(number):
        for line in children[number].stdout:
            lines[number].append(line)
            if "waiting for another" in line:
                server.release.set()

    threads = [threading.Thread(target=listen, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for child, thread in zip(children, threads):
        assert child.wait(30) == 0
        thread.join()
        child.stdout.close()
    assert sorted(file for _, file in server.requests) == sorted(
        f"{n}.gz" for n in FILES
    )
    assert [ls[-1] for ls in lines] == ["got 4\n"] * 2
    assert ["waiting" in "".join(ls) for ls in lines].count(True) == 1


def test_a_lock_that_is_never_released_is_reported(tmp_path, server, monkeypatch):
    monkeypatch.setattr(download, "LOCK_SECONDS", 0.1)
    raw = fill(tmp_path)
    (raw / f"{TEST_LABELS}.gz").unlink()
    with filelock.FileLock(raw / ".lock", is_singleton=False):
        message = refused(tiny_source([f"{server.url}/good/"]), tmp_path)
    assert "locked for too long" in message


# --- what the user sees --------------------------------------------------------------


def test_a_slow_download_says_how_far_it_is(tmp_path, monkeypatch):
    clock = iter(range(0, 100, 3))
    monkeypatch.setattr(download.time, "monotonic", lambda: next(clock))
    lines = []
    progress = download._Progress("file.gz", lines.append)
    progress.update(500_000)  # before the server has said how much it is
    progress.total = 2_000_000
    progress.update(1_000_000)
    assert lines == ["  file.gz  0.5 MB", "  file.gz  1.5 of 2.0 MB"]


def test_a_fast_download_says_only_what_it_fetches(tmp_path, server):
    _, lines = get(tiny_source([f"{server.url}/good/"]), tmp_path)
    assert len(lines) == 4 and all("fetching" in line for line in lines)


def test_requests_raise_for_what_the_server_cuts_off(server):
    """What the module relies on: a short body is an error, not a short file."""
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(f"{server.url}/half/{TEST_LABELS}.gz", timeout=2)
