"""A student's file: the cells of a notebook, or in one line why it is none."""

import json
import re
from pathlib import Path

from gan_utils.support import paths

MAX_BYTES = 50_000_000
MARKER = re.compile(r"^[ \t]*((?:<{7}|={7}|>{7})(?: .*)?)\r?$", re.MULTILINE)
OTHERS = {  # how files begin that are no text, or not ours
    b"PK\3\4": "is a ZIP archive; unpack it first",
    b"\x1f\x8b": "is a gzip archive; unpack it first",
    b"version https://git-lfs": "is a pointer of Git LFS; run `git lfs pull`",
    b"<": "is a web page; download the notebook itself",
}


class SubmissionError(ValueError):
    """Not a notebook of this series. The message says why, in one line."""


def read_cells(path):
    """[(kind, source)] of all cells, e.g. ("code", "1 + 1").

    Any encoding and any version of the format. Raises SubmissionError.
    """
    try:
        return _cells(_parsed(_data(Path(path))))
    except (SubmissionError, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SubmissionError(f"{paths.shown(path)} {reason}") from None


def _data(path):
    if not path.is_file():
        what = "is no file" if path.exists() else "does not exist"
        raise SubmissionError("is a folder" if path.is_dir() else what)
    if path.stat().st_size > MAX_BYTES:
        raise SubmissionError(f"has more than {MAX_BYTES // 10**6} MB")
    data = path.read_bytes()
    if not data.strip(b"\0 \t\r\n"):
        raise SubmissionError(f"is empty ({len(data)} bytes)")
    for start, reason in OTHERS.items():
        if data.startswith(start) and not MARKER.match(data[:99].decode("latin-1")):
            raise SubmissionError(reason)
    return data


def _parsed(data):
    encoding = json.detect_encoding(data)  # UTF-8, 16 or 32, with a BOM or without
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("latin-1" if encoding == "utf-8" else encoding, "replace")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SubmissionError(_why_no_json(text, error)) from None
    except (ValueError, RecursionError) as error:
        raise SubmissionError(f"is no notebook: {error}") from None


def _why_no_json(text, error):
    if marker := find_marker(text):
        return f"has {marker}; resolve the conflict first"
    rest = text[error.pos :].strip()
    cut = error.msg.startswith("Unterminated") or len(rest) < len("false")
    if cut and text.lstrip().startswith("{"):
        return f"is cut off in line {text.rstrip().count(chr(10)) + 1}"
    return f"is no notebook: {error.msg.lower()} in line {error.lineno}"


def find_marker(text):
    """Where git has left a mark of a merge, in words, or ""."""
    if not (marker := MARKER.search(text)):
        return ""
    line = text[: marker.start(1)].count("\n") + 1
    return f"a merge marker of git in line {line} ({marker[1][:40]})"


def _cells(notebook):
    try:
        sheets = notebook.get("worksheets", [notebook])  # version 3
        return [_cell(cell) for sheet in sheets for cell in sheet["cells"]]
    except (AttributeError, KeyError, TypeError):
        raise SubmissionError("is JSON, but no notebook") from None


def _cell(cell):
    source = cell["source"] if "source" in cell else cell["input"]
    text = source if isinstance(source, str) else "".join(source)
    return cell["cell_type"], text.encode("utf-8", "replace").decode()
