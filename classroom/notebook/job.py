"""What a worker is told to run. Light: a worker needs neither torch nor the lessons."""

import dataclasses
from pathlib import Path, PurePosixPath

COMMON = ("profile", "seed", "dataset", "device", "out_dir")  # known to every lesson


class RunError(ValueError):
    """Wrong use: nothing was started. The message says what to change."""


@dataclasses.dataclass(frozen=True)
class Job:
    """One notebook with one seed, and the parameters it will get."""

    notebook: str  # a path, or an address that papermill reads (s3://...)
    parameters: dict
    folder: str = ""  # where its results go
    needs: list = dataclasses.field(default_factory=list)  # keys of jobs to end before
    cwd: str = ""  # where the kernel works; "": the notebook's folder

    @property
    def name(self):
        """For example `02_vanilla_gan`."""
        return PurePosixPath(Path(self.notebook).as_posix()).stem

    @property
    def seed(self):
        """The seed of this job."""
        return self.parameters.get("seed", 0)

    @property
    def key(self):
        """For example `seed-0/02_vanilla_gan`: unique in a run; its folder there."""
        return f"seed-{self.seed}/{self.name}"
