"""What the series claims, checked against the numbers of a run.

A conclusion is a sentence and a rule on the metrics of one seed (`record.metrics`), by
notebook. A rule whose numbers are missing says nothing.
"""

from typing import NamedTuple

VANILLA, DCGAN, TRICKS = "02_vanilla_gan", "03_dcgan", "04_stabilization_tricks"


class Conclusion(NamedTuple):
    """text: the claim. holds: {notebook: {metric: number}} -> bool."""

    notebook: str
    text: str
    holds: object


def better(name, than):
    """A rule: the row `name` of notebook 04 has a smaller distance than another."""
    rows = [f"distance, {row}" for row in (name, than)]
    return lambda found: found[TRICKS][rows[0]] < found[TRICKS][rows[1]]


CONCLUSIONS = (
    Conclusion(
        VANILLA,
        "The MLP draws all ten digits",
        lambda found: found[VANILLA]["classes"] == 10,
    ),
    Conclusion(
        DCGAN,
        "The DCGAN draws all ten digits",
        lambda found: found[DCGAN]["classes"] == 10,
    ),
    Conclusion(
        DCGAN,
        "Convolutions leave fewer lonely pixels than the MLP",
        lambda found: found[DCGAN]["lonely pixels"] < found[VANILLA]["lonely pixels"],
    ),
    Conclusion(
        TRICKS, "The hinge loss beats the baseline", better("hinge", "baseline")
    ),
    Conclusion(TRICKS, "R1 beats the baseline", better("R1", "baseline")),
    Conclusion(
        TRICKS,
        "Wasserstein without a penalty is worse than the baseline",
        better("baseline", "Wasserstein"),
    ),
    Conclusion(
        TRICKS,
        "Four cheap tricks together beat the baseline",
        better("together", "baseline"),
    ),
)


def check_claims(by_seed):
    """[{"notebook", "text", "held": [seeds], "failed": [seeds], "unknown": [seeds]}].

    by_seed: {seed: {notebook: {metric: number}}}, whole runs only.
    """
    entries = []
    for conclusion in CONCLUSIONS:
        entry = {"notebook": conclusion.notebook, "text": conclusion.text}
        entry |= {"held": [], "failed": [], "unknown": []}
        for seed, found in by_seed.items():
            entry[_outcome(conclusion, found)].append(seed)
        entries.append(entry)
    return entries


def _outcome(conclusion, found):
    try:
        return "held" if conclusion.holds(found) else "failed"
    except KeyError:
        return "unknown"
