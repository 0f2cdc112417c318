"""The capstone: three trainings of a student's recipe against the published ones."""

from statistics import mean, stdev
from typing import Annotated, Literal

from pydantic import BaseModel, Field, FiniteFloat, ValidationError

from gan_utils.results import shipped_scores

FILE, RIVALS, SECONDS = "capstone.json", ("mlp", "dcgan"), 121  # 120, and the last step
THREE = Field(min_length=3, max_length=3)
Distances = Annotated[list[Annotated[FiniteFloat, Field(gt=0)]], THREE]


class Capstone(BaseModel):
    """What notebook 06 leaves: Fréchet distances by two judges, seconds of training."""

    recipe: str
    seeds: Annotated[set[int], THREE]
    first: Distances
    second: Distances
    seconds: Annotated[list[Annotated[float, Field(gt=0, le=SECONDS)]], THREE]
    n: Literal[10_000] = 10_000  # pictures


def line(notebook):
    """What the file beside a notebook comes to, or what is wrong with it; "": no file.

    A rival is beaten if all three trainings are nearer than it, by both judges.
    """
    try:
        found = Capstone.model_validate_json(notebook.with_name(FILE).read_bytes())
    except FileNotFoundError:
        return ""
    except ValidationError as error:
        fault = error.errors()[0]
        why = " ".join(map(str, [*fault["loc"], fault["msg"]]))
        return f"{notebook.name}: {FILE}: {why}"
    scores = {"first": found.first, "second": found.second}
    said = [f"{k} judge {mean(v):.2f} ± {stdev(v):.2f}" for k, v in scores.items()]
    for rival in RIVALS:
        run = next(r for r in shipped_scores()["runs"] if r["recipe"] == rival)
        won = all(max(v) < run[k]["metrics"]["fd"] for k, v in scores.items())
        said.append(f"{rival} {'beaten' if won else 'not beaten'}")
    return f"{notebook.name}: {', '.join(said)} ({' '.join(found.recipe.split())})"
