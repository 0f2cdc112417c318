"""What a lesson may be told: parameters, profiles, device and precision.

Taught in notebook 01, section *Parameters*.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from gan_utils.support.words import did_you_mean

PROFILE_NAMES = ("smoke", "quick", "full")
PRECISIONS = ("auto", "fp32", "bf16")


@dataclass(frozen=True)
class Profile:
    """How much work a lesson does. None means: all, or not used by this lesson."""

    epochs: float | None = None
    batch_size: int | None = None
    n_images: int | None = None  # training images to keep


_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
PROFILES = {  # lesson -> name of a profile -> Profile
    lesson: {name: Profile(**known.get(name, {})) for name in PROFILE_NAMES}
    for lesson, known in _TABLES["profiles"].items()
}
SMALLEST = _TABLES["smallest"]  # lesson -> what a data set needs at least of what
FOLDERS = _TABLES["folders"]  # parameter that names a folder -> what else it may say
OWN_PARAMETERS = {"05_progression_gallery": ("source",)}  # beside the common ones


class Parameters(BaseModel):
    """The common parameters, with their ranges. Unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: Literal[PROFILE_NAMES] = "quick"
    seed: int = Field(0, ge=0, lt=2**31)
    dataset: str = Field("auto", min_length=1)
    device: str = "auto"
    out_dir: str | None = None
    epochs: float | None = Field(None, gt=0, le=10_000)
    batch_size: int | None = Field(None, ge=2, le=60_000)

    @field_validator("dataset", "out_dir")
    @classmethod
    def absolute(cls, value, info):
        """A word of FOLDERS, or an absolute folder."""
        return absolute_folder(info.field_name, value) if value else value

    @field_validator("device")
    @classmethod
    def known_format(cls, value):
        """A device, alone or with a number format: "cpu fp32"."""
        split_device(value)
        return value

    @field_validator("seed", "batch_size", "epochs", mode="before")
    @classmethod
    def not_a_truth_value(cls, value):
        """`True` is a number in Python; here it is a mistake."""
        if isinstance(value, bool):
            raise ValueError("must be a number, not True or False")
        return value


def absolute_folder(name, value):
    """What parameter `name` says: a word of FOLDERS in lower case, or a whole path.

    ~ is the home folder; a relative path starts where this process works, as everywhere
    in Python. Raises ValueError for a folder to read that is not there, and for a file.
    """
    words = FOLDERS[name]
    if value.lower() in words:
        return value.lower()
    try:
        path = Path(value.strip() or "\0").expanduser().resolve()
        there, file = path.is_dir(), path.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # ~nobody, a NUL, too long
        raise ValueError(f"is no folder: {error}") from None
    if file or (words and not there):
        what = f"{path} is a file" if file else f"there is no folder {path}"
        hint = did_you_mean(value, words) if words else "choose a folder"
        raise ValueError(f"{what}; {hint}")
    return str(path)


def check_parameters(values):
    """Parameters(**values), or ValueError with one line per wrong value."""
    try:
        plain = {k: str(v) if k in FOLDERS and v else v for k, v in values.items()}
        return Parameters(**plain)
    except ValidationError as error:
        lines = [_line(e) for e in error.errors(include_url=False)]
        raise ValueError("\n".join(lines)) from None


def _line(error):
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        known = ", ".join(Parameters.model_fields)
        return f"{name}: unknown parameter; known are {known}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{name}={error['input']!r}: {message[0].lower()}{message[1:]}"


def split_device(wanted):
    """("cuda", "fp32") of "cuda fp32"; what is not said is "auto".

    Raises ValueError for a number format that is not one of PRECISIONS.
    """
    device, *words = wanted.split() or ["auto"]
    number_format = " ".join(words) or "auto"
    if number_format not in PRECISIONS:
        raise ValueError(f"the number format must be one of {', '.join(PRECISIONS)}")
    return device, number_format


def choose_device(wanted="auto"):
    """(device, reason). "auto" takes cuda, then mps, then cpu.

    Raises ValueError when a named device is not there, with those that are.
    """
    gpus = {"cuda": torch.cuda, "mps": torch.backends.mps}
    there = [*(name for name, its in gpus.items() if its.is_available()), "cpu"]
    if wanted == "auto":
        return there[0], "the best one found" if there[0] != "cpu" else "no GPU found"
    if wanted.split(":")[0] not in there:
        raise ValueError(
            f"device={wanted!r} is not available; there is {', '.join(there)}"
        )
    return wanted, "as asked"


def choose_precision(device, wanted="auto"):
    """("bf16" or "fp32", reason); "auto" times a matrix product in both formats."""
    if wanted != "auto":
        return wanted, "as asked"
    if not device.startswith("cpu"):
        ready = device.startswith("cuda") and torch.cuda.is_bf16_supported()
        return ("bf16", "the GPU has it") if ready else ("fp32", f"safe on {device}")
    from gan_utils.support import speed  # here, as few need it

    slow, fast = speed.product_times(torch.float32, torch.bfloat16)
    if slow > 1.5 * fast:
        return "bf16", f"matrix products run {slow / fast:.1f} times faster here"
    return "fp32", "this processor gains nothing from bf16"
