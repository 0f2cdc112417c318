"""Copy a run to where papermill can write: s3://, gs://, and what its plugins add."""

from pathlib import Path

from classroom.runner.plan import REMOTE

TEXTS = {".ipynb", ".html", ".json", ".csv", ".log"}  # papermill writes nothing else


def copy_run(folder, address):
    """Write pages, notebooks and numbers of a run below `address`, if it is one.

    Returns how many files that were. Raises what papermill's handler raises.
    """
    from papermill.iorw import papermill_io

    if not REMOTE.match(address or ""):
        return 0
    files = [p for p in Path(folder).rglob("*") if p.suffix in TEXTS and p.is_file()]
    for path in sorted(files):
        place = f"{address.rstrip('/')}/{path.relative_to(folder).as_posix()}"
        text = path.read_text(encoding="utf-8")
        papermill_io.write(text, place, extensions=[path.suffix])
    return len(files)
