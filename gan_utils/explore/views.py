"""Pictures for explorers: plain functions from slider values to pictures uint8 (H, W).

`sliders` shows them live. A number out of range becomes the nearest that is allowed.
"""

from functools import cached_property

import numpy as np
import torch

from gan_utils.gan import draw
from gan_utils.latent import leading_directions, lerp, plane_latent, seed_latent, slerp
from gan_utils.pictures import tile

SEEDS = 10_000  # 0 ... 9999
FAR = 3.0  # how far a direction's slider goes, in standard deviations of z
WAYS = {"lerp": lerp, "slerp": slerp}


def as_seed(value):
    """A number as an integer in [0, SEEDS)."""
    return round(float(np.clip(value, 0, SEEDS - 1)))


def morph(result, a, b, t):
    """{way: picture (28, 28)} at t in [0, 1] on the ways from seed a to seed b."""
    ends = [seed_latent(as_seed(seed), result.latent_dim) for seed in (a, b)]
    z = torch.stack([way(*ends, float(np.clip(t, 0, 1))) for way in WAYS.values()])
    return dict(zip(WAYS, draw(result.generator, z).numpy()))


class Plane:
    """(x, y) -> picture (28, 28): any picture is two numbers, 0 to `side` each."""

    def __init__(self, result, *, side=9):
        self.result, self.side = result, side

    def latent(self, x, y):
        """The latent (latent_dim,) at a point."""
        x, y = (float(np.clip(value, 0, self.side)) for value in (x, y))
        return plane_latent(x, y, self.result.latent_dim)

    def __call__(self, x, y):
        """The picture at a point."""
        return draw(self.result.generator, self.latent(x, y)[None])[0].numpy()

    def sheet(self, points):
        """Pictures (len(points)², 28, 28) of all pairs; y grows from row to row."""
        z = torch.stack([self.latent(x, y) for y in points for x in points])
        parts = [draw(self.result.generator, part) for part in z.split(500)]
        return torch.cat(parts).numpy()


class Directions:
    """(seed, amounts) -> picture (28, 28): a latent, pushed along the main directions.

    An amount is in standard deviations of z along a direction of length 1.
    """

    def __init__(self, result, *, k=4):
        self.result, self.k = result, k

    @cached_property
    def axes(self):
        """Directions (k, latent_dim); found when first asked for."""
        return leading_directions(self.result.generator, self.result.latent_dim, self.k)

    def latent(self, seed, *amounts):
        """The latent (latent_dim,) for k amounts, each in [-FAR, FAR]."""
        pushes = [float(np.clip(amount, -FAR, FAR)) for amount in amounts]
        start = seed_latent(as_seed(seed), self.result.latent_dim)
        return start + torch.tensor(pushes) @ self.axes

    def __call__(self, seed, *amounts):
        """The picture for k amounts."""
        return draw(self.result.generator, self.latent(seed, *amounts)[None])[0].numpy()


def in_words(time, by):
    """A time in steps or in seconds: `step 1,234` or `56 s`."""
    return f"{time:,.0f} s" if by == "seconds" else f"step {time:,.0f}"


class TimeTravel:
    """(moment, by) -> a row of pictures for each of several trainings, aligned.

    moment in [0, 1] is a place on a common clock; by: "step" or "seconds". The clock
    ends with the longest training; its square root runs evenly, as most happens early.
    A training that has ended stays at its last picture.
    """

    def __init__(self, results, *, count=8):
        self.results, self.count = results, count

    def clock(self, by):
        """{recipe: its moments (T,) in steps or in seconds}."""
        pick = "seconds" if by == "seconds" else "steps"
        return {n: np.asarray(getattr(r, pick)) for n, r in self.results.items()}

    def time(self, moment, by):
        """The common time at a moment."""
        end = max(times[-1] for times in self.clock(by).values())
        return float(end * np.clip(moment, 0, 1) ** 2)

    def label(self, moment, by):
        """The common time in words, and which trainings have ended by then."""
        now, end = self.time(moment, by), self.time(1, by)
        text = in_words(now, by) + f" of {in_words(end, by).removeprefix('step ')}"
        over = [n for n, times in self.clock(by).items() if times[-1] <= now < end]
        is_are = "has" if len(over) == 1 else "have"
        return f"{text}; {' and '.join(over)} {is_are} ended" if over else text

    def found(self, moment, by):
        """{recipe: index of its last picture that is not later}."""
        now, clock = self.time(moment, by) * (1 + 1e-9), self.clock(by)
        later = {n: np.searchsorted(times, now, "right") for n, times in clock.items()}
        return {name: max(0, int(index) - 1) for name, index in later.items()}

    def sheet(self, moment, by="step", names=None):
        """The rows of `names`, or of all, as one picture (H, W), the first on top."""
        found, count = self.found(moment, by), self.count
        chosen = [self.results[name].images[found[name]] for name in names or found]
        rows = [tile(images[:count], count) for images in chosen]
        return tile(np.stack(rows), 1, gap=4)
