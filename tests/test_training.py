import os
import signal
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

from gan_utils.gan import Recipe, build
from gan_utils.recipes import LESSONS, RECIPES
from gan_utils.training import (
    Callback,
    History,
    TrainingDiverged,
    constant,
    fit,
    linear_decay,
)

IMAGES = torch.randint(0, 256, (96, 28, 28), dtype=torch.uint8)


class Counting:
    """Batches that are the number of the step."""

    seed, steps_per_epoch = 5, 10

    def steps(self, epochs):
        return int(10 * epochs)

    def place(self, step):
        return step // 10, step % 10, 1

    def __call__(self, step):
        return (torch.tensor(float(step)),)


@dataclass
class Model:
    net: nn.Module
    opt: torch.optim.Optimizer
    step: int = 0

    def after_step(self):
        self.step += 1


def model(lr=0.1):
    net = nn.Linear(1, 1)
    return Model(net, torch.optim.SGD(net.parameters(), lr=lr))


def log_batch(model, number):
    return {"number": number, "random": torch.rand(())}


def tiny_batches():
    from gan_utils.data import Batches

    return Batches(IMAGES, batch_size=16, latent_dim=64, seed=1)


def test_fit_hands_out_each_step_once_and_in_order():
    history = fit(log_batch, model(), Counting(), epochs=2)
    assert history["number"].tolist() == list(range(20))
    assert len(history["seconds"]) == 20 and (np.diff(history["seconds"]) > 0).all()


def test_fit_goes_on_where_the_model_stands():
    half = model()
    first = fit(log_batch, half, Counting(), steps=8)
    second = fit(log_batch, half, Counting(), steps=20, history=first)
    whole = fit(log_batch, model(), Counting(), steps=20)
    for name in ("number", "random"):
        assert second[name].tolist() == whole[name].tolist()
    assert (np.diff(second["seconds"]) > 0).all()


def test_random_numbers_in_a_step_depend_on_seed_and_step_and_leave_yours_alone():
    trained = model()
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    first = fit(log_batch, trained, Counting(), steps=5)["random"]
    assert torch.equal(torch.rand(2), expected)
    assert (
        first.tolist()
        == fit(log_batch, model(), Counting(), steps=5)["random"].tolist()
    )
    assert len(set(first)) == 5
    other = Counting()
    other.seed = 6
    assert first.tolist() != fit(log_batch, model(), other, steps=5)["random"].tolist()


def test_fit_leaves_denormal_numbers_as_they_were():
    fit(log_batch, model(), Counting(), steps=1)
    assert (torch.tensor(1e-30) * 1e-10).item() > 0


def test_an_empty_history_is_filled_not_replaced():
    history = History()
    assert fit(log_batch, model(), Counting(), steps=2, history=history) is history
    assert len(history) == 2


def test_fit_needs_a_length():
    with pytest.raises(ValueError, match="epochs=, steps= or seconds="):
        fit(log_batch, model(), Counting())


@pytest.mark.parametrize("name", ["epochs", "steps", "seconds"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1])
def test_a_length_that_is_none_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=f"^fit: {name}={value!r} must be a number, 0"):
        fit(log_batch, model(), Counting(), **{name: value})


def test_no_seconds_are_no_steps():
    assert len(fit(log_batch, model(), Counting(), seconds=0)) == 0


def test_seconds_end_the_run():
    history = fit(log_batch, model(), Counting(), seconds=0.05)
    assert history.stopped == "time is up"
    assert history["seconds"][-1] >= 0.05 > history["seconds"][-2]


def test_a_resumed_run_without_time_left_makes_no_step():
    trained = model()
    history = fit(log_batch, trained, Counting(), seconds=0.05)
    done = trained.step
    again = fit(log_batch, trained, Counting(), seconds=0.05, history=history)
    assert trained.step == done and again.stopped == "time is up"


@pytest.mark.parametrize(
    "progress, factor", [(0.0, 1.0), (0.5, 1.0), (0.75, 0.5), (0.9, 0.2), (1.0, 0.0)]
)
def test_linear_decay(progress, factor):
    assert linear_decay(progress) == pytest.approx(factor)
    assert constant(progress) == 1.0


def test_schedule_sets_the_rate_of_every_step_from_the_first_rate():
    trained = model(lr=0.2)
    rates = []

    def step(model, number):
        rates.append(model.opt.param_groups[0]["lr"])
        return {"number": number}

    fit(step, trained, Counting(), steps=4, schedule=linear_decay)
    assert rates == pytest.approx([0.2, 0.2, 0.2, 0.1])


