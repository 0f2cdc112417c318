"""Where a step's time goes, and what a busy machine costs: what their numbers mean."""

import os
import time
from types import SimpleNamespace

import busy
import pytest
import step_profile
import torch

from gan_utils.engine.threads import Threads
from gan_utils.recipes import RECIPES


@pytest.mark.parametrize(
    "operator, part",
    [
        ("aten::mm", "products"),
        ("aten::mkldnn_convolution", "convolutions"),
        ("aten::convolution_backward", "convolutions"),
        ("aten::_fused_adam_", "Adam"),
        ("Optimizer.step#Adam.step", "Adam"),
        ("aten::copy_", "conversions"),
        ("aten::lerp_", "average of G"),
        ("aten::native_batch_norm_backward", "activations and norms"),
        ("aten::empty", "the rest"),
    ],
)
def test_an_operator_belongs_to_one_part(operator, part):
    assert step_profile.part_of(operator) == part


def test_the_shares_of_a_step_are_a_whole_and_products_have_the_most():
    net = torch.nn.Linear(1000, 1000)
    adam = torch.optim.SGD(net.parameters(), lr=0.1)

    def train(steps):
        for _ in range(steps):
            adam.zero_grad()
            net(torch.ones(500, 1000)).mean().backward()
            adam.step()

    found = step_profile.shares(train)
    assert sum(found.values()) == pytest.approx(1, abs=0.01)
    assert max(found, key=found.get) == "products"


def test_the_time_beside_others_is_told_in_times_of_the_time_alone():
    alone, beside = (
        {"ms": [10, 12, 11], "on_one": [0]},
        {"ms": [40, 44, 60], "on_one": [0]},
    )
    rows = {"fixed": {"alone": alone, "beside Python": beside}}
    rows["watched"] = {"alone": alone, "beside Python": {"ms": [22], "on_one": [1]}}
    found = busy.times_alone(rows)
    assert found["fixed"] == {"alone": 1.0, "beside Python": 4.0}
    assert found["watched"]["beside Python"] == 2.0


@pytest.mark.parametrize("fixed, most", [(True, 1), (False, 2)])
def test_a_stretch_with_fixed_threads_has_no_watch_and_leaves_no_trace(
    monkeypatch, fixed, most
):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    gan, history, seen = SimpleNamespace(step=0), SimpleNamespace(on_one=1), []

    def fit(step, gan, batches, **how):
        seen.append(Threads().most)
        gan.step += 4
        return history

    monkeypatch.setattr(busy, "fit", fit)
    _, on_one = busy.stretch(RECIPES["mlp"], gan, None, 1, "fp32", fixed=fixed)
    assert seen == [most] and on_one == 0.25
    assert "OMP_NUM_THREADS" not in os.environ


def test_the_company_computes_meanwhile_and_is_gone_afterwards(monkeypatch, tmp_path):
    monkeypatch.setattr(busy, "WARM_UP", 0.0)
    mark = tmp_path / "x"
    with busy.company(f"open({str(mark)!r}, 'w')\nwhile True: pass"):
        end = time.monotonic() + 60
        while not mark.exists() and time.monotonic() < end:
            time.sleep(0.05)
        assert mark.exists()
