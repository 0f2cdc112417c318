"""Recording and replaying a step, with a stand-in for the GPU's graph.

`Rerun` does on a CPU what a graph does on a GPU, as far as a step can notice: the
function sees only the tensors that it was recorded with.
"""

import importlib
from types import SimpleNamespace

import pytest
import torch
from click.testing import CliRunner

from gan_utils import recipes
from gan_utils.cli import main
from gan_utils.config import check_parameters
from gan_utils.data import Batches
from gan_utils.engine.cuda_graph import WARM_UP, recorded
from gan_utils.gan import adam, build
from gan_utils.recipes.steps import update
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


def made(step, graph, **options):
    """A recorded step of a model that has no optimisers."""
    nobody = SimpleNamespace(param_groups=[])
    gan = SimpleNamespace(opt_G=nobody, opt_D=nobody)
    return recorded(step, gan, graph=lambda: graph, **options)


class Counting:
    """A model whose weights, like those of a network, stay in their place."""

    def __init__(self):
        self.total = torch.zeros(())


def add(model, x):
    model.total.add_(x.sum())
    return {"sum": model.total.clone(), "count": torch.tensor(float(len(x)))}


def test_a_replayed_step_sees_each_batch_once_and_keeps_each_result():
    graph, model = Rerun(), Counting()
    step = made(add, graph)
    batches = [torch.full((2,), float(n)) for n in range(8)]
    sums = [step(model, batch)["sum"] for batch in batches]
    expected = torch.tensor([2.0 * n for n in range(8)]).cumsum(0)
    assert torch.equal(torch.stack(sums), expected)
    replays = ["replay"] * (8 - WARM_UP)
    assert graph.events == ["aside"] * WARM_UP + ["record"] + replays


def test_a_batch_handed_in_is_not_kept():
    """Neither written to, nor read again after its step."""
    step, model = made(add, Rerun()), Counting()
    batch = torch.ones(2)
    for _ in range(WARM_UP + 1):
        step(model, batch)
    step(model, 3 * batch)
    assert torch.equal(batch, torch.ones(2)) and model.total == 2 * WARM_UP + 2 + 6


def test_batches_of_another_size_are_recorded_anew():
    graph, model = Rerun(), Counting()
    step = made(add, graph)
    sizes = 5 * [2] + 5 * [4]
    counts = [step(model, torch.ones(size))["count"].item() for size in sizes]
    assert counts == sizes and model.total == sum(sizes)
    once = ["aside"] * WARM_UP + ["record"] + ["replay"] * (5 - WARM_UP)
    assert graph.events == 2 * once


class Refusing(Rerun):
    def record(self, work):
        raise RuntimeError("operation not permitted when stream is capturing\nmore")


def test_a_step_that_cannot_be_recorded_runs_as_it_is_and_says_so_once():
    said, model = [], Counting()
    step = made(add, Refusing(), say=said.append)
    for n in range(7):
        assert step(model, torch.ones(1))["sum"] == n + 1
    (line,) = said
    assert line.endswith("it runs kernel by kernel: operation not permitted when "
                         "stream is capturing")  # fmt: skip


def test_rates_and_counters_are_put_in_place_at_the_first_step_after_any_resume():
    gan, images = build(recipes.RECIPES["mlp"], seed=0), torch.zeros(64, 28, 28)
    batches = Batches.of(recipes.RECIPES["mlp"], images.byte(), seed=0)
    step = recorded(lambda gan, real, z: {"sum": z.sum(), "count": z.sum()}, gan,
                    graph=Rerun)  # fmt: skip
    assert gan.opt_G.param_groups[0]["lr"] == 5e-4
    fit(step, gan, batches, steps=4, schedule=lambda progress: 1 - progress)
    for optimiser in (gan.opt_G, gan.opt_D):
        (group,) = optimiser.param_groups
        assert group["capturable"] and group["lr"].item() == pytest.approx(5e-4 / 4)


def test_a_step_that_counts_in_python_refuses_to_be_recorded(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: True)
    loss = SimpleNamespace(is_cuda=True)
    with pytest.raises(RuntimeError, match="counts its updates in Python"):
        update(None, loss, clock=0)


@pytest.mark.parametrize(
    "wanted", ["cpu graph", "auto graph", "cuda graf", "mps graph"]
)
def test_a_graph_is_for_cuda_and_a_device_takes_no_other_word(wanted, tmp_path):
    words = ["train", "mlp", "--steps", "1", "--device", wanted]
    done = CliRunner().invoke(main, [*words, "--out", str(tmp_path / "x")])
    assert done.exit_code == 1
    assert done.output == f"Error: device={wanted!r}: only cuda takes a word, graph\n"
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("wanted", ["cuda", "cuda graph"])
def test_the_command_takes_the_word_from_the_device(wanted, monkeypatch, tmp_path):
    asked, done = [], SimpleNamespace(stopped="")
    command = importlib.import_module("gan_utils.cli.train")

    def train(name, out, graph, *, device):
        asked.append((graph, device))
        return done

    monkeypatch.setattr(command, "_train", train)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    command._run("mlp", tmp_path, None, device=wanted)
    assert asked == [(wanted.endswith("graph"), "cuda")]


def test_the_word_graph_is_for_the_command_alone():
    for wanted in ("cuda graph", "cuda graph fp32", "cuda fp32 graph"):
        with pytest.raises(ValueError, match=f"^device='{wanted}': the number format"):
            check_parameters({"device": wanted})


def test_rates_that_are_tensors_follow_the_schedule_in_their_place():
    """On a GPU Adam reads its rate from memory, so the same tensor must change."""
    images = torch.zeros(64, 28, 28, dtype=torch.uint8)
    batches = Batches.of(recipes.RECIPES["mlp"], images, seed=0)
    gan = build(recipes.RECIPES["mlp"], seed=0)
    rates = []
    for optimiser in (gan.opt_G, gan.opt_D):
        (group,) = optimiser.param_groups
        group["lr"] = torch.tensor(group["lr"])
        rates.append(group["lr"])
    fit(
        recipes.RECIPES["mlp"].step,
        gan,
        batches,
        steps=4,
        schedule=lambda progress: 1 - progress,
    )
    for optimiser, rate in zip((gan.opt_G, gan.opt_D), rates):
        assert optimiser.param_groups[0]["lr"] is rate
        assert rate.item() == pytest.approx(5e-4 / 4)  # before step 4: progress 3/4


def test_adam_on_a_processor_has_a_plain_rate():
    (group,) = adam(torch.nn.Linear(2, 2), lr=0.1, betas=(0.0, 0.9)).param_groups
    assert group["lr"] == 0.1 and not group["capturable"]
