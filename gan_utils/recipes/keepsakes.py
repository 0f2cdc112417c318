"""What a classic recipe leaves behind: grids at its own intervals, its log lines.

A recipe holds these as values (`Recipe.saves`), without a folder. `trainer` calls each
as `keepsake(setting)`, which gives a callback for one run.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from gan_utils.data import to_uint8
from gan_utils.support.files import write_atomic
from gan_utils.support.weights import packed
from gan_utils.training import Callback


@dataclass(frozen=True)
class Setting:
    """Where a run writes, and what it trains on."""

    folder: Path
    train: torch.Tensor  # uint8 (N, 28, 28)
    latent_dim: int
    seed: int


class Keepsake(Callback):
    """A callback that knows the setting of its run."""

    def __init__(self, setting):
        self.setting = setting

    @classmethod
    def of(cls, *args, **kwargs):
        """The value for `Recipe.saves`: everything but the setting."""
        return partial(cls, *args, **kwargs)


@torch.no_grad()
def pictures(gan, z):
    """uint8 (N, 28, 28) of latents z (N, latent_dim), with G in eval mode."""
    G = gan.sampler()
    was_training = G.training
    images = to_uint8(G.eval()(z.to(next(G.parameters()).device)))
    G.train(was_training)
    return images.cpu()


class Grids(Keepsake):
    """A square grid of pictures, before training and after every `every` epochs.

    name: of the file, with {epoch} and {step}. every_steps: likewise, in steps.
    side: pictures a row. fresh: new latents for each grid, else always the same.
    first: False to leave out the grid before training.
    """

    def __init__(
        self, name, setting, *, side, every=1, every_steps=None, fresh=False, first=True
    ):
        super().__init__(setting)
        self.name, self.side, self.fresh, self.first = name, side, fresh, first
        self.every, self.every_steps = every, every_steps

    def start(self, run):
        """The grid before training."""
        self.period = self.every_steps or self.every * run.batches.steps_per_epoch
        if self.first and run.model.step == 0:
            self._save(run)

    def step(self, run):
        """A grid, if its time has come."""
        if run.model.step % self.period == 0:
            self._save(run)

    def _save(self, run):
        from gan_utils.pictures import encode_png, tile

        step = run.model.step
        number = self.setting.seed + (1 + step if self.fresh else 0)
        random = torch.Generator().manual_seed(number)
        z = torch.randn(self.side**2, self.setting.latent_dim, generator=random)
        grid = tile(pictures(run.model, z).numpy(), self.side)
        epoch = step // run.batches.steps_per_epoch
        name = self.name.format(epoch=epoch, step=step)
        write_atomic(self.setting.folder / name, encode_png(grid))


class LastGrid(Grids):
    """One grid, when the run is over."""

    def start(self, run):
        """Nothing yet."""

    def step(self, run):
        """Nothing yet."""

    def end(self, run):
        """Write it."""
        self._save(run)


class LogLines(Keepsake):
    """A line an epoch in the recipe's own words, into log.txt.

    line: a format with {epoch}, {step} and the names of the losses.
    every_steps: a line at step 0, every_steps, 2 every_steps, ... instead.
    Losses are means over the epoch, or over the last `MEAN` steps up to that one.
    """

    MEAN = 500

    def __init__(self, line, setting, *, every_steps=None):
        super().__init__(setting)
        self.line, self.every_steps = line, every_steps

    def step(self, run):
        """Rewrite the file when a line is due, so that a resumed run has them all."""
        done, epoch = run.model.step, run.batches.steps_per_epoch
        if self.every_steps and (done - 1) % self.every_steps == 0:
            ends = range(1, done + 1, self.every_steps)
            rows = [slice(max(0, end - self.MEAN), end) for end in ends]
        elif not self.every_steps and done % epoch == 0:
            rows = [slice(end - epoch, end) for end in range(epoch, done + 1, epoch)]
        else:
            return
        lines = [self._text(run.history, part, epoch) for part in rows]
        text = "\n".join(lines) + "\n"
        write_atomic(self.setting.folder / "log.txt", text.encode())

    def _text(self, history, rows, epoch):
        names = [name for name in history.names if name != "seconds"]
        means = {name: history[name][rows].mean() for name in names}
        return self.line.format(step=rows.stop - 1, epoch=rows.stop // epoch, **means)


class LossPlot(Keepsake):
    """losses.png: both losses over the run."""

    def end(self, run):
        """Draw it."""
        from gan_utils.viz.curves import plot_losses
        from gan_utils.viz.style import panels

        figure, ax = panels(1)
        plot_losses(run.history, ax=ax)
        _save_figure(figure, self.setting.folder / "losses.png")


class RealAndFake(Keepsake):
    """real_and_fake.png: 64 training images beside 64 pictures of G."""

    def end(self, run):
        """Draw it."""
        from gan_utils.viz import show_grid
        from gan_utils.viz.style import panels

        random = torch.Generator().manual_seed(self.setting.seed)
        z = torch.randn(64, self.setting.latent_dim, generator=random)
        figure, (left, right) = panels(2, width=8, height=4.3)
        show_grid(self.setting.train[:64], title="real", ax=left)
        show_grid(pictures(run.model, z), title="fake", ax=right)
        _save_figure(figure, self.setting.folder / "real_and_fake.png")


class Networks(Keepsake):
    """netG.safetensors and netD.safetensors, both in full precision."""

    def end(self, run):
        """Write them."""
        for name in ("G", "D"):
            weights = packed(getattr(run.model, name).state_dict())
            write_atomic(self.setting.folder / f"net{name}.safetensors", weights)


def _save_figure(figure, path):
    import io

    from matplotlib import pyplot

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    pyplot.close(figure)
    write_atomic(path, buffer.getvalue())


class Milestones(Keepsake):
    """G in half precision after 9.4, 18.8, 37.5, 75, 150, 300, 600, ... seconds.

    Into milestones/{seconds}s_{step}.safetensors, to judge how it went without
    stopping the clock.
    """

    MOMENTS = [300 * 2.0**k for k in range(-5, 8)]

    def start(self, run):
        """A resumed run goes on with the moments that lie ahead."""
        done = run.history.seconds  # `run.seconds` is set when all have started
        self.ahead = [moment for moment in self.MOMENTS if moment > done]

    def step(self, run):
        """Write G if a moment has come."""
        if self.ahead and run.seconds >= self.ahead[0]:
            self.ahead = [m for m in self.ahead if m > run.seconds]
            weights = packed(run.model.sampler().state_dict(), half=True)
            name = f"{run.seconds:.0f}s_{run.model.step}.safetensors"
            write_atomic(self.setting.folder / "milestones" / name, weights)
