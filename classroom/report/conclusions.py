"""What the series claims, checked against the numbers of a run.

A conclusion is a notebook, a sentence, and a rule: {notebook: {metric: number}} of one
seed (`record.metrics`) -> bool. A rule whose numbers are missing says nothing.
"""

VANILLA, DCGAN, TRICKS = "02_vanilla_gan", "03_dcgan", "04_stabilization_tricks"
PLANE, ZOO, CONTROL = "07_two_dimensions", "08_failure_zoo", "09_control"
MODERN = "10_to_modern"


def all_digits(notebook):
    """A rule: each of the ten digits is among the pictures."""
    return lambda found: found[notebook]["classes"] == 10


def fewer_pixels(found):
    """A rule: 03 leaves fewer lonely pixels than 02."""
    return found[DCGAN]["lonely pixels"] < found[VANILLA]["lonely pixels"]


def noise(found):
    """A rule: A's d_loss is as good as zero, and the judge sees one class in it."""
    lesson = found[TRICKS]
    return lesson["d_loss, A"] < 0.05 and lesson["classes, A"] == 1


def collapsed(name):
    """A rule: a GAN of notebook 04 draws one picture, whatever the latent."""
    return lambda found: found[TRICKS][f"variety, {name}"] < 0.02


def varied(found):
    """A rule: batch norm in G gives B back what it lacks."""
    lesson = found[TRICKS]
    return lesson["variety, B with batch norm in G"] > 5 * lesson["variety, B"]


def tamed(found):
    """A rule: ten classes, and less than half the distance of every other GAN of 04."""
    others = {k: v for k, v in found[TRICKS].items() if k.startswith("distance, ")}
    best = others.pop("distance, tamed")
    return found[TRICKS]["classes, tamed"] == 10 and 2 * best < min(others.values())


def averaged(found):
    """A rule: the average of G is nearer to real digits than G, late in training."""
    lesson = found[MODERN]
    return lesson["distance, its average"] < lesson["distance, G itself"]


def all_modes(found):
    """A rule: the game of pairs with a flat D serves the whole ring, nearly always."""
    return found[PLANE]["modes, ring"] == 8 and found[PLANE]["high quality, ring"] > 90


def no_bridges(found):
    """A rule: most points that no mode has are gone once the latent is cut."""
    bad = {k: 100 - found[PLANE][f"high quality, {k}"] for k in ("connected", "cut")}
    return 2 * bad["cut"] < bad["connected"]


def named(found):
    """A rule: at most two of the fifteen faults are mistaken for another."""
    return found[ZOO]["named, rules"] >= 13


def asleep(found):
    """A rule: two famous mistakes change no bit, and both together do."""
    return found[ZOO]["same bits, sleepers"] == 2


def obeys(found):
    """A rule: nine of ten pictures are the digit that was asked for."""
    return found[CONTROL]["obeyed, with labels"] > 90


def more_to_read(found):
    """A rule: at equal steps more pictures are legible with labels than without."""
    lesson = found[CONTROL]
    return lesson["legible, with labels"] > lesson["legible, without labels"]


def found_again(found):
    """A rule: G comes nearer to test digits than the nearest training images."""
    lesson = found[CONTROL]
    return lesson["error, ten digits"] < lesson["nearest, ten digits"]


CONCLUSIONS = (
    (VANILLA, "The MLP draws all ten digits", all_digits(VANILLA)),
    (DCGAN, "The DCGAN draws all ten digits", all_digits(DCGAN)),
    (DCGAN, "Convolutions leave fewer lonely pixels than the MLP", fewer_pixels),
    (TRICKS, "Patient A ends as noise, while D is never wrong", noise),
    (TRICKS, "Patient B draws one picture for every latent", collapsed("B")),
    (TRICKS, "So it does with five updates of G for one of D", collapsed("B, more G")),
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
