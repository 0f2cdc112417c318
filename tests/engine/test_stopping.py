import json
import time

import pytest

from classroom.runner.plan import Job
from classroom.runner.pool import TRAINING, Pool
from gan_utils.engine import stopping


@pytest.fixture(autouse=True)
def no_deadline(monkeypatch):
    monkeypatch.delenv(stopping.DEADLINE, raising=False)
    monkeypatch.delenv(stopping.MARKS, raising=False)


def test_a_deadline_that_has_passed_is_up(monkeypatch):
    assert not stopping.is_up()
    monkeypatch.setenv(stopping.DEADLINE, str(time.time() + 60))
    assert not stopping.is_up()
    monkeypatch.setenv(stopping.DEADLINE, str(time.time() - 1))
    assert stopping.is_up()


def jobs():
    return [
        Job(f"{name}.ipynb", {"seed": 0}, f"/x/{name}") for name in ("a", "b", "c", "d")
    ]


WEIGHTS = {"seed-0/a": 10, "seed-0/b": 30, "seed-0/c": 30, "seed-0/d": 30}


@pytest.mark.parametrize(("places", "share"), [(1, 10), (2, 20)])
def test_each_notebook_gets_its_share_of_the_budget(places, share):
    pool = Pool(jobs(), WEIGHTS, [None] * places, None, budget=100)
    first = pool.queue.waiting.pop(0)
    left = pool._share(first) - time.time()
    assert left == pytest.approx(TRAINING * share, abs=0.5)


def test_without_a_budget_there_is_no_deadline():
    pool = Pool(jobs(), WEIGHTS, [None], None)
    assert pool._share(pool.queue.waiting[0]) is None


def test_training_ends_at_the_next_step_and_says_so(monkeypatch, tmp_path, capsys):
    from torch import nn, zeros
    from torch.optim import SGD

    from gan_utils.gan import Gan
    from gan_utils.training import fit

    class Batches:
        seed = 0

        def __call__(self, number):
            if number == 3:
                monkeypatch.setenv(stopping.DEADLINE, str(time.time() - 1))
            return (zeros(2, 1),)

    G, D = nn.Linear(1, 1), nn.Linear(1, 1)
    rates = {"opt_G": SGD(G.parameters(), 0.1), "opt_D": SGD(D.parameters(), 0.1)}
    gan = Gan(G=G, D=D, **rates)
    monkeypatch.setenv(stopping.MARKS, str(tmp_path / "marks"))
    history = fit(lambda gan, x: {"loss": x.sum()}, gan, Batches(), steps=1000)
    assert (gan.step, history.stopped) == (4, stopping.SPENT)
    said = "budget spent: training ended at step 4 of 1,000"
    assert said in capsys.readouterr().out
    assert (tmp_path / "marks").read_text() == said + "\n"
    assert json.dumps(history.thinned())
