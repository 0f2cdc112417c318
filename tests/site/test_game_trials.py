"""What the page of the game promises of its trials, with a few of the ten seeds."""

import game_trials
import numpy as np
import pytest
from game_in_node import in_node

QUICK, LONG = (0, 1, 2), (0, 1)


def test_the_list_is_that_of_the_page():
    keys = in_node("return GAME_TRIALS.map(({ key }) => key);")
    assert tuple(keys) == game_trials.KEYS


@pytest.mark.parametrize("seed", QUICK)
def test_d_alone_shouts_and_moves_no_dot(seed):
    before, after = game_trials.trial("D only", seed)
    assert before["fakes"] == after["fakes"]
    assert before["field"] != after["field"]
    assert after["d_loss"] < before["d_loss"] - 0.2
    assert after["arrow"] > 2 * before["arrow"]


@pytest.mark.parametrize("seed", QUICK)
def test_g_alone_collapses_and_moves_no_field(seed):
    before, after = game_trials.trial("G only", seed)
    assert before["field"] == after["field"]
    assert after["modes"] <= 2
    assert after["discs"] <= 5 < before["discs"]
    moved = np.subtract(before["fakes"], after["fakes"])
    assert np.abs(moved).max() > 0.5


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", LONG)
def test_the_plain_game_loses_modes(seed):
    _, after = game_trials.trial("plain", seed)
    assert 5 <= after["average"] <= 7


@pytest.mark.timeout(600)
@pytest.mark.parametrize("key", ["flat", "flat bce", "mend"])
def test_a_flat_d_keeps_all_modes_and_brings_them_back(key):
    _, after = game_trials.trial(key, 0)
    assert after["average"] == 8 and after["quality"] > 88


@pytest.mark.timeout(600)
def test_the_grid_has_all_modes_and_bridges():
    _, after = game_trials.trial("grid", 0)
    assert after["average"] == 25 and 75 < after["quality"] < 92
