"""Files that are either whole or not there, and checksums that prove it."""

import hashlib
import json
import os
import tempfile
from pathlib import Path


def write_atomic(path, data):
    """Write bytes to `path` so that no reader ever sees half of them.

    The bytes go to a temporary file in the same folder, reach the disk, and then take
    the final name in one step. If anything fails, the old file stays as it was.

    Raises OSError with the path in its message (disk full, read-only, not a folder).
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp makes private files
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path


def write_json(path, value):
    """Write `value` as JSON, atomically. NaN and infinity are refused (ValueError)."""
    text = json.dumps(value, indent=1, allow_nan=False)
    return write_atomic(path, (text + "\n").encode())


def sha256_bytes(data):
    """SHA-256 of bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path):
    """SHA-256 of a file's content, as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
