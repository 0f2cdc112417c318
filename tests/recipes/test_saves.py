from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image

from gan_utils.callbacks.checkpoint import Checkpoint
from gan_utils.data import Batches
from gan_utils.gan import Recipe, build
from gan_utils.models import MLPDiscriminator, MLPGenerator
from gan_utils.recipes import saves
from gan_utils.recipes.saves import SAVES, grids, log
from gan_utils.training import fit

IMAGES = torch.randint(0, 256, (70, 28, 28), dtype=torch.uint8)
RECIPE = Recipe(
    G=partial(MLPGenerator, hidden=4),
    D=partial(MLPDiscriminator, hidden=4),
    latent_dim=3,
    batch_size=16,  # 4 steps an epoch
)


def of(kind, file, **options):
    """What makes a callback for one folder, as in SAVES."""
    return lambda folder: kind(**options)(folder, file)


def of_dcgan_28(file):
    return lambda folder: SAVES["dcgan_28"][file](folder, file)


def train(folder, *saves, steps, resume=False, seed=0):
    """A run that saves, as `trainer` makes it; its Gan and its History."""
    gan = build(RECIPE, seed=seed)
    batches = Batches(IMAGES, batch_size=16, latent_dim=3, seed=seed)
    saver = Checkpoint(folder / "checkpoint.pt", resume=resume)
    saves = [make(folder) for make in saves]
    step = RECIPE.step
    return gan, fit(step, gan, batches, steps=steps, callbacks=[saver, *saves])


def files(folder):
    names = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return sorted(name.as_posix() for name in names if name.suffix != ".pt")


def test_a_checkpoint_is_written_after_the_saves_of_its_step(tmp_path, monkeypatch):
    there = []
    monkeypatch.setattr(Checkpoint, "step", lambda self, run: self._save(run))
    monkeypatch.setattr(
        "gan_utils.callbacks.checkpoint.save",
        lambda path, gan, *_: there.append((gan.step, (tmp_path / "1.png").exists())),
    )
    train(tmp_path, of(grids, "{epoch}.png", side=2, every=1), steps=5)
    assert dict(there) == {1: False, 2: False, 3: False, 4: True, 5: True}


# --- grids


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (
            of(grids, "a/epoch_{epoch:03d}.png", side=2, every=1),
            ["a/epoch_000.png", "a/epoch_001.png", "a/epoch_002.png"],
        ),
        (
            of(grids, "epoch_{epoch}.png", side=2, every=2),
            ["epoch_0.png", "epoch_2.png"],
        ),
        (
            of(grids, "{epoch:04d}.png", side=2, every=1, first=None),
            ["0001.png", "0002.png"],
        ),
        (
            of(grids, "mnist_{step}.png", side=2, every_steps=3, fresh=True),
            ["mnist_0.png", "mnist_3.png", "mnist_6.png", "mnist_9.png"],
        ),
        (of(grids, "out/last.png", side=2), ["out/last.png"]),
    ],
    ids=["epochs", "every second", "not before", "steps", "last"],
)
def test_grids_have_their_names_and_their_intervals(tmp_path, make, names):
    train(tmp_path, make, steps=9)
    assert files(tmp_path) == names


def grid(folder, name):
    return np.asarray(Image.open(folder / name))


def test_a_grid_shows_side_times_side_pictures_of_the_generator(tmp_path):
    gan, _ = train(tmp_path, of(grids, "last.png", side=3), steps=2, seed=5)
    random = torch.Generator().manual_seed(5)
    images = gan.draw(torch.randn(9, 3, generator=random)).numpy()
    made = grid(tmp_path, "last.png")
    assert made.shape == (86, 86) and made.dtype == np.uint8  # 3 * 28 and two gaps
    assert np.array_equal(made[:28, :28], images[0])
    assert np.array_equal(made[58:, 29:57], images[7])


