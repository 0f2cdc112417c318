"""The live view in a real JupyterLab: one picture, redrawn in its place."""

import re

import lab_server
from playwright.sync_api import expect

SETUP = """
from functools import partial
import torch
from gan_utils.data import Batches, load
from gan_utils.callbacks import LiveView, Progress
from gan_utils.gan import Recipe, build
from gan_utils.judge.judge import Labels
from gan_utils.models import MLPDiscriminator, MLPGenerator
from gan_utils.losses import bce
from gan_utils.training import fit

torch.set_num_threads(1)
digits = load("offline")
small = Recipe(
    G=partial(MLPGenerator, hidden=32), D=partial(MLPDiscriminator, hidden=32)
)
gan = build(small, seed=0)

def train_step(gan, real, z):
    fake = gan.G(z)
    real_logits, fake_logits = gan.D(real), gan.D(fake.detach())
    d_loss = bce.d(real_logits, fake_logits)
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()
    g_loss = bce.g(gan.D(fake))
    gan.opt_G.zero_grad()
    g_loss.backward()
    gan.opt_G.step()
    scores = {"D(x)": real_logits.sigmoid().mean()}
    return {"d_loss": d_loss, "g_loss": g_loss, **scores,
            "D(G(z)) before": fake_logits.sigmoid().mean()}
"""
TRAIN = """
view = LiveView(torch.randn(64, 64), Labels.of(digits), every=0.5, share=1.0)
batches = Batches(digits.train, batch_size=32, latent_dim=64, seed=0)
history = fit(train_step, gan, batches, seconds=6, callbacks=[view, Progress()])
"""
START = "() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }"


def test_one_picture_changes_in_its_place_and_ends_with_a_verdict(lab, chromium):
    page = lab_server.open_notebook(chromium, lab, "live", [SETUP, TRAIN])
    page.evaluate(START)
    output = page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    image = output.locator("img")
    expect(image).to_have_count(1, timeout=60_000)
    first = image.get_attribute("src")
    page.wait_for_function(  # while it trains
        "([image, old]) => image.src !== old || !image.isConnected",
        arg=[image.element_handle(), first],
    )
    verdict = re.compile(
        r"(Balanced|D is winning|D cannot tell|.*collapsing|Hardly any)"
    )
    expect(output.last).to_contain_text(verdict, timeout=60_000)
    expect(image).to_have_count(1)
    box = image.bounding_box()
    natural = image.evaluate("image => image.naturalWidth / image.naturalHeight")
    assert abs(box["width"] / box["height"] - natural) < 0.02  # not stretched
    assert page.page_errors == []
    page.context.close()
