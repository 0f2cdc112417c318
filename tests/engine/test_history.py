import json

import numpy as np
import pytest
import torch

from gan_utils.engine.history import History, TrainingDiverged


def filled(n=250):
    history = History()
    for i in range(n):
        history.append(
            {"a": torch.tensor(float(i)), "b": torch.tensor(0.5)}, seconds=i / 10
        )
    return history


def test_columns_hold_every_row_in_order():
    history = filled()
    assert history["a"].tolist() == list(range(250))
    assert history["b"].mean() == 0.5 and history.seconds == 24.9
    assert (
        history.names == ["a", "b", "seconds"] and "a" in history and "c" not in history
    )


def test_unknown_column_is_named():
    with pytest.raises(KeyError, match="no column 'c'; there are a, b, seconds"):
        filled()["c"]


def test_rows_keep_no_graph():
    history = History()
    weight = torch.ones(1, requires_grad=True)
    history.append({"a": (weight * 2).sum()}, seconds=1.0)
    assert history["a"].tolist() == [2.0]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_rows_that_are_not_finite_are_refused(bad):
    history = filled(5)
    history.append({"a": torch.tensor(1.0), "b": torch.tensor(bad)}, seconds=1.0)
    with pytest.raises(TrainingDiverged, match=f"b became {bad} at step 6"):
        history.flush()
    assert len(history["a"]) == 5


def test_thinned_keeps_first_and_last_and_is_valid_json():
    thin = filled().thinned(rows=10)
    assert len(thin["step"]) == 10 and thin["step"][0] == 1 and thin["step"][-1] == 250
    assert thin["a"] == [step - 1.0 for step in thin["step"]]
    json.dumps(thin, allow_nan=False)


def test_state_round_trip():
    history, copy = filled(), History()
    copy.load_state_dict(history.state_dict())
    assert np.array_equal(copy["a"], history["a"]) and copy.seconds == history.seconds
