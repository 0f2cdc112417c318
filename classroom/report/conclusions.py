"""What the series claims, checked against the numbers of a run.

A conclusion is a notebook, a sentence, and a rule: {notebook: {metric: number}} of one
seed (`record.metrics`) -> bool. A rule whose numbers are missing says nothing.
"""

VANILLA, DCGAN, TRICKS = "02_vanilla_gan", "03_dcgan", "04_stabilization_tricks"


def all_digits(notebook):
    """A rule: each of the ten digits is among the pictures."""
    return lambda found: found[notebook]["classes"] == 10


def fewer_pixels(found):
    """A rule: 03 leaves fewer lonely pixels than 02."""
    return found[DCGAN]["lonely pixels"] < found[VANILLA]["lonely pixels"]


def better(name, than):
    """A rule: the row `name` of notebook 04 has a smaller distance than another."""
    rows = [f"distance, {row}" for row in (name, than)]
    return lambda found: found[TRICKS][rows[0]] < found[TRICKS][rows[1]]


CHEAP = "Four cheap tricks together beat the baseline"
UNBOUND = "Wasserstein without a penalty is worse than the baseline"
CONCLUSIONS = (
    (VANILLA, "The MLP draws all ten digits", all_digits(VANILLA)),
    (DCGAN, "The DCGAN draws all ten digits", all_digits(DCGAN)),
    (DCGAN, "Convolutions leave fewer lonely pixels than the MLP", fewer_pixels),
    (TRICKS, "The hinge loss beats the baseline", better("hinge", "baseline")),
    (TRICKS, "R1 beats the baseline", better("R1", "baseline")),
    (TRICKS, UNBOUND, better("baseline", "Wasserstein")),
    (TRICKS, CHEAP, better("together", "baseline")),
)


def check_claims(by_seed):
    """[{"notebook", "text", "held": [seeds], "failed": [seeds], "unknown": [seeds]}].

    by_seed: {seed: {notebook: {metric: number}}}, whole runs only.
    """
    entries = []
    for notebook, text, rule in CONCLUSIONS:
        entry = {"notebook": notebook, "text": text}
        entry |= {"held": [], "failed": [], "unknown": []}
        for seed, found in by_seed.items():
            entry[_outcome(rule, found)].append(seed)
        entries.append(entry)
    return entries


def _outcome(rule, found):
    try:
        return "held" if rule(found) else "failed"
    except KeyError:
        return "unknown"
