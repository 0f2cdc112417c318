"""Recording and replaying a step, with a stand-in for the GPU's graph.

`Rerun` does on a CPU what a graph does on a GPU, as far as a step can notice: the
function sees only the tensors that it was recorded with.
"""

from functools import partial

import pytest
import torch

from gan_utils import recipes
from gan_utils.data import Batches
from gan_utils.engine import cuda_graph
from gan_utils.engine.cuda_graph import WARM_UP, Replayed, replayed
from gan_utils.gan import adam, build, train_step
from gan_utils.recipes.steps import lean, two_of_D
from gan_utils.training import fit


class Rerun:
    """Runs the recorded function again and puts its results where they were."""

    def __init__(self):
        self.events = []

    def aside(self, work):
        self.events.append("aside")
        return work()

    def record(self, work):
        self.events.append("record")
        self._work = work
        self._places = {name: torch.full((), torch.nan) for name in ("sum", "count")}
        return self._places

    def replay(self):
        self.events.append("replay")
        for name, value in self._work().items():
            self._places[name].copy_(value)


class Counting:
    """A model whose weights, like those of a network, stay in their place."""

    def __init__(self):
        self.total = torch.zeros(())


def add(model, x):
    model.total.add_(x.sum())
    return {"sum": model.total.clone(), "count": torch.tensor(float(len(x)))}


def test_a_replayed_step_sees_each_batch_once_and_keeps_each_result():
    graph, model = Rerun(), Counting()
    step = Replayed(add, graph)
    batches = [torch.full((2,), float(n)) for n in range(8)]
    sums = [step(model, batch)["sum"] for batch in batches]
    expected = torch.tensor([2.0 * n for n in range(8)]).cumsum(0)
    assert torch.equal(torch.stack(sums), expected)
    replays = ["replay"] * (8 - WARM_UP)
    assert graph.events == ["aside"] * WARM_UP + ["record"] + replays


def test_a_batch_handed_in_is_not_kept():
    """Neither written to, nor read again after its step."""
    step, model = Replayed(add, Rerun()), Counting()
    batch = torch.ones(2)
    for _ in range(WARM_UP + 1):
        step(model, batch)
    step(model, 3 * batch)
    assert torch.equal(batch, torch.ones(2)) and model.total == 2 * WARM_UP + 2 + 6


class Refusing(Rerun):
    def record(self, work):
        raise RuntimeError("operation not permitted when stream is capturing\nmore")


def test_a_step_that_cannot_be_recorded_runs_as_it_is_and_says_so_once():
    said, model = [], Counting()
    step = Replayed(add, Refusing(), say=said.append)
    for n in range(7):
        assert step(model, torch.ones(1))["sum"] == n + 1
    (line,) = said
    assert line.endswith("it runs kernel by kernel: operation not permitted when "
                         "stream is capturing")  # fmt: skip


def test_on_a_processor_and_with_a_python_clock_the_step_stays_what_it_is(monkeypatch):
    gan = build(recipes.RECIPES["mlp"], seed=0)
    both = [gan.opt_G, gan.opt_D]
    step = partial(lean, recipes.RECIPES["mlp"])
    assert replayed(step, both, graph=Rerun) is step
    monkeypatch.setattr(cuda_graph, "on_gpu", lambda group: True)
    assert isinstance(replayed(step, both, graph=Rerun), Replayed)
    clocked = partial(two_of_D, recipes.RECIPES["mlp_bn_fullbatch"])
    assert replayed(clocked, both, graph=Rerun) is clocked


def test_rates_that_are_tensors_follow_the_schedule_in_their_place():
    """On a GPU Adam reads its rate from memory, so the same tensor must change."""
    images = torch.zeros(64, 28, 28, dtype=torch.uint8)
    batches = Batches(images, batch_size=16, latent_dim=64, seed=0)
    gan = build(recipes.RECIPES["mlp"], seed=0)
    rates = []
    for optimiser in (gan.opt_G, gan.opt_D):
        (group,) = optimiser.param_groups
        group["lr"] = torch.tensor(group["lr"])
        rates.append(group["lr"])
    step = partial(train_step, recipes.RECIPES["mlp"])
    fit(step, gan, batches, steps=4, schedule=lambda progress: 1 - progress)
    for optimiser, rate in zip((gan.opt_G, gan.opt_D), rates):
        assert optimiser.param_groups[0]["lr"] is rate
        assert rate.item() == pytest.approx(5e-4 / 4)  # before step 4: progress 3/4


def test_adam_on_a_processor_has_a_plain_rate():
    (group,) = adam(torch.nn.Linear(2, 2), lr=0.1, betas=(0.0, 0.9)).param_groups
    assert group["lr"] == 0.1 and not group["capturable"]
