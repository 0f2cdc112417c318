"""The rules on made-up numbers; `test_live` has them on trainings that really fail."""

import numpy as np
import pytest
import torch

from gan_utils.callbacks import diagnosis
from gan_utils.callbacks.diagnosis import Signs, diagnose, read_signs
from gan_utils.engine.history import History

DIGITS = tuple("0123456789")
LOSSES = ("d_loss", "g_loss")
EVEN = np.full(10, 0.1)


def signs(**changes):
    values = {"step": 1000, "real_score": 0.7, "fake_score": 0.3}
    return Signs(**{**values, "shares": EVEN, "classes": DIGITS, **changes})


def shares(**given):
    """Shares of classes by name ("d1" is digit 1); the others get equal parts."""
    found = np.full(10, (1 - sum(given.values())) / (10 - len(given)))
    for name, share in given.items():
        found[int(name[1:])] = share
    return found


@pytest.mark.parametrize(
    "changes, state, sentence",
    [
        (
            {},
            "balanced",
            "Balanced: D gives real pictures 0.70, fakes 0.30; D leads by 0.40. All "
            "classes are there, 0 least (10%).",
        ),
        ({"step": 100}, "early", "Step 100: too early to say."),
        (
            {"real_score": 0.99, "fake_score": 0.02},
            "d_wins",
            "D is winning: D gives real pictures 0.99, fakes 0.02. Watch whether G "
            "still learns.",
        ),
        (
            {"real_score": 0.99, "fake_score": 0.02, "gradient": 0.001},
            "d_wins",
            "D is winning: D gives real pictures 0.99, fakes 0.02, and its gradient to "
            "G has nearly vanished.",
        ),
        (
            {"real_score": 0.4, "fake_score": 0.9, "losses": (57.0, 0.7)},
            "losses_far_off",
            "d_loss is 57.0, and a D that guesses has 1.4. Is a zero_grad() missing, "
            "or a learning rate too high?",
        ),
        (
            {"real_score": 1.0, "fake_score": 0.0, "losses": (0.0, 0.001)},
            "nothing_to_want",
            "D gives fakes 0.00, and g_loss is zero as well. Are G's targets swapped, "
            "or does its loss saturate?",
        ),
        (
            {"real_score": 0.58, "fake_score": 0.54, "lowest": 0.52},
            "second_sigmoid",
            "No score leaves 0.50 to 0.73. Does D end in a sigmoid of its own?",
        ),
        (
            {"shares": shares(d7=0.41, d1=0.4)},
            "collapses",
            "1 and 7 make up 81% of the samples: modes are collapsing.",
        ),
        (
            {"shares": shares(d3=0.6)},
            "collapses",
            "3 alone makes up 60% of the samples: modes are collapsing.",
        ),
        (
            {"real_score": 0.51, "fake_score": 0.48},
            "d_cannot_tell",
            "D cannot tell: D gives real pictures 0.51, fakes 0.48. Good pictures mean "
            "that G has won, bad ones that D has died.",
        ),
        (
            {"shares": shares(d2=0.0, d5=0.004)},
            "class_is_missing",
            "Hardly any 2, 5 among the samples: a mode is missing.",
        ),
        (
            {"shares": None},
            "balanced",
            "Balanced: D gives real pictures 0.70, fakes 0.30; D leads by 0.40.",
        ),
    ],
)
def test_each_rule_has_its_sentence(changes, state, sentence):
    assert diagnose(signs(**changes)) == (state, sentence)


def test_a_vanished_gradient_is_a_worry_only_where_d_wins():
    assert diagnose(signs(gradient=0.0))[0] == "balanced"


def test_a_g_that_wants_a_lot_is_not_one_with_swapped_targets():
    sure = {"real_score": 1.0, "fake_score": 0.0}
    assert diagnose(signs(**sure, losses=(0.0, 11.0)))[0] == "d_wins"


@pytest.mark.parametrize("change", [{"lowest": 0.49}, {"real_score": 0.75}])
def test_a_score_outside_the_range_of_a_second_sigmoid_excludes_it(change):
    near = {"real_score": 0.6, "fake_score": 0.55, "lowest": 0.51, **change}
    assert diagnose(signs(**near))[0] != "second_sigmoid"


def history(real, fake, steps=250):
    found = History()
    for step in range(steps):
        late = step >= steps - diagnosis.WINDOW
        losses = {name: torch.tensor(2.0 if late else 0.0) for name in LOSSES}
        found.append({"D(x)": torch.tensor(real if late else 0.5), **losses}, step)
    for row, (logs, _) in enumerate(found._pending):
        logs["D(G(z)) before"] = torch.tensor(fake if row >= steps - 100 else 0.5)
    return found


def test_signs_are_the_means_of_the_last_steps_only(monkeypatch):
    monkeypatch.setattr(History, "FLUSH", 1000)
    found = read_signs(history(0.9, 0.2), 250, counts=[3, 1], classes=("a", "b"))
    assert found.real_score == pytest.approx(0.9)
    assert found.fake_score == pytest.approx(0.2)
    assert found.shares.tolist() == [0.75, 0.25]
    assert found.losses == (2.0, 2.0) and found.lowest == pytest.approx(0.2)


def test_classes_do_not_count_before_there_can_be_digits(monkeypatch):
    monkeypatch.setattr(History, "FLUSH", 1000)
    early = {"progress": 0.1, "counts": [9, 0], "classes": ("a", "b")}
    found = read_signs(history(0.7, 0.3), 250, **early)
    assert found.shares is None and diagnose(found)[0] == "balanced"


def test_a_step_that_logs_no_scores_has_no_signs():
    found = History()
    found.append({"d_loss": torch.tensor(1.0)}, 0.1)
    assert read_signs(found, 1) is None
