"""Verdicts on the classics' claims follow their stated rules."""

import json

import check_claims
import pytest
from check_claims import NOT, PART, SEEN


def keras_line(step, d, accuracy, g):
    return f"{step} [D loss: {d:f}, acc.: {accuracy:.2f}%] [G loss: {g:f}]"


def keras_log(change):
    lines = []
    for step, (d, accuracy, g) in check_claims.KERAS_LOG.items():
        d, g = change(step, d, g)
        lines.append(keras_line(step, d, accuracy, g))
    return "\n".join(lines)


@pytest.mark.parametrize(
    "change, expected",
    [
        (lambda step, d, g: (d, g), SEEN),
        (lambda step, d, g: (d + 0.1, g - 0.1), SEEN),
        (lambda step, d, g: (d, g + step / 100_000), PART),
        (lambda step, d, g: (0.6, g), NOT),
    ],
    ids=["same", "near", "same direction", "flat"],
)
def test_losses_are_compared_at_all_eight_points(change, expected):
    found = check_claims.losses(keras_log(change))
    assert found["verdict"] == expected and "0.68 -> 0.48" in found["claim"]


@pytest.mark.parametrize(
    "counts, expected",
    [
        ([100, 200, 20, 100, 100, 100, 100, 100, 20, 100], SEEN),
        ([100, 200, 90, 100, 100, 100, 100, 100, 20, 100], PART),
        ([100] * 10, NOT),
    ],
)
def test_imbalance_needs_many_ones_and_few_twos_and_eights(counts, expected):
    assert check_claims.imbalance({"class_counts": counts})["verdict"] == expected


def test_what_luck_alone_gives_stands_beside_the_count():
    measured = check_claims.imbalance({"class_counts": [100] * 10})["measured"]
    assert "a chance of 1%, no 2 and no 8 with one of 0%" in measured
    assert check_claims.at_least(0, 25, 0.3) == pytest.approx(1)
    assert check_claims.at_least(2, 2, 0.5) == pytest.approx(0.25)


def trainings(*rows):
    """Rows of three moments, at epochs 1, 6 and 27, and an end: an FD for each."""
    at = check_claims.STEPS_PER_EPOCH

    def kept(epoch, fd):
        return {"step": epoch * at, "coverage": 0.1, "fd": fd}

    return [
        {
            "milestones": [kept(1, a), kept(6, b), kept(27, c), kept(46, c)],
            "first": {"metrics": {"fd": end}},
        }
        for a, b, c, end in rows
    ]


@pytest.mark.parametrize(
    "rows, early, late",
    [
        ([(200, 190, 20, 10), (200, 150, 20, 10)], SEEN, SEEN),
        ([(200, 190, 20, 10), (200, 50, 20, 19)], PART, PART),
        ([(200, 40, 20, 19), (200, 50, 20, 21)], NOT, NOT),
    ],
)
def test_noise_and_sharpness_are_told_from_all_trainings(rows, early, late):
    noise, sharp = check_claims.smooth(trainings(*rows))
    assert (noise["verdict"], sharp["verdict"]) == (early, late)
    assert noise["measured"].count("FD 200 and coverage 0.10 at epoch 1.0") == 2
    assert "usual ones" in noise["setting"] and "usual ones" in sharp["setting"]


def test_tensorflow_prints_the_losses_of_the_end_of_an_epoch(monkeypatch):
    steps = list(range(1, 469))
    late = [step % 234 > 224 or step % 234 == 0 for step in steps]
    g = [0.85 if end else 9.0 for end in late]
    d = [1.3 if end else 9.0 for end in late]
    history = {"step": steps, "g_loss": g, "d_loss": d}
    monkeypatch.setattr(check_claims, "shipped", lambda *_: json.dumps(history))
    first, second = check_claims.tensorflow([])
    assert (first["verdict"], second["verdict"]) == (SEEN, SEEN)
    history["d_loss"][-1] = 9.0  # one batch does not decide, all of them do
    assert list(check_claims.tensorflow([]))[1]["verdict"] == NOT


def test_nothing_is_said_not_to_hold(project):
    """Of other people's results: what we could not reproduce, in which setting."""
    for claim in json.loads((project / "weights/scores.json").read_text())["claims"]:
        assert claim["verdict"] in (SEEN, PART, NOT) and len(claim["setting"]) > 10
