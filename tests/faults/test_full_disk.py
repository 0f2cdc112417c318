"""19: a disk that is full. Whatever is written: what was there stays, half is nothing.

Each test writes twice: once while there is room, once when there is none. The disk is
a real one of a megabyte where the system lets us mount it; elsewhere a limit on the
size of files makes the same system call fail.
"""

import json

import apart
import disks
import numpy as np
import pytest
import tiny_gan
import torch

from gan_utils import data, pictures
from gan_utils.callbacks import checkpoint
from gan_utils.callbacks.progress import Snapshots
from gan_utils.engine.history import History
from gan_utils.explore import player
from gan_utils.gan import build
from gan_utils.recipes.saves import SAVES
from gan_utils.results import save_result
from gan_utils.training import Run

ROOM = 4096
MANY = np.random.default_rng(0).integers(0, 256, (9, 48, 48), dtype=np.uint8)


def twice(report, folder, size, write):
    """In a child: write(folder, 0) with room, write(folder, 1) without.

    Leaves in `report` what the second one said and what it did to the files.
    """
    is_disk = disks.small_disk(folder, size)
    write(folder, 0)
    before = listing(folder)
    disks.fill(folder, is_disk, leave=ROOM)
    said = ""
    try:
        write(folder, 1)
    except (Exception, SystemExit) as error:
        said = str(error)
    after = listing(folder)
    same = all(after[name] == data for name, data in before.items())
    new = sorted(after.keys() - before.keys() - {"filler"})
    report.write_text(json.dumps({"said": said, "same": same, "new": new}))


def listing(folder):
    return {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def history():
    made = History()
    for number in range(20):
        made.append({"d_loss": torch.tensor(1.0), "g_loss": torch.tensor(2.0)}, number)
    return made


def a_checkpoint(folder, turn):
    checkpoint.save(folder / "c.pt", build(tiny_gan.RECIPE, seed=turn), history())


def a_figure(folder, turn):
    batches = data.Batches.of(tiny_gan.RECIPE, tiny_gan.IMAGES, seed=turn)
    run = Run(build(tiny_gan.RECIPE, seed=turn), batches, history(), 20)
    SAVES["mlp_plain"]["output/sample_image.png"](folder, "grid.png").end(run)


def a_gif(folder, turn):
    pictures.gif(MANY + np.uint8(turn), folder / "a.gif")


def a_page(folder, turn):
    labels = list("abcdefghi")
    player.html_player(MANY, labels, folder / "a.html", title=f"page {turn}")


def a_result(folder, turn):
    gan = build(tiny_gan.RECIPE, seed=turn)
    snapshots = Snapshots(torch.ones(4, 8))
    snapshots.start(Run(gan, None, history(), 20))
    left = {"snapshots": snapshots, "history": history(), "meta": {"recipe": "mlp"}}
    save_result(folder, generator=gan.sampler(), **left)


WRITERS = [
    (a_checkpoint, "c.pt"),
    (a_figure, "grid.png"),
    (a_gif, "a.gif"),
    (a_page, "a.html"),
    (a_result, "generator.safetensors"),
]


@pytest.mark.parametrize("real", [True, False], ids=["disk", "limit"])
@pytest.mark.parametrize("write, name", WRITERS)
def test_what_was_there_stays_and_nothing_half_is_left(tmp_path, write, name, real):
    folder, report = tmp_path / "small disk", tmp_path / "report.json"
    folder.mkdir()
    size = 2048 if real else 0
    code, said = apart.finish(tmp_path / "log", twice, report, folder, size, write)
    assert code == 0, said
    told = json.loads(report.read_text())
    assert "No space left on device" in told["said"] or "File too large" in told["said"]
    assert str(folder / name) in told["said"] and " MB free)" in told["said"]
    assert told["same"] and told["new"] == []


WORDS = ("train", "mlp", "--steps", 1, "--precision", "fp32")


def no_room(report, folder, *words):
    """In a child: the command, where no file of more than ROOM bytes fits."""
    data.load = lambda name: tiny_gan.DIGITS
    is_disk = disks.small_disk(folder, 1024)
    disks.fill(folder, is_disk, leave=ROOM)
    try:
        apart.command(*words, "--out", folder / "out.npy")
    finally:
        report.write_text(json.dumps(sorted(listing(folder).keys() - {"filler"})))


@pytest.mark.parametrize(
    "words, file",
    [(WORDS, "out.npy/checkpoint.pt"), (("sample", "mlp", "-n", 64), "out.npy")],
    ids=["train", "sample"],
)
def test_a_command_says_it_in_one_line(tmp_path, words, file):
    folder, report = tmp_path / "small disk", tmp_path / "report.json"
    folder.mkdir()
    code, said = apart.finish(tmp_path / "log", no_room, report, folder, *words)
    assert code == 1 and "Traceback" not in said
    last = said.splitlines()[-1]
    assert last.startswith(f"Error: cannot write {folder / file}: ")
    assert " MB free)" in last
    assert set(json.loads(report.read_text())) <= {"progress.jsonl"}
