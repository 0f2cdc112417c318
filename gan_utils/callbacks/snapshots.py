"""Pictures of the same latents while a training goes on."""

import numpy as np
import torch

from gan_utils.training import Callback


class Snapshots(Callback):
    """Pictures of the same latents at n moments, dense at the start of the run.

    The square roots of the moments are evenly spaced, as most happens early.

    z: (N, latent_dim). After the run: `images` uint8 (T, N, 28, 28), `steps` and
    `seconds`.
    """

    def __init__(self, z, *, n=12):
        self.z = z
        self.moments = [(i / (n - 1)) ** 2 for i in range(n)]  # as progress of the run
        self.steps, self.seconds, self._images, self._due = [], [], [], 0

    @property
    def images(self):
        """uint8 array (T, N, 28, 28)."""
        return np.stack(self._images)

    def start(self, run):
        """Take the picture before training."""
        self.step(run)

    def step(self, run):
        """Take a picture if one more moment has come."""
        due = sum(run.progress >= moment for moment in self.moments)
        if due <= self._due:
            return
        self._due = due
        self._images.append(run.model.draw(self.z).numpy())
        self.steps.append(run.model.step)
        self.seconds.append(run.seconds)

    def state_dict(self):
        """What a checkpoint must hold to go on taking the same pictures."""
        images = torch.from_numpy(self.images) if self._images else None
        clock = {"steps": list(self.steps), "seconds": list(self.seconds)}
        return {**clock, "due": self._due, "images": images}

    def load_state_dict(self, state):
        """Take over what `state_dict` returned."""
        self.steps, self.seconds = list(state["steps"]), list(state["seconds"])
        self._due = state["due"]
        self._images = [] if state["images"] is None else list(state["images"].numpy())
