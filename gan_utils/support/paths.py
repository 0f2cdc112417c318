"""Where things live, whatever the working directory is.

JupyterLab runs a notebook in its own folder, papermill in the caller's. So no path in
this series is relative to the working directory: all start at the project's root.
"""

import os
from pathlib import Path


def project_root():
    """The folder that holds `notebooks/` and `gan_utils/`.

    A package installed without its repository has no such folder: then it is
    `~/gan-mnist`, which is made when something is written there.
    """
    root = Path(__file__).resolve().parents[2]
    return root if (root / "pyproject.toml").is_file() else Path.home() / "gan-mnist"


def _folder(variable, default):
    value = os.environ.get(variable)
    return Path(value).expanduser().resolve() if value else project_root() / default


def data_dir():
    """Datasets: `GAN_DATA_DIR`, else `data/`."""
    return _folder("GAN_DATA_DIR", "data")


def runs_dir():
    """Everything that a run writes: `GAN_RUNS_DIR`, else `runs/`."""
    return _folder("GAN_RUNS_DIR", "runs")


def weights_dir():
    """Trained networks that are shipped with the series."""
    return project_root() / "weights"


def figures_dir():
    """Pictures of the README."""
    return project_root() / "figures"


def notebooks_dir():
    """The numbered notebooks."""
    return project_root() / "notebooks"


def shown(path):
    """`path` as text for a reader: relative to the project where that is shorter."""
    path = Path(path).resolve()
    try:
        return path.relative_to(project_root()).as_posix()
    except ValueError:
        return str(path)
