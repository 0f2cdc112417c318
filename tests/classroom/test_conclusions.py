from classroom.report import conclusions
from classroom.report.conclusions import (
    CONCLUSIONS,
    CONTROL,
    DCGAN,
    MODERN,
    PLANE,
    TRICKS,
    VANILLA,
    ZOO,
)

LESSON = {
    "d_loss, A": 0.001,
    "classes, A": 1,
    "variety, B": 0.001,
    "variety, B, more G": 0.002,
    "variety, B with batch norm in G": 0.3,
    "classes, tamed": 10,
    "distance, A": 400.0,
    "distance, B with batch norm in G": 50.0,
    "distance, tamed": 5.0,
}
LABELS = {
    "obeyed, with labels": 97.0,
    "legible, with labels": 90.0,
    "legible, without labels": 70.0,
    "error, ten digits": 0.005,
    "nearest, ten digits": 0.02,
}
OTHER = {"d_loss, A": 0.4, "variety, B": 0.2, "variety, B, more G": 0.1}
GOOD = {
    VANILLA: {"classes": 10, "lonely pixels": 3.0},
    DCGAN: {"classes": 10, "lonely pixels": 0.1},
    TRICKS: LESSON,
    CONTROL: LABELS,
    MODERN: {"distance, G itself": 9.0, "distance, its average": 5.0},
    PLANE: {
        "modes, ring": 8,
        "high quality, ring": 95.0,
        "high quality, connected": 85.0,
        "high quality, cut": 97.0,
    },
    ZOO: {"named, rules": 14, "same bits, sleepers": 2},
}
BAD = {
    VANILLA: {"classes": 9, "lonely pixels": 0.1},
    DCGAN: {"classes": 3, "lonely pixels": 0.2},
    TRICKS: LESSON | OTHER | {"classes, tamed": 9},
    CONTROL: {name: 1.0 for name in LABELS},
    MODERN: {"distance, G itself": 5.0, "distance, its average": 9.0},
    PLANE: GOOD[PLANE] | {"modes, ring": 7, "high quality, cut": 90.0},
    ZOO: {"named, rules": 12, "same bits, sleepers": 3},
}


def test_every_conclusion_can_hold_and_can_fail():
    for entry in conclusions.check_claims({0: GOOD, 4: BAD}):
        assert (entry["held"], entry["failed"], entry["unknown"]) == ([0], [4], [])


def test_missing_numbers_say_nothing():
    entries = conclusions.check_claims({0: {VANILLA: GOOD[VANILLA]}, 1: {}})
    known = [entry["text"] for entry in entries if entry["held"]]
    assert known == ["The MLP draws all ten digits"]
    assert all(1 in entry["unknown"] for entry in entries)


def test_the_conclusions_are_those_of_the_notebooks(project):
    for notebook, *_ in CONCLUSIONS:
        assert (project / f"notebooks/{notebook}.ipynb").is_file()


def test_one_trick_that_is_as_good_refutes_that_it_takes_more():
    rule = next(rule for *_, rule in CONCLUSIONS if rule is conclusions.tamed)
    assert rule({TRICKS: LESSON})
    assert not rule({TRICKS: LESSON | {"distance, A with R1": 9.0}})
