from classroom.report import conclusions
from classroom.report.conclusions import CONCLUSIONS, DCGAN, TRICKS, VANILLA

GOOD = {
    VANILLA: {"classes": 10, "lonely pixels": 3.0},
    DCGAN: {"classes": 10, "lonely pixels": 0.1},
    TRICKS: {
        "distance, baseline": 30.0,
        "distance, hinge": 20.0,
        "distance, R1": 22.0,
        "distance, Wasserstein": 50.0,
        "distance, together": 15.0,
    },
}
BAD = {
    VANILLA: {"classes": 9, "lonely pixels": 0.1},
    DCGAN: {"classes": 3, "lonely pixels": 0.2},
    TRICKS: {
        "distance, baseline": 10.0,
        "distance, hinge": 20.0,
        "distance, R1": 22.0,
        "distance, Wasserstein": 9.0,
        "distance, together": 15.0,
    },
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
