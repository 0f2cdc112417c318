"""Files that are either whole or not there, and checksums that prove it."""

import contextlib
import glob
import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

REST = ".tmp"  # how the name of a temporary file ends


def write_atomic(path, data, *, keep=None):
    """Write bytes to `path` so that no reader ever sees half of them.

    The bytes go to a temporary file in the same folder, reach the disk, and then take
    the final name in one step. If anything fails, the old file stays as it was.
    keep: a path where the old file stays, if the disk knows second names.

    Raises OSError with the path and the free space (disk full, read-only, no folder).
    """
    path, free = Path(path), ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, data, keep)
    except OSError as error:
        if path.parent.is_dir():
            free = f" ({shutil.disk_usage(path.parent).free / 1e6:.0f} MB free)"
        raise OSError(error.errno, f"{error.strerror}{free}", str(path)) from error
    return path


def _write(path, data, keep):
    handle, temporary = tempfile.mkstemp(REST, f".{path.name}.", path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp makes private files
        if keep is not None and path.is_file():
            with contextlib.suppress(OSError):  # some disks know no second name
                keep.unlink(missing_ok=True)
                os.link(path, keep)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def disk_said(error, path):
    """One line for an OSError: the file that was not written (else `path`), and why."""
    return f"cannot write {error.filename or path}: {error.strerror or error}"


def remove_rests(path):
    """Remove what a killed `write_atomic(path)` left behind. Nobody else may write."""
    path = Path(path)
    for rest in path.parent.glob(f".{glob.escape(path.name)}.*{REST}"):
        rest.unlink(missing_ok=True)


def write_json(path, value):
    """Write `value` as JSON, atomically. NaN and infinity are refused (ValueError)."""
    text = json.dumps(value, indent=1, allow_nan=False)
    return write_atomic(path, (text + "\n").encode())


def read_json(path):
    """The object in a JSON file; {} if there is none, or none that can be read."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def sha256_bytes(data):
    """SHA-256 of bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
