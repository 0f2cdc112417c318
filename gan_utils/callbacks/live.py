"""A figure that follows a training, redrawn in place, and a verdict in plain words."""

import textwrap
import time

import matplotlib
import torch
from matplotlib.figure import Figure

from gan_utils.callbacks.diagnosis import diagnose, read_signs
from gan_utils.callbacks.progress import Replaced
from gan_utils.metrics import class_counts
from gan_utils.pictures import tile
from gan_utils.training import Callback
from gan_utils.viz import curves, style

SHARE = 0.03  # of the training time: what drawing may cost
MARGINS = {"left": 0.07, "right": 0.99, "bottom": 0.11, "top": 0.82}
MARGINS |= {"hspace": 0.4, "wspace": 0.28}
EVERY = 1.0  # seconds between two drawings, or more


def picture(history, grid, sentence, counts, classes):
    """PNG bytes: curves on the left, on the right a grid (H, W) uint8 and classes.

    counts: (K,) pictures of each of the K classes, or None to leave them out.
    """
    with matplotlib.rc_context(style.STYLE):
        figure = Figure(figsize=(9, 4.6), layout="none")  # a layout costs as much again
        figure.subplots_adjust(**MARGINS)
        places = [["losses", "grid"], ["scores", "bars"]]
        axes = figure.subplot_mosaic(places, width_ratios=[1.5, 1])
        _curves(axes, history)
        axes["grid"].imshow(grid, cmap="gray", vmin=0, vmax=255)
        axes["grid"].axis("off")
        if counts is None:
            axes["bars"].axis("off")
        else:
            short = [name[:4] for name in classes]  # more has no room
            look = {"classes": short, "title": "Classes", "ax": axes["bars"]}
            curves.bar_classes(counts, **look)
        figure.suptitle(textwrap.fill(sentence, 96), x=0.01, ha="left")
        style.add_note(figure)
        return style.png(figure)


def _curves(axes, history):
    curves.plot_losses(history, ax=axes["losses"], title="Losses")
    if "D(x)" in history:
        curves.plot_scores(history, ax=axes["scores"], title="D's scores")
    else:
        axes["scores"].axis("off")
    axes["losses"].set_xlabel("")


class LiveView(Callback):
    """Losses, D's scores, fixed pictures and classes, redrawn while a GAN trains.

    z: (N, latent_dim); the first 32 are shown, all are labelled.
    labels: Labels, or None to leave out the classes. It draws at most once a second,
    and so seldom that it takes at most `share` of the time; Jupyter keeps only the
    last drawing. show: takes (PNG bytes, sentence); None: the notebook.
    """

    def __init__(self, z, labels=None, *, share=SHARE, every=EVERY, show=None):
        self.z, self.labels, self.share, self.every = z, labels, share, every
        self.show, self.state = show or Cell(), "early"

    def start(self, run):
        """Forget an earlier run."""
        self._next, self._steepest = time.monotonic() + self.every, 0.0

    def step(self, run):
        """Draw if it is time and cheap enough by now."""
        if time.monotonic() >= self._next:
            self.draw(run)

    def end(self, run):
        """The last drawing, and the verdict as a line of text."""
        if len(run.history):
            self.draw(run)
            print(self.sentence, flush=True)

    def draw(self, run):
        """One drawing; the dearer it is, the longer the pause after it."""
        start = time.monotonic()
        self.show(self._picture(run), self.sentence)
        self.plan(time.monotonic() - start)

    def plan(self, cost):
        """Wait until a drawing that costs so many seconds is within its share."""
        self._next = time.monotonic() + max(self.every, cost / self.share)

    def _picture(self, run):
        gan, images = run.model, run.model.draw(self.z)
        counts, classes = None, ()
        if self.labels:
            classes = self.labels.classes
            counts = class_counts(self.labels.label(images), len(classes)).numpy()
        seen = {"progress": run.progress, "counts": counts, "classes": classes}
        seen |= {"gradient": self._gradient(gan)}
        signs = read_signs(run.history, gan.step, **seen)
        self.state, self.sentence = diagnose(signs) if signs else ("unknown", "")
        grid = tile(images[:32].numpy(), 8)
        return picture(run.history, grid, self.sentence, counts, classes)

    def _gradient(self, gan):
        """Length of G's last gradient, over the largest seen."""
        slopes = [p.grad.norm() for p in gan.G.parameters() if p.grad is not None]
        length = torch.stack(slopes).norm().item() if slopes else 0.0
        self._steepest = max(self._steepest, length)
        return length / self._steepest if self._steepest else 0.0


class Cell(Replaced):
    """The output of the running cell: one picture, replaced by the next."""

    def __call__(self, png, sentence):
        from IPython.display import Image

        metadata = {"alt": f"The training so far. {sentence}"}
        super().__call__(Image(png, format="png", metadata=metadata))  # alt= is newer
