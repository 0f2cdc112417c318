"""What the series claims, checked against the numbers of a run.

A conclusion is a notebook, a sentence, and a rule: {notebook: {metric: number}} of one
seed (`record.metrics`) -> bool. A rule whose numbers are missing says nothing.
"""

import math

VANILLA, DCGAN, TRICKS = "02_vanilla_gan", "03_dcgan", "04_stabilization_tricks"
PLANE, ZOO, CONTROL = "07_two_dimensions", "08_failure_zoo", "09_control"
MODERN = "10_to_modern"


def between(notebook, name, low=-math.inf, high=math.inf):
    """A rule: a number of a notebook is in [low, high]."""
    return lambda found: low <= found[notebook][name] <= high


def less(notebook, name, other):
    """A rule: of two numbers of a notebook the first is the smaller one."""
    return lambda found: found[notebook][name] < found[notebook][other]


def fewer_pixels(found):
    """A rule: 03 leaves fewer lonely pixels than 02."""
    return found[DCGAN]["lonely pixels"] < found[VANILLA]["lonely pixels"]


def noise(found):
    """A rule: A's d_loss is as good as zero, and the judge sees one class in it."""
    lesson = found[TRICKS]
    return lesson["d_loss, A"] < 0.05 and lesson["classes, A"] == 1


def varied(found):
    """A rule: batch norm in G gives B back what it lacks."""
    lesson = found[TRICKS]
    return lesson["variety, B with batch norm in G"] > 5 * lesson["variety, B"]


def tamed(found):
    """A rule: ten classes, and less than half the distance of every other GAN of 04."""
    others = {k: v for k, v in found[TRICKS].items() if k.startswith("distance, ")}
    best = others.pop("distance, tamed")
    return found[TRICKS]["classes, tamed"] == 10 and 2 * best < min(others.values())


def all_modes(found):
    """A rule: the game of pairs with a flat D serves the whole ring, nearly always."""
    return found[PLANE]["modes, ring"] == 8 and found[PLANE]["high quality, ring"] > 90


def no_bridges(found):
    """A rule: most points that no mode has are gone once the latent is cut."""
    bad = {k: 100 - found[PLANE][f"high quality, {k}"] for k in ("connected", "cut")}
    return 2 * bad["cut"] < bad["connected"]


# A GAN of notebook 04 with less variety draws one picture, whatever the latent.
one_picture = between(TRICKS, "variety, B", high=0.02)
still_one = between(TRICKS, "variety, B, more G", high=0.02)
named = between(ZOO, "named, rules", low=13)
asleep = between(ZOO, "same bits, sleepers", 2, 2)  # each alone, not both
obeys = between(CONTROL, "obeyed, with labels", low=80)  # four of five; by luck: 10
more_to_read = less(CONTROL, "legible, without labels", "legible, with labels")
found_again = less(CONTROL, "error, ten digits", "nearest, ten digits")
averaged = less(MODERN, "distance, its average", "distance, G itself")

CONCLUSIONS = (
    (VANILLA, "The MLP draws all ten digits", between(VANILLA, "classes", 10, 10)),
    (DCGAN, "The DCGAN draws all ten digits", between(DCGAN, "classes", 10, 10)),
    (DCGAN, "Convolutions leave fewer lonely pixels than the MLP", fewer_pixels),
    (TRICKS, "Patient A ends as noise, while D is never wrong", noise),
    (TRICKS, "Patient B draws one picture for every latent", one_picture),
    (TRICKS, "So it does with five updates of G for one of D", still_one),
    (TRICKS, "Batch norm in G gives B its variety back", varied),
    (TRICKS, "The tamed GAN draws all digits, far nearer than one trick", tamed),
    (PLANE, "Pairs and a flat D keep all modes of the ring", all_modes),
    (PLANE, "A cut latent draws less than half of the points on bridges", no_bridges),
    (ZOO, "The rules name at least 13 of 15 planted faults", named),
    (ZOO, "No detach, or G in D's optimiser: each alone changes no bit", asleep),
    (CONTROL, "Asked for a digit, a GAN that was taught labels draws it", obeys),
    (CONTROL, "With labels, more digits can be read in equal steps", more_to_read),
    (CONTROL, "G paints unseen digits better than the nearest image", found_again),
    (MODERN, "The average of G is nearer to real digits than G itself", averaged),
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
