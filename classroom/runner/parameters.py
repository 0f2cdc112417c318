"""Parameters from a command line or a file, checked before any kernel starts.

papermill accepts every name and every value. Here an unknown name or a value of the
wrong type or range is refused at once, with one line that says what to write.
"""

import ast
import difflib
import re
from pathlib import Path

import pydantic

from classroom.notebook.job import RunError
from gan_utils import config

TYPES = {"int": int, "float": float, "str": str, "bool": bool}


def split_pairs(pairs):
    """("epochs=3", ...) -> {"epochs": "3"}. Raises RunError without an = sign."""
    for pair in pairs:
        if not re.fullmatch(r"[A-Za-z_]\w*=.*", pair, re.DOTALL):
            raise RunError(f"-p {pair}: write name=value, for example -p epochs=3")
    return dict(pair.split("=", 1) for pair in pairs)


def read_file(path):
    """{name: value} of a YAML file of one level, for example `epochs: 3`.

    Raises RunError when it cannot be read, or is not of that form.
    """
    import yaml

    try:
        found = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise RunError(f"-f {path}: {reason}") from None
    if not isinstance(found, dict) or not all(isinstance(k, str) for k in found):
        raise RunError(f"-f {path}: write one `name: value` a line")
    for name, value in found.items():
        if isinstance(value, dict | list):
            raise RunError(f"-f {path}: {name} must be a single value")
    return found


def parse_seeds(text):
    """ "3", "0-4", "0,2,5-7" -> [0, 2, 5, 6, 7]. Raises RunError for anything else."""
    seeds = []
    for part in str(text).split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part)
        if not match:
            raise RunError(f"--seeds {text}: write 0-4 or 0,2,5")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last - first >= 1000:
            raise RunError(f"--seeds {text}: {part.strip()} is no range of up to 1000")
        seeds += range(first, last + 1)
    return list(dict.fromkeys(seeds))


def parse_time(text, option="--budget"):
    """ "90", "90s", "15m", "1h30m" -> seconds. Raises RunError for anything else."""
    pattern = r"\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s?)?\s*"
    match = re.fullmatch(pattern, str(text))
    if not match or not any(match.groups()):
        raise RunError(f"{option} {text}: write 90s, 15m or 1h30m")
    hours, minutes, seconds = (int(group or 0) for group in match.groups())
    total = 3600 * hours + 60 * minutes + seconds
    if not total:
        raise RunError(f"{option} {text}: must be more than nothing")
    return total


def declared(notebook):
    """{name: annotation} of a notebook's parameters cell. Raises RunError."""
    import papermill

    try:
        found = papermill.inspect_notebook(str(notebook))
    except Exception as error:  # not JSON, not a notebook, not readable
        reason = " ".join(str(error).split())[:200]
        raise RunError(f"cannot read {Path(str(notebook)).name}: {reason}") from error
    return {name: entry["inferred_type_name"] for name, entry in found.items()}


def refuse_unknown(name, known):
    """Raise RunError when `name` is not in `known`, with the nearest one that is."""
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    others = ", ".join(sorted(known))
    hint = f"did you mean {near[0]!r}?" if near else f"known: {others}"
    raise RunError(f"unknown parameter {name!r}; {hint}")


def coerce(name, value, annotation):
    """`value`, often text from a command line or YAML, as its annotation wants it.

    "1e-4" becomes 0.0001 for a float and "1e3" becomes 1000 for an int; "None" is None.
    Raises RunError when the value does not fit.
    """
    if value is None or value == "None":
        return None
    kind = TYPES.get(re.sub(r"\s*\|\s*None$", "", str(annotation)))
    if kind is str:
        return str(value)
    literal = _literal(value)
    if kind is None:
        return literal
    try:
        return pydantic.TypeAdapter(kind).validate_python(literal)
    except pydantic.ValidationError:
        message = f"{name}={value!r} is not {annotation}"
        raise RunError(message) from None


def _literal(value):
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return value


def check_values(values):
    """What the lesson would refuse in its first cell is refused here."""
    shared = {k: v for k, v in values.items() if k in config.Parameters.model_fields}
    try:
        wanted = config.check_parameters(shared).device
        config.choose_device(config.split_device(wanted)[0])
    except ValueError as error:
        raise RunError(str(error)) from None