def test_divergence_stops_the_run_and_keeps_no_nan():
    def step(model, number):
        return {"d_loss": torch.where(number == 7, torch.nan, number)}

    trained = model()
    with pytest.raises(TrainingDiverged, match="d_loss became nan at step 8"):
        fit(step, trained, Counting(), steps=10)


def test_ctrl_c_ends_after_the_step_and_keeps_everything():
    def step(model, number):
        if number == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return {"number": number}

    before = signal.getsignal(signal.SIGINT)
    trained = model()
    history = fit(step, trained, Counting(), steps=100)
    assert history.stopped == "interrupted" and trained.step == 4 == len(history)
    assert signal.getsignal(signal.SIGINT) is before
    assert len(fit(log_batch, trained, Counting(), steps=6)) == 2


def test_a_second_ctrl_c_stops_at_once():
    def step(model, number):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        return {"number": number}

    with pytest.raises(KeyboardInterrupt):
        fit(step, model(), Counting(), steps=100)


def test_callbacks_see_start_every_step_and_end():
    class Watch(Callback):
        seen = []

        def start(self, run):
            self.seen.append(("start", run.progress))

        def step(self, run):
            self.seen.append((run.model.step, run.progress))

        def end(self, run):
            self.seen.append(("end", run.stopped))

    fit(log_batch, model(), Counting(), steps=2, callbacks=[Watch()])
    assert Watch.seen == [("start", 0.0), (1, 0.5), (2, 1.0), ("end", "")]


def test_the_first_callback_starts_first_and_is_the_last_after_a_step():
    seen = []

    class Watch(Callback):
        def __init__(self, name):
            self.name = name

        def start(self, run):
            seen.append(f"start {self.name}")

        def step(self, run):
            seen.append(f"step {self.name}")

    fit(log_batch, model(), Counting(), steps=1, callbacks=[Watch("a"), Watch("b")])
    assert seen == ["start a", "start b", "step b", "step a"]


def test_networks_compute_in_bf16_but_hand_on_float32():
    seen = {}

    def step(model, number):
        model.net.register_forward_pre_hook(lambda *_: None)
        seen["out"] = model.net(torch.ones(1, 1)).dtype
        seen["autocast"] = torch.is_autocast_enabled("cpu")
        return {"number": number}

    trained = model()
    fit(step, trained, Counting(), steps=1, precision="bf16")
    assert seen == {"out": torch.float32, "autocast": True}
    assert len(trained.net._forward_hooks) == 0
    fit(step, trained, Counting(), steps=2, precision="fp32")
    assert seen == {"out": torch.float32, "autocast": False}


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_second_forward_pass_in_a_step_sees_the_weights_just_updated(precision):
    """Autocast would otherwise keep the converted weights from before the update."""
    seen = []

    def step(model, number):
        x = torch.ones(1, 1)
        seen.append(model.net(x).item())
        with torch.no_grad():
            model.net.weight.fill_(100.0)
        seen.append(model.net(x).item())
        return {"number": number}

    fit(step, model(), Counting(), steps=1, precision=precision)
    assert abs(seen[0]) < 3 and abs(seen[1] - 100) < 3


@pytest.mark.parametrize("name", LESSONS)
def test_a_step_of_d_leaves_g_alone_and_the_reverse(name):
    """The order of the step: G's weights still before D's turn, D's after it."""
    gan = build(RECIPES[name], seed=0)
    order = []
    for player in ("G", "D"):
        optimiser = getattr(gan, f"opt_{player}")
        optimiser.register_step_pre_hook(
            lambda *_, p=player: order.append((p, _gradients(gan.G), _gradients(gan.D)))
        )
    fit(RECIPES[name].step, gan, tiny_batches(), steps=1)
    assert [entry[0] for entry in order] == ["D", "G"]
    assert order[0][1:] == (False, True), "D's turn gives no gradient to G"
    assert order[1][1:] == (True, True)


def _gradients(net):
    return any(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())


def test_d_turn_changes_d_only_and_g_turn_g_only():
    gan = build(Recipe(), seed=0)
    weights = {"G": next(gan.G.parameters()), "D": next(gan.D.parameters())}
    before = {name: w.detach().clone() for name, w in weights.items()}
    changed = []

    def note(*_):
        changed.append([n for n in "GD" if not torch.equal(weights[n], before[n])])

    gan.opt_D.register_step_post_hook(note)
    gan.opt_G.register_step_post_hook(note)
    fit(Recipe().step, gan, tiny_batches(), steps=1)
    assert changed == [["D"], ["G", "D"]]
