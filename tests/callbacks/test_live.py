import io
import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image

from gan_utils.callbacks import diagnosis, live
from gan_utils.callbacks.live import Cell, LiveView
from gan_utils.data import Batches, load, to_uint8
from gan_utils.gan import Recipe, build
from gan_utils.judge.judge import Labels
from gan_utils.models import MLPDiscriminator, MLPGenerator
from gan_utils.support import paths
from gan_utils.training import constant, fit

SMALL = Recipe(
    G=partial(MLPGenerator, hidden=64),
    D=partial(MLPDiscriminator, hidden=64),
    schedule=constant,
)


@pytest.fixture(scope="module")
def digits():
    return load("offline")


def scored_step(recipe, gan, real, z):
    """The step of notebook 02, in short."""
    fake = gan.G(z)
    real_logits, fake_logits = gan.D(real), gan.D(fake.detach())
    d_loss = recipe.loss.d(real_logits, fake_logits)
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()
    g_loss = recipe.loss.g(gan.D(fake))
    gan.opt_G.zero_grad()
    g_loss.backward()
    gan.opt_G.step()
    scores = {"D(x)": real_logits.sigmoid().mean()}
    scores["D(G(z)) before"] = fake_logits.sigmoid().mean()
    return {"d_loss": d_loss, "g_loss": g_loss, **scores}


def train(recipe, digits, steps, **options):
    """The view of a short training, with all that it showed."""
    gan, shown = build(recipe, seed=0), []
    batches = Batches(digits.train, seed=0, batch_size=64, latent_dim=64)
    z = torch.randn(128, 64, generator=torch.Generator().manual_seed(0))
    options = {"labels": Labels.of(digits), "every": 1e9, **options}
    view = LiveView(z, show=lambda *what: shown.append(what), **options)
    fit(partial(scored_step, recipe), gan, batches, steps=steps, callbacks=[view])
    return view, shown, gan


def test_a_g_that_runs_ahead_of_a_slow_d_collapses(digits):
    view, shown, gan = train(replace(SMALL, lr_G=2e-3, lr_D=1e-4), digits, 300)
    assert gan.step == 300, "a warning stops nothing"
    assert view.state == "collapses"
    assert shown[-1][1].endswith("of the samples: modes are collapsing.")


def test_a_g_with_far_too_high_a_rate_leaves_d_the_winner(digits):
    view, shown, gan = train(replace(SMALL, lr_G=2e-2), digits, 300)
    assert gan.step == 300, "a warning stops nothing"
    assert view.state == "d_wins"
    assert shown[-1][1].startswith("D is winning")


def test_the_picture_is_a_readable_png_and_the_sentence_is_printed(digits, capsys):
    view, shown, _ = train(SMALL, digits, 210)
    ((png, sentence),) = shown
    assert Image.open(io.BytesIO(png)).size == (900, 460)
    assert capsys.readouterr().out == f"{sentence}\n" == f"{view.sentence}\n"


def test_a_long_sentence_runs_into_no_title():
    _, sentence = diagnosis.diagnose(diagnosis.Signs(900, 0.5, 0.5))
    assert len(sentence) > 110
    history, grid = {"d_loss": [1.4], "g_loss": [0.7]}, np.zeros((112, 224), np.uint8)
    png = live.picture(history, grid, sentence, None, ())
    whole = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
    above = whole[:82, 64:]  # the axes, right of the numbers on the first one
    inked = (above < 128).any(axis=1).astype(int)
    assert (np.diff(inked) == 1).sum() == 3  # two lines, and the titles


def test_looking_changes_nothing(digits):
    """Neither weights nor random numbers: a run with a view is a run without."""
    _, shown, often = train(SMALL, digits, 20, every=0.0, share=1e9)
    _, once, seldom = train(SMALL, digits, 20)
    assert len(shown) == 21 and len(once) == 1
    assert often.G.training
    for one, other in zip(often.G.parameters(), seldom.G.parameters()):
        assert torch.equal(one, other)


class Clock:
    """A clock that only moves when told."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize("cost, drawings", [(0.01, 99), (0.2, 14)])
def test_it_draws_once_a_second_or_when_its_share_allows(
    monkeypatch, digits, cost, drawings
):
    """100 s of steps: a cheap drawing comes every second, a dear one every 20th of
    its own price (0.2 s at a share of 3 % is one in 7 s, and the last one)."""
    clock = Clock()
    monkeypatch.setattr(live.time, "monotonic", clock)
    view, drawn = LiveView(None, share=0.03), []

    def draw(run):
        start = clock()
        clock.now += cost
        drawn.append(cost)
        view.plan(clock() - start)

    monkeypatch.setattr(view, "draw", draw)
    view.start(None)
    trained = 0.0
    while trained < 100:
        clock.now += 0.1
        trained += 0.1
        view.step(None)
    assert abs(len(drawn) - drawings) <= 4
    assert sum(drawn) <= 0.03 * trained + cost


def test_labels_come_from_neighbours_where_no_judge_is_shipped(digits):
    labels = Labels.of(digits)
    found = labels.label(digits.train[:50])
    assert torch.equal(found, digits.train_labels[:50])  # they are their own neighbours
    assert labels.classes == digits.classes


def test_labels_come_from_the_shipped_judge_where_it_knows_the_data(digits):
    meta = (paths.weights_dir() / "judge" / "first.json").read_text()
    known = replace(digits, digest=json.loads(meta)["digest"])
    labels = Labels.of(known)
    right = labels.label(digits.train[:500]) == digits.train_labels[:500]
    assert right.float().mean() > 0.8  # it was trained on MNIST, not on these


def test_the_cell_keeps_one_picture(monkeypatch):
    events = []

    class Handle:
        def update(self, image):
            events.append(("update", image.alt))

    def display(image, *, display_id):
        events.append(("display", image.alt))
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    cell = Cell()
    for sentence in ("one", "two"):
        cell(b"png", sentence)
    expected = ["The training so far. one", "The training so far. two"]
    assert events == [("display", expected[0]), ("update", expected[1])]


def test_a_step_without_scores_gets_curves_and_no_verdict(digits):
    def plain(gan, real, z):
        logs = scored_step(SMALL, gan, real, z)
        return {name: logs[name] for name in ("d_loss", "g_loss")}

    gan, shown = build(SMALL, seed=0), []
    batches = Batches(digits.train, seed=0, batch_size=64, latent_dim=64)
    view = LiveView(torch.zeros(32, 64), show=lambda *what: shown.append(what))
    fit(plain, gan, batches, steps=5, callbacks=[view])
    assert view.state == "unknown" and len(shown) == 1


def test_fixed_pictures_are_those_of_the_sampler(digits):
    view, _, gan = train(SMALL, digits, 3)
    expected = to_uint8(gan.G.eval()(view.z))
    assert torch.equal(gan.draw(view.z), expected)
