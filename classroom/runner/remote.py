"""Copy a run to where papermill can write: s3://, gs://, and what its plugins add."""

from pathlib import Path

from classroom.runner.plan import REMOTE

TEXTS = {".ipynb", ".html", ".json", ".csv", ".log"}


def is_remote(place):
    """Whether a place is an address and no path."""
    return bool(place) and bool(REMOTE.match(str(place)))


def copy_run(folder, address):
    """Write the pages, notebooks and numbers of a run below `address`.

    Weights and other binary files stay behind: papermill writes text only. Returns how
    many files were written. Raises what papermill's handler raises.
    """
    from papermill.iorw import papermill_io

    folder = Path(folder)
    files = [p for p in sorted(folder.rglob("*")) if p.suffix in TEXTS and p.is_file()]
    for path in files:
        place = f"{address.rstrip('/')}/{path.relative_to(folder).as_posix()}"
        text = path.read_text(encoding="utf-8")
        papermill_io.write(text, place, extensions=[path.suffix])
    return len(files)
