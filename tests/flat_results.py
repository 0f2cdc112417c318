"""Results whose pictures say which latent and which moment they show."""

import numpy as np
import torch

from gan_utils.results import Result


class Flat(torch.nn.Module):
    """Latents (B, d) -> images (B, 1, 28, 28): flat gray, a quarter of coordinate 0."""

    def __init__(self):
        super().__init__()
        self.nothing = torch.nn.Parameter(torch.zeros(()))

    def forward(self, z):
        return (z[:, :1, None, None] / 4).expand(-1, 1, 28, 28) + self.nothing


class Fragile(Flat):
    """Fails for a first coordinate above 0.5."""

    def forward(self, z):
        if z[0, 0] > 0.5:
            raise RuntimeError("no <b>picture</b> here")
        return super().forward(z)


class Tall(Flat):
    """The first coordinate is drawn in the top half, a third of the second below."""

    def forward(self, z):
        top = (z[:, :1, None, None] / 4).expand(-1, 1, 14, 28)
        low = (z[:, 1:2, None, None] / 12).expand(-1, 1, 14, 28)
        return torch.cat([top, low], dim=2) + self.nothing


def film(moments, count=3, start=0):
    """uint8 (T, N, 28, 28); a picture's gray says when (tens) and which (ones)."""
    values = start + 10 * np.arange(1, moments + 1)[:, None] + np.arange(count)
    grays = values[..., None, None].astype(np.uint8)
    return np.broadcast_to(grays, (moments, count, 28, 28)).copy()


def flat_result(
    generator=None, *, steps=(0, 10, 40, 90), seconds=(0, 1, 4, 9), start=0
):
    """A Result with a latent of two numbers and a history of ten rows."""
    step = np.arange(1, 11) * steps[-1] // 10
    history = {"step": step, "seconds": step / steps[-1] * seconds[-1]}
    history |= {"d_loss": np.linspace(1.4, 1.0, 10), "g_loss": np.linspace(0.7, 1, 10)}
    return Result(
        generator=generator or Flat(),
        latent_dim=2,
        images=film(len(steps), start=start),
        steps=list(steps),
        seconds=np.array(seconds, dtype=float),
        history=history,
        meta={"recipe": "mlp"},
    )
