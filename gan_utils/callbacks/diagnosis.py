"""What the numbers of a running GAN say, in plain words, from stated rules.

The rules are few and rough, and each sentence carries the numbers behind it. They look
at the mean of the last steps, so a wobble does not set them off. Those that name a line
of code are from notebook 08.
"""

from dataclasses import dataclass

import numpy as np

WINDOW = 100  # steps that are averaged
EARLY_STEPS = 200  # before them nothing is said: every GAN starts with a sure D
EARLY = 0.2  # of the run: the pictures are no digits yet, so nobody counts classes
LEAD = 0.9  # D wins if D(x) - D(G(z)) is above this
VANISHED = 0.01  # of the largest gradient that G has had in this run
EVEN = 0.03  # D cannot tell if both scores are so near one half
ONE_CLASS, TWO_CLASSES = 0.5, 0.65  # shares of the samples that mean collapse
MISSING = 0.01  # a class with a smaller share is missing
FAR_OFF = 4.0  # nats: a D that guesses has a d_loss of 1.39
NOTHING = 0.01  # nats: a g_loss that has nothing left to want


@dataclass(frozen=True)
class Signs:
    """What the rules look at, all of the same moment."""

    step: int
    real_score: float  # mean D(x) of the last steps, in [0, 1]
    fake_score: float  # mean D(G(z)), before D's update
    shares: np.ndarray | None = None  # (K,) share of each class among samples
    classes: tuple = ()  # K names
    gradient: float = 1.0
    losses: tuple = (1.0, 1.0)  # mean d_loss and g_loss
    lowest: float = 0.0  # D(G(z)) in the batch where it is lowest


def read_signs(history, step, *, progress=1.0, counts=None, classes=(), gradient=1.0):
    """Signs from a History with columns "D(x)" and "D(G(z))..."; else None.

    progress: of the run, in [0, 1]. counts: (K,) samples in each class, or None if
    nobody labels them. gradient: length of G's gradient over its largest so far.
    """
    names = [name for name in history.names if name.startswith("D(G(z))")]
    if "D(x)" not in history or not names:
        return None
    known = counts is not None and progress >= EARLY
    shares = np.asarray(counts) / max(np.sum(counts), 1) if known else None
    wanted = ("D(x)", names[0], "d_loss", "g_loss")
    real, fake, *losses = (float(history[n][-WINDOW:].mean()) for n in wanted)
    lowest = float(history[names[0]][-WINDOW:].min())
    shown = shares, tuple(classes), gradient
    return Signs(step, real, fake, *shown, tuple(losses), lowest)


def diagnose(signs):
    """(name of the state, one sentence). The first rule that applies has the word."""
    if signs.step < EARLY_STEPS:
        return "early", f"Step {signs.step:,}: too early to say."
    first = (losses_far_off, nothing_to_want, second_sigmoid)
    for rule in (*first, d_wins, collapses, d_cannot_tell, class_is_missing):
        if sentence := rule(signs):
            return rule.__name__, sentence
    return "balanced", balanced(signs)


def losses_far_off(signs):
    """D does far worse than guessing."""
    if signs.losses[0] <= FAR_OFF:
        return None
    text = f"d_loss is {signs.losses[0]:.1f}, and a D that guesses has 1.4"
    return f"{text}. Is a zero_grad() missing, or a learning rate too high?"


def nothing_to_want(signs):
    """D is sure of its fakes, and G is content with that."""
    if signs.fake_score > NOTHING or abs(signs.losses[1]) > NOTHING:
        return None
    text = f"D gives fakes {signs.fake_score:.2f}, and g_loss is zero as well"
    return f"{text}. Are G's targets swapped, or does its loss saturate?"


def second_sigmoid(signs):
    """No score is below one half or above the sigmoid of 1."""
    if signs.lowest < 0.5 or signs.real_score > 0.7311:
        return None
    return "No score leaves 0.50 to 0.73. Does D end in a sigmoid of its own?"


def d_wins(signs):
    """D is sure of nearly every picture."""
    if signs.real_score - signs.fake_score <= LEAD:
        return None
    text = f"D is winning: {scores(signs)}"
    if signs.gradient < VANISHED:
        return f"{text}, and its gradient to G has nearly vanished."
    return f"{text}. Watch whether G still learns."


def collapses(signs):
    """One class, or two, make up most samples."""
    if signs.shares is None:
        return None
    order = np.argsort(signs.shares)[::-1]
    one, two = signs.shares[order[0]], signs.shares[order[:2]].sum()
    if one > ONE_CLASS:
        said = f"{signs.classes[order[0]]} alone makes up {one:.0%}"
    elif two > TWO_CLASSES:
        first, second = sorted(signs.classes[k] for k in order[:2])
        said = f"{first} and {second} make up {two:.0%}"
    else:
        return None
    return f"{said} of the samples: modes are collapsing."


def d_cannot_tell(signs):
    """Both scores at one half: a perfect G, or a dead D."""
    away = max(abs(signs.real_score - 0.5), abs(signs.fake_score - 0.5))
    if away > EVEN:
        return None
    text = "Good pictures mean that G has won, bad ones that D has died."
    return f"D cannot tell: {scores(signs)}. {text}"


def class_is_missing(signs):
    """A class with hardly a sample."""
    if signs.shares is None or signs.shares.min() >= MISSING:
        return None
    missing = [signs.classes[k] for k in np.flatnonzero(signs.shares < MISSING)]
    return f"Hardly any {', '.join(missing)} among the samples: a mode is missing."


def balanced(signs):
    """No rule applies."""
    lead = signs.real_score - signs.fake_score
    text = f"Balanced: {scores(signs)}; D leads by {lead:.2f}"
    if signs.shares is None:
        return f"{text}."
    rarest = signs.classes[int(np.argmin(signs.shares))]
    return f"{text}. All classes are there, {rarest} least ({signs.shares.min():.0%})."


def scores(signs):
    """What D gives, as words."""
    return f"D gives real pictures {signs.real_score:.2f}, fakes {signs.fake_score:.2f}"
