"""Where things live, whatever the working directory is.

JupyterLab runs a notebook in its own folder, papermill in the caller's. So no path in
this series is relative to the working directory: all start at the project's root.
"""

import os
import tempfile
from pathlib import Path


class NotWritable(OSError):
    """A folder cannot be written to. The message is one line with the remedy."""

    def __str__(self):
        return f"cannot write to {self.filename}: {self.strerror}"


def project_root():
    """The folder that holds `notebooks/` and `gan_utils/`.

    A package installed without its repository has no such folder: then it is
    `~/gan-mnist`, which is made when something is written there.
    """
    root = Path(__file__).resolve().parents[2]
    return root if (root / "pyproject.toml").is_file() else Path.home() / "gan-mnist"


def absolute(path):
    """`path`, given by a person, as an absolute one: "~" is the home folder."""
    return Path(os.path.expanduser(str(path).strip())).resolve()


def _folder(variable, default):
    value = os.environ.get(variable, "").strip()
    return absolute(value) if value else project_root() / default


def data_dir():
    """Datasets: `GAN_DATA_DIR`, else `data/`."""
    return _folder("GAN_DATA_DIR", "data")


def runs_dir():
    """Everything that a run writes: `GAN_RUNS_DIR`, else `runs/`."""
    return _folder("GAN_RUNS_DIR", "runs")


def shipped(name):
    """A file or folder of the series ("weights"): the wheel's, else the project's."""
    packed = Path(__file__).resolve().parents[1] / "shipped" / name
    return packed if packed.exists() else project_root() / name


def weights_dir():
    """Trained networks that are shipped with the series."""
    return shipped("weights")


def notebooks_dir():
    """The numbered notebooks."""
    return shipped("notebooks")


def writable(folder):
    """`folder`, which is made if it is not there and can be written to.

    Raises NotWritable, which names the folder, the reason, and the variable that moves
    it elsewhere. Call it before any work whose results go there.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        movers = {"GAN_DATA_DIR": data_dir(), "GAN_RUNS_DIR": runs_dir()}
        inside = [k for k, v in movers.items() if absolute(folder).is_relative_to(v)]
        mover = (inside or ["out_dir or GAN_RUNS_DIR"])[0]
        remedy = f"set {mover} to a folder that you may write to"
        reason = f"{error.strerror or error}; {remedy}"
        raise NotWritable(error.errno, reason, shown(folder)) from None
    return folder


def shown(path):
    """`path` as text for a reader: relative to the project where that is shorter."""
    path, root = Path(path).resolve(), project_root()
    inside = path.is_relative_to(root)
    return path.relative_to(root).as_posix() if inside else str(path)
