"""What the classics leave behind besides a result: their own pictures and log lines.

`SAVES` is data: {recipe: {file: make}}, and `make(folder, file)` is a callback for one
training that writes the file into its folder.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gan_utils.pictures import encode_png, tile
from gan_utils.support.files import write_atomic
from gan_utils.support.randomness import fixed_latents
from gan_utils.training import Callback


@dataclass
class Save(Callback):
    """Writes the bytes that `make(run)` returns, at intervals or once at the end."""

    folder: Path
    file: str  # {epoch} and {step} are filled in
    make: Callable
    every: int = 0  # epochs between two files
    every_steps: int = 0  # or steps; neither: one file, at the end
    first: int | None = None  # the step of the first one; None: after one interval

    def start(self, run):
        self.period = self.every_steps or self.every * run.batches.steps_per_epoch
        if run.model.step == 0:
            self.step(run)

    def step(self, run):
        past = run.model.step - (self.period if self.first is None else self.first)
        if self.period and past >= 0 and past % self.period == 0:
            self._write(run)

    def end(self, run):
        if not (self.every or self.every_steps):
            self._write(run)

    def _write(self, run):
        step = run.model.step
        name = self.file.format(step=step, epoch=step // run.batches.steps_per_epoch)
        write_atomic(self.folder / name, self.make(run))


def grids(side, *, fresh=False, first=0, **every):
    """Square grids, `side` pictures a row, of the seed's latents or `fresh` ones."""

    def make(run):
        """The grid as PNG bytes."""
        seed = run.batches.seed + (1 + run.model.step if fresh else 0)
        z = fixed_latents(side**2, run.batches.latent_dim, seed)
        return encode_png(tile(run.model.draw(z).numpy(), side))

    return partial(Save, make=make, first=first, **every)


MEAN = 500  # steps up to that of a line, which its losses are means over


def log(line, *, every_steps=0):
    """A line in the recipe's own words after each epoch, with the means over it.

    line: a format with {epoch}, {step} and the names of the losses. every_steps: a line
    at step 0, every_steps, ... instead. The file is rewritten with all lines of a run.
    """

    def make(run):
        """All lines so far, as bytes."""
        history, lines = run.history, []
        epoch = run.batches.steps_per_epoch
        first, period, mean = (1, every_steps, MEAN) if every_steps else 3 * (epoch,)
        for end in range(first, run.model.step + 1, period):
            rows = slice(max(0, end - mean), end)
            means = {name: history[name][rows].mean() for name in history.names}
            lines.append(line.format(step=end - 1, epoch=end // epoch, **means) + "\n")
        return "".join(lines).encode()

    when = {"every_steps": every_steps, "first": 1} if every_steps else {"every": 1}
    return partial(Save, make=make, **when)


KERAS_LINE = "{step} [D loss: {d_loss:f}, acc.: {d_acc:.2%}] [G loss: {g_loss:f}]"
TF_LINE = "Epoch {epoch}, Gen Loss: {g_loss:.4f}, Disc Loss: {d_loss:.4f}"

SAVES = {
    "mlp_bn_fullbatch": {
        "images/mnist_{step}.png": grids(5, every_steps=10_000, fresh=True),
        "log.txt": log(KERAS_LINE, every_steps=10_000),
    },
    "mlp_plain": {
        "output/epoch_{epoch:03d}.png": grids(8, every=10),
        "output/sample_image.png": grids(8),
    },
    "mlp_bn_smooth": {"generated/epoch_{epoch}.png": grids(8, every=10)},
    "dcgan_28": {"epoch_{epoch:03d}.png": grids(8, every=1)},
    "dcgan_tf": {
        "image_at_epoch_{epoch:04d}.png": grids(4, every=1, first=None),
        "log.txt": log(TF_LINE),
    },
}
