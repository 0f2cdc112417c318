"""Parameters from a command line or a file, checked before any kernel starts.

papermill accepts every name and every value. Here an unknown name or a value of the
wrong type or range is refused at once, with one line that says what to write.
"""

import ast
import contextlib
import json
import math
import re
from pathlib import Path

import pydantic

from classroom.notebook.job import RunError
from gan_utils import config

TEXT = "tag:yaml.org,2002:str"
LONGEST = 1000  # hours
TYPES = {"int": int, "float": float, "str": str, "bool": bool}


def split_pairs(pairs):
    """("epochs=3", ...) -> {"epochs": "3"}. Raises RunError without an = sign."""
    for pair in pairs:
        if not re.fullmatch(r"[A-Za-z_]\w*=.*", pair, re.DOTALL):
            raise RunError(f"-p {pair}: write name=value, for example -p epochs=3")
    return dict(pair.split("=", 1) for pair in pairs)


def read_file(path):
    """{name: value} of a YAML file of one level, for example `epochs: 3`.

    YAML takes `yes`, `010` and `12:30` for true, 8 and 750. So a bare word that is no
    plain text must be written as in JSON.
    Raises RunError when it cannot be read, or is not of that form.
    """
    import yaml

    try:
        root = yaml.compose(Path(path).expanduser().read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise RunError(f"-f {path}: {reason}") from None
    pairs = root.value if isinstance(root, yaml.MappingNode) else [(None, None)]
    if not all(getattr(key, "tag", "") == TEXT for key, _ in pairs):
        raise RunError(f"-f {path}: write one `name: value` a line")
    found = {}
    for key, node in pairs:
        if key.value in found:
            raise RunError(f"-f {path}: {key.value} is there twice")
        if not isinstance(node, yaml.ScalarNode):
            raise RunError(f"-f {path}: {key.value} must be a single value")
        found[key.value] = _plain(path, key.value, node)
    return found


def _plain(path, name, node):
    """The value of a node of YAML, if it cannot be taken for another."""
    if node.tag == TEXT:
        return node.value
    with contextlib.suppress(ValueError):
        return json.loads(node.value)
    hint = "write a plain number, true, false or null, or put it in quotes"
    raise RunError(f"-f {path}: {name}: {node.value} can be misread; {hint}")


def parse_seeds(text):
    """ "3", "0-4", "0,2,5-7" -> [0, 2, 5, 6, 7]. Raises RunError for anything else."""
    seeds = []
    for part in str(text).split(","):
        match = re.fullmatch(r"\s*(\d{1,10})\s*(?:-\s*(\d{1,10})\s*)?", part)
        if not match:
            raise RunError(f"--seeds {text}: write 0-4 or 0,2,5, each below 2^31")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last - first >= 1000:
            raise RunError(f"--seeds {text}: {part.strip()} is no range of up to 1000")
        seeds += range(first, last + 1)
    return list(dict.fromkeys(seeds))


def parse_time(text, option="--budget"):
    """ "90", "90s", "15m", "1h30m" -> seconds. Raises RunError for anything else."""
    pattern = r"\s*(?:(\d{1,9})h)?\s*(?:(\d{1,9})m)?\s*(?:(\d{1,9})s?)?\s*"
    match = re.fullmatch(pattern, str(text))
    if not match or not any(match.groups()):
        raise RunError(f"{option} {text}: write 90s, 15m or 1h30m")
    hours, minutes, seconds = (int(group or 0) for group in match.groups())
    total = 3600 * hours + 60 * minutes + seconds
    if not 0 < total <= 3600 * LONGEST:
        raise RunError(f"{option} {text}: must be from 1s to {LONGEST}h")
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


def coerce(name, value, annotation):
    """`value`, often text from a command line or YAML, as its annotation wants it.

    "1e-4" becomes 0.0001 for a float and "1e3" becomes 1000 for an int; "None" is None.
    Raises RunError for what does not fit, is not finite, or is a truth value where a
    number is wanted.
    """
    if value is None or value == "None":
        return None
    kind = TYPES.get(re.sub(r"\s*\|\s*None$", "", str(annotation)))
    if kind is str:
        return str(value)
    found, literal = None, value
    with contextlib.suppress(Exception):  # it is no value of Python, or too long
        literal = ast.literal_eval(value)
    if kind is None:
        return literal
    with contextlib.suppress(pydantic.ValidationError):
        found = pydantic.TypeAdapter(kind).validate_python(literal)
    mixed = isinstance(literal, bool) and kind is not bool
    if found is None or mixed or (kind is float and not math.isfinite(found)):
        raise RunError(f"{name}={value!r} is not {annotation}")
    return found


def checked(values):
    """The values with whole paths. What the lesson, in its first cell, or a cell that
    reads a folder would refuse is refused here: raises RunError.
    """
    values, shared = dict(values), config.Parameters.model_fields
    for name in config.FOLDERS.keys() & {k for k, v in values.items() if v}:
        values[name] = whole_path(name, values[name], f"{name}={values[name]!r}")
    try:
        given = config.check_parameters({k: values[k] for k in shared if k in values})
        config.choose_device(config.split_device(given.device)[0])
    except ValueError as error:
        raise RunError(str(error)) from None
    return values


def whole_path(name, value, said):
    """config.absolute_folder; RunError begins with what was `said`."""
    try:
        return config.absolute_folder(name, str(value))
    except ValueError as error:
        raise RunError(f"{said}: {error}") from None
