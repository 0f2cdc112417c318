"""The name that was perhaps meant, and errors with their remedy."""

import pytest

from gan_utils.support.words import DataError, did_you_mean

KNOWN = ("auto", "mnist", "Fashion", "offline")


@pytest.mark.parametrize(
    ("name", "near"),
    [("mnsit", "mnist"), ("FASION", "Fashion"), ("zzz", None), ("", None), (7, None)],
)
def test_the_nearest_name_whatever_its_case(name, near):
    remedy = f"did you mean {near!r}?" if near else f"known: {', '.join(KNOWN)}"
    assert did_you_mean(name, KNOWN) == remedy


def test_without_a_cutoff_any_name_is_near():
    assert did_you_mean("zzz", KNOWN, cutoff=0).startswith("did you mean")
    assert did_you_mean("zzz", []) == "known: "


def test_the_remedy_is_the_nearest_name_or_all_of_them():
    assert did_you_mean("ofline", KNOWN) == "did you mean 'offline'?"
    assert did_you_mean("zzz", KNOWN) == "known: auto, mnist, Fashion, offline"


def test_an_error_keeps_its_reason_apart_from_the_remedy():
    error = DataError("no data", "connect")
    assert (str(error), error.reason) == ("no data; connect", "no data")
    assert str(DataError("no data")) == "no data"
