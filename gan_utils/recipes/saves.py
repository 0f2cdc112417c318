"""What the classics leave behind besides a result: their own pictures and log lines.

`SAVES` is data: {recipe: {file: make}}, and `make(folder, file)` is a callback for one
training that writes the file into its folder.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gan_utils.pictures import encode_png, tile
from gan_utils.support.files import write_atomic
from gan_utils.support.randomness import fixed_latents
from gan_utils.support.weights import packed
from gan_utils.training import Callback


@dataclass
class Save(Callback):
    """A callback that knows its file; {epoch} and {step} in the name are filled in."""

    folder: Path
    file: str

    def write(self, data, **numbers):
        """Write bytes to the file."""
        write_atomic(self.folder / self.file.format(**numbers), data)


@dataclass(kw_only=True)
class Grids(Save):
    """Square grids of pictures, at intervals or one at the end."""

    side: int  # pictures a row
    every: int = 0  # epochs between two grids
    every_steps: int = 0  # or steps; neither: one grid, at the end
    first: bool = True  # one before training, too
    fresh: bool = False  # new latents for each grid, else always those of the seed

    def start(self, run):
        """The grid before training."""
        self.period = self.every_steps or self.every * run.batches.steps_per_epoch
        if self.period and self.first and run.model.step == 0:
            self._save(run)

    def step(self, run):
        """A grid, if its time has come."""
        if self.period and run.model.step % self.period == 0:
            self._save(run)

    def end(self, run):
        """The only grid, if it is one."""
        if not self.period:
            self._save(run)

    def _save(self, run):
        step, batches = run.model.step, run.batches
        seed = batches.seed + (1 + step if self.fresh else 0)
        z = fixed_latents(self.side**2, batches.latent_dim, seed)
        grid = encode_png(tile(run.model.draw(z).numpy(), self.side))
        self.write(grid, step=step, epoch=step // batches.steps_per_epoch)


MEAN = 500  # steps up to that of a line, which its losses are means over


@dataclass(kw_only=True)
class LogLines(Save):
    """A line in the recipe's own words after each epoch, with the means over it."""

    line: str  # a format with {epoch}, {step} and the names of the losses
    every_steps: int = 0  # a line at step 0, every_steps, 2 every_steps, ... instead

    def step(self, run):
        """Rewrite the file when a line is due, so that a resumed run has them all."""
        done, epoch = run.model.step, run.batches.steps_per_epoch
        first, period, mean = epoch, epoch, epoch
        if self.every_steps:
            first, period, mean = 1, self.every_steps, MEAN
        if done < first or (done - first) % period:
            return
        ends = range(first, done + 1, period)
        lines = [self._text(run.history, max(0, e - mean), e, epoch) for e in ends]
        self.write(("\n".join(lines) + "\n").encode())

    def _text(self, history, start, end, epoch):
        names = [name for name in history.names if name != "seconds"]
        means = {name: history[name][start:end].mean() for name in names}
        return self.line.format(step=end - 1, epoch=end // epoch, **means)


@dataclass(kw_only=True)
class AtEnd(Save):
    """A file when the run is over: the bytes that `make(run)` returns."""

    make: Callable

    def end(self, run):
        """Write it."""
        self.write(self.make(run))


def losses(run):
    """Both losses over the run, as PNG bytes."""
    from gan_utils.viz import curves, style  # imported late: matplotlib

    figure, ax = style.panels(1)
    curves.plot_losses(run.history, ax=ax)
    return _png(figure)


def real_and_fake(run):
    """64 training images beside 64 pictures of G, as PNG bytes."""
    from gan_utils import viz

    z = fixed_latents(64, run.batches.latent_dim, run.batches.seed)
    figure, (left, right) = viz.style.panels(2, width=8, height=4.3)
    viz.show_grid(run.batches.images[:64].cpu(), title="real", ax=left)
    viz.show_grid(run.model.draw(z), title="fake", ax=right)
    return _png(figure)


def _png(figure):
    from matplotlib import pyplot

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    pyplot.close(figure)
    return buffer.getvalue()


def weights(run, player):
    """The weights of G or D, in full precision."""
    return packed(getattr(run.model, player).state_dict())


class Milestones(Callback):
    """G in half precision after 9.4, 18.8, 37.5, 75, 150, 300, 600, ... seconds.

    Into milestones/{seconds}s_{step}.safetensors, to judge how it went without
    stopping the clock.
    """

    MOMENTS = [300 * 2.0**k for k in range(-5, 8)]

    def __init__(self, folder):
        self.folder = folder / "milestones"

    def start(self, run):
        """A resumed run goes on with the moments that lie ahead."""
        done = run.history.seconds  # `run.seconds` is set when all have started
        self.ahead = [moment for moment in self.MOMENTS if moment > done]

    def step(self, run):
        """Write G if a moment has come."""
        if self.ahead and run.seconds >= self.ahead[0]:
            self.ahead = [m for m in self.ahead if m > run.seconds]
            name = f"{run.seconds:.0f}s_{run.model.step}.safetensors"
            state = run.model.sampler().state_dict()
            write_atomic(self.folder / name, packed(state, half=True))


KERAS_LINE = "{step} [D loss: {d_loss:f}, acc.: {d_acc:.2%}] [G loss: {g_loss:f}]"
TF_LINE = "Epoch {epoch}, Gen Loss: {g_loss:.4f}, Disc Loss: {d_loss:.4f}"

SAVES = {
    "mlp_bn_fullbatch": {
        "images/mnist_{step}.png": partial(
            Grids, side=5, every_steps=10_000, fresh=True
        ),
        "log.txt": partial(LogLines, line=KERAS_LINE, every_steps=10_000),
    },
    "mlp_plain": {
        "output/epoch_{epoch:03d}.png": partial(Grids, side=8, every=10),
        "output/sample_image.png": partial(Grids, side=8),
    },
    "mlp_bn_smooth": {"generated/epoch_{epoch}.png": partial(Grids, side=8, every=10)},
    "dcgan_28": {
        "epoch_{epoch:03d}.png": partial(Grids, side=8, every=1),
        "losses.png": partial(AtEnd, make=losses),
        "real_and_fake.png": partial(AtEnd, make=real_and_fake),
        "netG.safetensors": partial(AtEnd, make=partial(weights, player="G")),
        "netD.safetensors": partial(AtEnd, make=partial(weights, player="D")),
    },
    "dcgan_tf": {
        "image_at_epoch_{epoch:04d}.png": partial(Grids, side=4, every=1, first=False),
        "log.txt": partial(LogLines, line=TF_LINE),
    },
}
