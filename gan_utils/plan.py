"""What a run will do, decided before any kernel starts: notebooks, parameters, time.

papermill accepts every parameter name and every value (tooling traps P1 to P4). Here
an unknown name or a value of the wrong type is refused at once.
"""

import ast
import dataclasses
import difflib
import re
from pathlib import Path

import pydantic

from gan_utils import config, lesson, paths

COMMON = ("profile", "seed", "dataset", "device", "out_dir")
TYPES = {"int": int, "float": float, "str": str, "bool": bool}


class RunError(ValueError):
    """Wrong use: nothing was started. The message says what to change."""


@dataclasses.dataclass(frozen=True)
class Job:
    """One notebook with the parameters it will get."""

    notebook: Path
    parameters: dict
    estimate: int | None = None  # seconds, measured when the series was built
    cwd: Path | None = None  # where the kernel works; None: the notebook's folder

    @property
    def name(self):
        """For example `02_vanilla_gan`."""
        return self.notebook.stem


def find_notebooks(wanted=(), *, folder=None):
    """Paths of the numbered notebooks; `wanted` holds numbers ("2", "02") or names.

    Raises RunError when there is none, or none of that number.
    """
    folder = Path(folder or paths.notebooks_dir())
    known = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not known:
        place = paths.shown(folder)
        raise RunError(f"no notebooks in {place}: build them with `make notebooks`")
    if not wanted:
        return known
    chosen = [_pick(text, known) for text in wanted]
    return sorted(set(chosen), key=known.index)


def _pick(text, known):
    stem = Path(text).stem
    number = stem.zfill(2) if stem.isdigit() else stem
    for path in known:
        if path.stem == number or path.stem.split("_")[0] == number:
            return path
    names = ", ".join(path.stem for path in known)
    raise RunError(f"no notebook {text!r}; there are {names}")


def split_pairs(pairs):
    """("epochs=3", ...) -> {"epochs": "3"}. Raises RunError without an = sign."""
    for pair in pairs:
        if not re.fullmatch(r"[A-Za-z_]\w*=.*", pair, re.DOTALL):
            raise RunError(f"-p {pair}: write name=value, for example -p epochs=3")
    return dict(pair.split("=", 1) for pair in pairs)


def make_jobs(notebooks, common, extra):
    """One Job per notebook. `common` goes to all, `extra` to those that know the name.

    Raises RunError for a notebook without the common parameters, for a name that no
    chosen notebook knows, and for a value that its annotation does not allow.
    """
    known = {path: _declared(path) for path in notebooks}
    for path, declared in known.items():
        missing = [name for name in COMMON if name not in declared]
        if missing:
            raise RunError(f"{path.name} has no parameter {', '.join(missing)}")
    every = set().union(*known.values())
    for name in extra:
        _refuse_unknown(name, every)
    return [_job(path, declared, common, extra) for path, declared in known.items()]


def _job(path, declared, common, extra):
    given = common | {name: text for name, text in extra.items() if name in declared}
    values = {name: coerce(name, text, declared[name]) for name, text in given.items()}
    _check_values(values)
    estimate = lesson.expected_seconds(path.stem, values["profile"])
    return Job(path, values, estimate)


def _check_values(values):
    """What the lesson would refuse in its first cell is refused here."""
    shared = {k: v for k, v in values.items() if k in config.Parameters.model_fields}
    try:
        wanted = config.check_parameters(shared).device
        config.choose_device(config.split_device(wanted)[0])
    except ValueError as error:
        raise RunError(str(error)) from None


def _declared(path):
    """{name: annotation} of a notebook's parameters cell."""
    import papermill

    try:
        found = papermill.inspect_notebook(str(path))
    except Exception as error:  # not JSON, not a notebook, not readable
        raise RunError(f"cannot read {path.name}: {error}") from error
    return {name: entry["inferred_type_name"] for name, entry in found.items()}


def _refuse_unknown(name, known):
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
    except (ValueError, SyntaxError, TypeError):
        return value


def check_folder(folder):
    """`folder` as an absolute path for new results.

    Raises RunError when it holds something, is a file, or lies inside notebooks/.
    """
    folder = Path(folder).expanduser().resolve()
    if folder.is_relative_to(paths.notebooks_dir()):
        raise RunError(f"--out {folder}: notebooks/ holds the lessons; choose another")
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise RunError(f"--out {folder}: exists already; choose a new folder")
    return folder
