"""Loss curves as an array, and a cursor that moves over them without a new drawing."""

from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gan_utils.losses import bce_g
from gan_utils.recipes import RECIPES
from gan_utils.viz import curves, style

WIDTH = 2  # pixels of the cursor


@dataclass(frozen=True)
class LossPicture:
    """Curves as RGB uint8 (H, W, 3), and where on it a time is."""

    image: np.ndarray
    left: float  # pixel of time 0
    per_unit: float  # pixels of one step, or of one second
    rows: tuple  # the first and the last pixel row of the axes

    def at(self, time):
        """A copy of the picture with a black cursor at that time."""
        marked, width = self.image.copy(), self.image.shape[1]
        x = min(max(round(self.left + float(time) * self.per_unit), 0), width - WIDTH)
        marked[slice(*self.rows), x : x + WIDTH] = 0
        return marked


def loss_picture(result, *, against="step", title=""):
    """The LossPicture of a Result; against: "step" or "seconds".

    The dotted lines of a D that cannot tell belong to cross-entropy only.
    """
    cross_entropy = RECIPES[result.meta["recipe"]].loss.g is bce_g
    reference = curves.CANNOT_TELL if cross_entropy else None
    look = {"reference": reference, "against": against, "title": title}
    with matplotlib.rc_context(style.STYLE):
        figure = Figure(figsize=(6.4, 2.2), layout="constrained")
        canvas, ax = FigureCanvasAgg(figure), figure.subplots()
        curves.plot_losses(result.history, ax=ax, **look)
        style.add_note(figure)
        canvas.draw()
        left, right = ax.transData.transform([(0, 0), (1, 0)])[:, 0].tolist()
        rows = tuple(round(figure.bbox.height - y) for y in (ax.bbox.y1, ax.bbox.y0))
        image = np.asarray(canvas.buffer_rgba())[..., :3].copy()
    return LossPicture(image, left, right - left, rows)