@pytest.mark.parametrize("fresh", [False, True])
def test_fresh_grids_show_new_latents_and_others_always_the_same(tmp_path, fresh):
    gan = build(RECIPE, seed=0)  # never trained: only the latents can differ
    batches = Batches(IMAGES, batch_size=16, latent_dim=3, seed=0)
    make = of(grids, "{step}.png", side=2, every_steps=1, fresh=fresh)
    saves = [make(tmp_path)]
    fit(lambda gan, real, z: {"z": z.sum()}, gan, batches, steps=2, callbacks=saves)
    different = {(tmp_path / f"{step}.png").read_bytes() for step in range(3)}
    assert len(different) == (3 if fresh else 1)


def test_grids_of_a_resumed_run_are_those_of_the_unbroken_one(tmp_path):
    saves = [
        of(grids, "e{epoch}.png", side=2, every=1),
        of(grids, "s{step}.png", side=2, every_steps=3, fresh=True),
    ]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    train(whole, *saves, steps=8)
    train(cut, *saves, steps=5)
    (cut / "e0.png").unlink()
    train(cut, *saves, steps=8, resume=True)
    assert files(cut) == [name for name in files(whole) if name != "e0.png"]
    for name in files(cut):
        assert (whole / name).read_bytes() == (cut / name).read_bytes()


def test_pictures_leave_the_generator_as_it_was_and_draw_no_random_numbers():
    gan = build(RECIPE, seed=0)
    state = torch.get_rng_state()
    images = gan.draw(torch.zeros(2, 3))
    assert images.shape == (2, 28, 28) and images.dtype == torch.uint8
    assert gan.G.training and torch.equal(torch.get_rng_state(), state)
    gan.G.eval()
    assert torch.equal(gan.draw(torch.zeros(2, 3)), images)
    assert not gan.G.training


# --- log lines

EPOCHS = of(
    log,
    "log.txt",
    line="Epoch {epoch}, G {g_loss:.6f}, D {d_loss:.6f}, after {step}",
)
STEPS = of(
    log, "log.txt", line="{step} [D {d_loss:.6f}] [G {g_loss:.6f}]", every_steps=3
)


def epoch_lines(history):
    for epoch, end in enumerate(range(4, len(history) + 1, 4), start=1):
        G, D = (history[name][end - 4 : end].mean() for name in ("g_loss", "d_loss"))
        yield f"Epoch {epoch}, G {G:.6f}, D {D:.6f}, after {end - 1}"


def step_lines(history):
    for step in range(0, len(history), 3):
        rows = slice(max(0, step - 1), step + 1)  # two, but one at the start
        D, G = (history[name][rows].mean() for name in ("d_loss", "g_loss"))
        yield f"{step} [D {D:.6f}] [G {G:.6f}]"


@pytest.mark.parametrize("parts", [[10], [5, 10], [8, 9, 10]], ids=str)
def test_a_line_an_epoch_holds_the_means_of_that_epoch(tmp_path, parts):
    for number, steps in enumerate(parts):
        _, history = train(tmp_path, EPOCHS, steps=steps, resume=number > 0)
    lines = (tmp_path / "log.txt").read_text().splitlines()
    assert len(lines) == 2 and lines == list(epoch_lines(history))


@pytest.mark.parametrize("parts", [[8], [1, 8], [3, 4, 8]], ids=str)
def test_lines_at_steps_hold_the_means_of_the_last_steps(tmp_path, parts, monkeypatch):
    monkeypatch.setattr(saves, "MEAN", 2)
    for number, steps in enumerate(parts):
        _, history = train(tmp_path, STEPS, steps=steps, resume=number > 0)
    lines = (tmp_path / "log.txt").read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["0", "3", "6"]
    assert lines == list(step_lines(history))


def test_no_line_is_due_before_the_first_epoch_ends(tmp_path):
    train(tmp_path, EPOCHS, steps=3)
    assert files(tmp_path) == []


# --- at the end
