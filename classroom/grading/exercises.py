"""What a lesson asks of a student, read from its solutions, which no student edits."""

import ast
import dataclasses
import re

from classroom.grading.reading import SubmissionError, read_cells
from gan_utils.support import paths

BEGIN = "### BEGIN SOLUTION"
TITLE = re.compile(r"\*\*Exercise (\d+): (.+?)\.?\*\*", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Exercise:
    """One exercise: the function that a student writes, and our checks of it."""

    number: int
    title: str
    function: str  # its name
    checks: tuple  # their names, in order
    statements: tuple  # everything of the cell but the function


@dataclasses.dataclass(frozen=True)
class Published:
    """A lesson as it was given out."""

    name: str
    exercises: list
    given: list  # sources of the code cells that are no exercises
    answers: list  # sources of the others
    parameters: dict  # {name: value} of the cell that sets `profile`


def lesson_names():
    """Names of the lessons, in order, e.g. "01_explore_mnist"."""
    found = paths.notebooks_dir().glob("solutions/[0-9][0-9]_*.ipynb")
    return sorted(path.stem for path in found)


def lesson_of(name, sources, known):
    """Which of the `known` lessons a student's notebook is, or None.

    The call `lesson("02_vanilla_gan", ...)` decides, then the number that the name of
    the file starts with.
    """
    called = re.search(r"\blesson\(\s*[\"'](\w+)[\"']", "\n".join(sources))
    if called and called[1] in known:
        return called[1]
    numbered = (lesson for lesson in known if name[:3] == lesson[:2] + name[2:3])
    return next((lesson for lesson in numbered if not name[2:3].isdigit()), None)


def published(name):
    """The lesson called `name`. Raises SubmissionError if there are no exercises."""
    path = paths.notebooks_dir() / "solutions" / f"{name}.ipynb"
    cells = read_cells(path)
    code = [source for kind, source in cells if kind == "code"]
    answers = [source for source in code if BEGIN in source]
    if not answers:
        text = f"{paths.shown(path)} has no exercises: run `make notebooks`"
        raise SubmissionError(text)
    given = [source for source in code if BEGIN not in source]
    exercises = list(map(_exercise, _titles(cells), answers))
    return Published(name, exercises, given, answers, _parameters(given))


def _titles(cells):
    """For each exercise the nearest title above it; code may stand between."""
    title = None
    for kind, source in cells:
        if kind == "markdown":
            title = TITLE.search(source) or title
        elif BEGIN in source:
            yield title


def _exercise(title, source):
    body = ast.parse(source).body
    mark = source[: source.index(BEGIN)].count("\n") + 1
    answer = next(node for node in body if node.lineno <= mark <= node.end_lineno)
    body.remove(answer)
    calls = [x for node in body for x in ast.walk(node) if isinstance(x, ast.Call)]
    names = [x.args[0].value for x in calls if getattr(x.func, "id", "") == "check"]
    statements = tuple(map(ast.unparse, body))
    number, words = int(title[1]), " ".join(title[2].split())
    return Exercise(number, words, answer.name, tuple(names), statements)


def _parameters(given):
    setting = (text for text in given if re.search(r"^profile\b", text, re.MULTILINE))
    return {
        node.target.id: ast.literal_eval(node.value)
        for node in ast.parse(next(setting, "")).body
        if isinstance(node, ast.AnnAssign)
    }
