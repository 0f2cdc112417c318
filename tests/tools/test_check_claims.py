"""Verdicts on the classics' claims follow their stated rules."""

import check_claims
import pytest


def keras_line(step, d, accuracy, g):
    return f"{step} [D loss: {d:f}, acc.: {accuracy:.2f}%] [G loss: {g:f}]"


def keras_log(change):
    lines = []
    for step, (d, accuracy, g) in check_claims.KERAS_LOG.items():
        d, g = change(step, d, g)
        lines.append(keras_line(step, d, accuracy, g))
    return "\n".join(lines)


def verdict(counts, fd=5.0, precision=0.8):
    found = {"n": sum(counts), "class_counts": counts}
    found["metrics"] = {"fd": fd, "precision": precision}
    return found | {"floors": {"precision": [0.9, 0.0]}}


EVEN = [100] * 10


@pytest.mark.parametrize(
    "change, expected",
    [
        (lambda step, d, g: (d, g), "holds"),
        (lambda step, d, g: (d + 0.1, g - 0.1), "holds"),
        (lambda step, d, g: (d, g + step / 100_000), "the direction holds"),
        (lambda step, d, g: (0.6, g), "does not hold"),
    ],
    ids=["same", "near", "same direction", "flat"],
)
def test_losses_are_compared_at_all_eight_points(change, expected):
    row = {"first": verdict(EVEN)}
    found, _ = check_claims.fullbatch(row, keras_log(change))
    assert found["verdict"] == expected and "0.68 -> 0.48" in found["claim"]


@pytest.mark.parametrize(
    "counts, expected",
    [
        ([100, 200, 20, 100, 100, 100, 100, 100, 20, 100], "holds"),
        ([100, 200, 90, 100, 100, 100, 100, 100, 20, 100], "holds in part"),
        (EVEN, "does not hold"),
    ],
)
def test_imbalance_needs_many_ones_and_few_twos_and_eights(counts, expected):
    assert check_claims.imbalance(verdict(counts))["verdict"] == expected


def smooth_row(early, middle_fd, last_fd):
    at = check_claims.STEPS_PER_EPOCH
    kept = [
        {"step": 2 * at, "precision": 0.1, "fd": 90.0},
        {"step": 6 * at, "precision": early, "fd": 60.0},
        {"step": 27 * at, "precision": 0.7, "fd": middle_fd},
        {"step": 46 * at, "precision": 0.7, "fd": last_fd},
    ]
    return {"first": verdict(EVEN, fd=last_fd), "milestones": kept}


def test_noise_means_a_low_precision_before_epoch_ten():
    noise, sharp = check_claims.smooth(smooth_row(0.1, 20.0, 10.0), "")
    assert (noise["verdict"], sharp["verdict"]) == ("holds", "holds")
    noise, sharp = check_claims.smooth(smooth_row(0.7, 20.0, 19.5), "")
    assert noise["verdict"].startswith("does not hold")
    assert sharp["verdict"].startswith("does not hold")
    assert "0.10 at epoch 2.0, 0.70 at epoch 6.0" in noise["measured"]


def test_log_lines_of_tensorflow_are_compared_epoch_by_epoch():
    log = "Epoch 1, Gen Loss: 0.9000, Disc Loss: 1.3000\n"
    log += "Epoch 2, Gen Loss: 2.0000, Disc Loss: 1.2000\n"
    first, second = check_claims.tensorflow({}, log)
    assert first["verdict"] == "holds"
    assert second["verdict"] == "does not hold: 95% apart"
