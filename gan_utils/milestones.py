"""How did it go? The generator at stated moments of its training, to judge later."""

from gan_utils.files import write_atomic
from gan_utils.keepsakes import Keepsake
from gan_utils.tensors import packed


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
