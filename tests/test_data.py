"""Images in memory, and batches that are a pure function of (seed, step)."""

import hashlib
import socket
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
import torchvision
from misbehaving import fill, idx, serving, tiny_files, tiny_source

from gan_utils import data
from gan_utils.data import Batches, DataError
from gan_utils.datasets import offline
from gan_utils.datasets.sources import SOURCES
from gan_utils.support import paths


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A project without data, a tiny MNIST without mirrors, no network. Its root."""
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.setattr(paths, "project_root", lambda: root)
    monkeypatch.delenv("GAN_DATA_DIR", raising=False)
    monkeypatch.delenv("GAN_DATA_MIRROR", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setitem(SOURCES, "mnist", tiny_source(["http://127.0.0.1:9/"]))
    return root


@pytest.fixture
def images():
    """Fifty images, each all of its own grey: a batch tells which it holds."""
    return torch.arange(50, dtype=torch.uint8)[:, None, None].expand(50, 28, 28).clone()


def chosen(real):
    """Which of `images` a batch holds."""
    return data.to_uint8(real)[:, 0, 0].tolist()


def quiet(line):
    """Say nothing."""


# --- load ----------------------------------------------------------------------------


def test_mnist_is_what_its_files_hold(bare):
    fill(bare / "data")
    loaded = data.load("mnist")
    assert (loaded.name, loaded.note) == ("MNIST", "")
    assert loaded.train.shape == (30, 28, 28) and loaded.train.dtype == torch.uint8
    assert loaded.test.shape == (20, 28, 28) and loaded.test.dtype == torch.uint8
    assert loaded.train_labels.tolist() == [i % 10 for i in range(30)]
    assert loaded.test_labels.dtype == torch.int64
    raw = tiny_files()["train-images-idx3-ubyte"][16:]
    assert loaded.train.numpy().tobytes() == raw
    test = tiny_files()["t10k-images-idx3-ubyte"][16:]
    assert loaded.digest == hashlib.sha256(raw + test).hexdigest()


def test_the_order_is_folder_then_our_data_then_download(bare, tmp_path, monkeypatch):
    mine = tmp_path / "mine"
    with serving() as server:
        source = tiny_source([f"{server.url}/good/"])
        monkeypatch.setitem(SOURCES, "mnist", source)
        mine.mkdir()
        monkeypatch.setenv("GAN_DATA_DIR", str(mine))
        downloaded = data.load("auto", say=quiet)  # nothing anywhere: into data/
        assert len(server.requests) == 4 and list(mine.iterdir()) == []
        again = data.load("mnist", say=pytest.fail)  # from data/
        fill(mine)
        (bare / "data" / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz").unlink()
        first = data.load("mnist", say=pytest.fail)  # from GAN_DATA_DIR
        assert len(server.requests) == 4
    assert downloaded.digest == again.digest == first.digest


def test_a_folder_given_by_hand_goes_before_the_environment(
    bare, tmp_path, monkeypatch
):
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path / "nowhere"))
    fill(tmp_path / "by hand")
    assert len(data.load("mnist", folder=tmp_path / "by hand").train) == 30


def test_auto_without_data_or_network_is_the_offline_digits_and_says_so(bare):
    lines = []
    loaded = data.load("auto", say=lines.append)
    assert loaded.name == "offline digits"
    assert loaded.note == "offline digits, not MNIST"
    assert len(lines) == 1 and "no mirror answers (127.0.0.1:9)" in lines[0]


def test_auto_does_not_hide_a_damaged_file(bare, monkeypatch):
    raw = fill(bare / "data")
    (raw / "train-images-idx3-ubyte.gz").write_bytes(b"")
    lines, ready = [], data.parse_idx(tiny_files()["t10k-images-idx3-ubyte"])
    labels = torch.zeros(20)
    monkeypatch.setattr(offline, "offline_digits", lambda: (ready, labels) * 2)
    assert data.load("auto", say=lines.append).name == "offline digits"
    assert "train-images-idx3-ubyte.gz is empty" in lines[0]


def test_mnist_never_falls_back_and_fails_in_seconds(bare, tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path / "typo"))
    start = time.monotonic()
    with pytest.raises(DataError) as error:
        data.load("mnist", say=quiet)
    assert time.monotonic() - start < 5
    message = str(error.value)
    assert f"{tmp_path / 'typo'} (no such folder)" in message
    assert "data (no such folder)" in message and "\n" not in message
    for remedy in ("data.load('mnist')", "GAN_DATA_DIR", 'dataset="offline"'):
        assert remedy in message


@pytest.mark.parametrize("name", ["fashion", "kmnist", "Fashion"])
def test_the_other_sets_never_fall_back(bare, name, monkeypatch):
    def refuse(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(DataError, match=f"data.load\\('{name.lower()}'\\)"):
        data.load(name, say=quiet)


@pytest.mark.parametrize(
    "name, hint",
    [("mnsit", "did you mean 'mnist'"), ("fasion", "did you mean 'fashion'")],
)
def test_an_unknown_name_suggests_the_nearest(name, hint):
    with pytest.raises(DataError, match=hint):
        data.load(name)


def test_a_name_like_no_other_lists_them_all():
    with pytest.raises(DataError, match="known: auto, mnist, fashion, kmnist, offline"):
        data.load("./zzz")


def test_a_folder_of_pictures_is_a_data_set(tmp_path):
    from PIL import Image

    for number in range(20):
        Image.new("L", (28, 28), number).save(tmp_path / f"{number:02}.png")
    loaded = data.load(tmp_path)
    assert (loaded.name, loaded.note) == (tmp_path.name, "")
    assert loaded.train.shape == (18, 28, 28) and loaded.test.shape == (2, 28, 28)
    assert len(loaded.digest) == 64


def test_the_best_data_here_have_ten_classes_and_ink_on_black():
    """MNIST where it can be had, the offline digits otherwise."""
    loaded = data.load("auto", say=quiet)
    assert (
        set(loaded.train_labels.tolist())
        == set(range(10))
        == set(loaded.test_labels.tolist())
    )
    assert len(loaded.train) >= 20_000 and len(loaded.test) >= 2_000
    assert loaded.train[:, 0].float().mean() < 1  # the top row is background
    assert loaded.train.max() == 255 and loaded.train.min() == 0
    assert 0.1 < loaded.train.float().mean() / 255 < 0.2


def test_a_folder_that_is_called_like_a_data_set_is_not_taken_for_it(tmp_path):
    from PIL import Image

    for name in ("MNIST", "offline digits", "digits"):
        for number in range(3):
            (tmp_path / name).mkdir(exist_ok=True)
            Image.new("L", (28, 28), number).save(tmp_path / name / f"{number}.png")
        loaded = data.load(tmp_path / name)
        assert loaded.name == name + " (pictures)" * (name != "digits")
        assert loaded.note == ""


def test_a_folder_may_be_given_from_home(tmp_path, monkeypatch, bare):
    monkeypatch.setenv("HOME", str(tmp_path))
    fill(tmp_path / "digits")
    assert data.load("mnist", folder="~/digits", say=pytest.fail).name == "MNIST"
    monkeypatch.setenv("GAN_DATA_DIR", " ~/digits ")
    assert data.load("mnist", say=pytest.fail).name == "MNIST"
    with pytest.raises(DataError, match="holds 0 pictures"):
        data.load("~/digits")


@pytest.mark.parametrize("name", ["", " ", "~nobody-is-called-so/x"])
def test_what_is_no_folder_is_one_line(name):
    with pytest.raises(DataError, match="no data set and no folder is called"):
        data.load(name)


def test_an_archive_is_to_be_unpacked(tmp_path):
    (tmp_path / "pictures.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match="is a file, not a folder .* unpack it"):
        data.load(tmp_path / "pictures.zip")


def test_where_nothing_can_be_written_auto_says_what_to_set(bare, tmp_path):
    bare.rmdir()
    bare.write_text("a file, so that no folder can be made in it")
    lines = []
    with serving() as server:
        SOURCES["mnist"] = tiny_source([f"{server.url}/good/"])  # `bare` puts it back
        assert data.load("auto", say=lines.append).name == "offline digits"
        with pytest.raises(DataError, match="is not writable; set GAN_DATA_DIR to a"):
            data.load("mnist")
    assert len(lines) == 1 and "data is not writable" in lines[0]


def test_where_ours_cannot_be_written_gan_data_dir_is_filled(
    bare, tmp_path, monkeypatch
):
    bare.rmdir()
    bare.write_text("a file")
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path))
    with serving() as server:
        SOURCES["mnist"] = tiny_source([f"{server.url}/good/"])
        assert data.load("mnist", say=quiet).name == "MNIST"
    assert len(list((tmp_path / "MNIST" / "raw").glob("*.gz"))) == 4


# --- torchvision ---------------------------------------------------------------------


def agrees(loaded, root, **how):
    """Does torchvision read the same from `root`?"""
    for train, images, labels in (
        (True, loaded.train, loaded.train_labels),
        (False, loaded.test, loaded.test_labels),
    ):
        theirs = torchvision.datasets.MNIST(root, train=train, **how)
        assert torch.equal(theirs.data, images) and torch.equal(theirs.targets, labels)
    return True


def test_torchvision_reads_our_folder_and_we_read_theirs(bare, monkeypatch):
    """It wants unpacked files; from our .gz it makes them, without a network."""
    fill(bare / "data")
    loaded = data.load("mnist")
    sums = [hashlib.md5(f.read_bytes()) for f in (bare / "data").rglob("*.gz")]
    names = [file.name for file in (bare / "data").rglob("*.gz")]
    known = [(name, md5.hexdigest()) for name, md5 in zip(names, sums)]
    monkeypatch.setattr(torchvision.datasets.MNIST, "resources", known)
    monkeypatch.setattr(torchvision.datasets.MNIST, "mirrors", ["http://127.0.0.1:9/"])
    assert agrees(loaded, paths.data_dir(), download=True)
    for file in (bare / "data").rglob("*.gz"):
        file.unlink()
    assert data.load("mnist", say=pytest.fail).digest == loaded.digest
    assert agrees(loaded, paths.data_dir(), download=False)


@pytest.mark.parametrize("count", [7, None])
def test_torchvision_reads_what_write_idx_writes(bare, tmp_path, count):
    fill(bare / "data")
    loaded = data.load("mnist")
    fewer = {"train": loaded.train[:count], "train_labels": loaded.train_labels[:count]}
    loaded = replace(loaded, **fewer)
    assert agrees(loaded, data.write_idx(loaded, tmp_path), download=False)


def test_import_reaches_neither_the_data_sets_nor_torchvision():
    code = "import sys, gan_utils.data; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    seen = done.stdout.split()
    assert "gan_utils.data" in seen
    assert not {"gan_utils.datasets", "torchvision", "PIL", "pooch"} & {*seen}


# --- idx files -----------------------------------------------------------------------


def test_idx_bytes_become_the_tensor_they_were_made_of():
    values = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    assert torch.equal(data.parse_idx(idx(values)), torch.from_numpy(values))


@pytest.mark.parametrize(
    "spoilt",
    [b"", b"\0\0\x08", b"<html>", idx(np.zeros(9, np.uint8))[:-1], b"\0\0\x0d\x01aaaa"],
)
def test_other_bytes_are_refused(spoilt):
    with pytest.raises(DataError, match="not an idx file"):
        data.parse_idx(spoilt)


# --- range ---------------------------------------------------------------------------


def test_to_float_maps_0_and_255_to_the_ends_of_the_range():
    pixels = torch.tensor([0, 255], dtype=torch.uint8)[:, None, None].expand(2, 28, 28)
    images = data.to_float(pixels)
    assert images.shape == (2, 1, 28, 28) and images.dtype == torch.float32
    assert (images[0] == -1).all() and (images[1] == 1).all()


def test_to_uint8_inverts_to_float_for_every_grey():
    greys = torch.arange(256, dtype=torch.uint8)[:, None, None].expand(256, 28, 28)
    assert torch.equal(data.to_uint8(data.to_float(greys)), greys)


def test_to_uint8_clamps_rounds_and_needs_no_detach():
    values = torch.tensor([-9.0, -1 + 1.6 / 127.5, 9.0], requires_grad=True)
    images = values[:, None, None, None].expand(3, 1, 28, 28)
    assert data.to_uint8(images)[:, 0, 0].tolist() == [0, 2, 255]
    assert data.to_uint8(images.bfloat16()).shape == (3, 28, 28)


# --- batches -------------------------------------------------------------------------


def make(images, *, grow=(), **changes):
    options = dict(batch_size=8, latent_dim=5, seed=3) | changes
    batches = Batches(images, **options)
    for epoch in grow:
        batches.double(epoch)
    return batches


def test_a_batch_has_the_promised_shapes_and_range(images):
    batches = make(images)
    real, z = batches(0)
    assert real.shape == (8, 1, 28, 28) and real.dtype == torch.float32
    assert z.shape == (8, 5) and z.dtype == torch.float32
    assert real.min() >= -1 and real.max() <= 1
    assert (batches.batch_size, batches.latent_dim, batches.seed) == (8, 5, 3)


def test_a_batch_depends_on_seed_and_step_alone(images):
    forward, backward = make(images), make(images)
    later = {step: backward(step) for step in reversed(range(20))}
    for step in range(20):
        for ours, theirs in zip(forward(step), later[step]):
            assert torch.equal(ours, theirs)


def test_the_global_generator_is_neither_used_nor_moved(images):
    torch.manual_seed(1)
    first = make(images)(0)
    torch.manual_seed(2)
    state = torch.get_rng_state()
    second = make(images)(0)
    assert torch.equal(first[0], second[0]) and torch.equal(first[1], second[1])
    assert torch.equal(torch.get_rng_state(), state)


def test_an_epoch_shows_each_image_at_most_once_and_drops_the_rest(images):
    batches = make(images)
    assert batches.steps_per_epoch == 6  # 50 // 8
    epochs = [
        [i for step in range(6 * e, 6 * e + 6) for i in chosen(batches(step)[0])]
        for e in range(3)
    ]
    assert all(len(set(epoch)) == len(epoch) == 48 for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]
    assert set(epochs[0]) | set(epochs[1]) | set(epochs[2]) == set(range(50))


def test_batches_that_grow_double_at_the_end_of_an_epoch(images):
    batches = make(images, grow=(1, 3))  # 6 steps of 8, 2 x 3 of 16, then 1 of 32
    sizes = [len(batches(step)[0]) for step in range(14)]
    assert sizes == 6 * [8] + 6 * [16] + 2 * [32]
    assert all(len(real) == len(z) for real, z in map(batches, range(14)))
    assert [batches.place(step)[0] for step in (5, 6, 9, 12, 13)] == [0, 1, 2, 3, 4]
    steps = [batches.steps(epochs) for epochs in (0, 0.5, 1, 2, 2.5, 3, 5)]
    assert steps == [0, 3, 6, 9, 10, 12, 14]
    second = [i for step in (6, 7, 8) for i in chosen(batches(step)[0])]
    assert len(set(second)) == 48  # an epoch is one permutation, as before


def test_batches_that_grow_depend_on_seed_and_step_alone(images):
    forward, backward = make(images, grow=(1, 3)), make(images, grow=(1, 3))
    later = {step: backward(step) for step in reversed(range(14))}
    for step in range(14):
        assert all(map(torch.equal, forward(step), later[step]))
    plain = make(images)
    assert all(torch.equal(*pair) for k in range(6) for pair in zip(plain(k), later[k]))


def test_another_seed_gives_another_order_and_other_latents(images):
    ours, theirs = make(images)(0), make(images, seed=4)(0)
    assert chosen(ours[0]) != chosen(theirs[0])
    assert not torch.equal(ours[1], theirs[1])


def test_latents_do_not_depend_on_the_images(images):
    assert torch.equal(make(images)(9)[1], make(images[:10])(9)[1])


def test_latents_are_standard_normal_and_never_repeat(images):
    batches = make(images, batch_size=50, latent_dim=64)
    z = torch.stack([batches(step)[1] for step in range(200)])
    assert z.mean().abs() < 0.01 and (z.std() - 1).abs() < 0.01
    assert z[:, 0, 0].unique().numel() == 200


def test_seeds_next_to_each_other_do_not_share_latents(images):
    """(seed 0, step 1) and (seed 1, step 0) are different draws."""
    assert not torch.equal(make(images, seed=0)(1)[1], make(images, seed=1)(0)[1])


def test_the_permutation_is_made_once_an_epoch(images, monkeypatch):
    made = []
    real = torch.randperm
    monkeypatch.setattr(
        torch, "randperm", lambda *a, **k: made.append(1) or real(*a, **k)
    )
    batches = make(images)
    for step in range(12):
        batches(step)
    assert len(made) == 2


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"batch_size": 51}, "batch_size=51 is more than the 50 training images"),
        ({"grow": (1, 2, 3)}, "batch_size=64 is more than the 50 training images"),
        ({"batch_size": 0}, "batch_size=0 and latent_dim=5 must be at least 1"),
        ({"latent_dim": 0}, "must be at least 1"),
    ],
)
def test_impossible_batches_are_refused(images, changes, words):
    with pytest.raises(DataError, match=words):
        make(images, **changes)


def test_the_whole_set_may_be_one_batch(images):
    batches = make(images, batch_size=50)
    assert batches.steps_per_epoch == 1
    assert sorted(chosen(batches(0)[0])) == list(range(50))


@pytest.mark.parametrize("wrong", [torch.zeros(9, 28, 28), torch.zeros(9, 1, 28, 28)])
def test_only_uint8_images_make_batches(wrong):
    with pytest.raises(DataError, match="not uint8"):
        make(wrong)
