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
    """A lesson as it was given out: exercises, other code cells, parameters."""

    name: str
    exercises: list
    given: list  # sources of the code cells that are no exercises
    answers: list  # sources of the others
    parameters: dict


def _folder():
    return paths.notebooks_dir() / "solutions"


def lesson_names():
    """Names of the lessons, in order, e.g. "01_explore_mnist"."""
    return sorted(path.stem for path in _folder().glob("[0-9][0-9]_*.ipynb"))


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
    path = _folder() / f"{name}.ipynb"
    tasks, given, answers, prose = [], [], [], ""
    for kind, source in read_cells(path):
        if kind != "code":
            prose = source
        elif BEGIN in source:
            tasks.append(_exercise(prose, source))
            answers.append(source)
        else:
            given.append(source)
    if not tasks:
        text = f"{paths.shown(path)} has no exercises: run `make notebooks`"
        raise SubmissionError(text)
    return Published(name, tasks, given, answers, _parameters(given))


def _exercise(prose, source):
    tree = ast.parse(source)
    mark = source[: source.index(BEGIN)].count("\n") + 1
    answer = next(n for n in tree.body if n.lineno <= mark <= n.end_lineno)
    tree.body.remove(answer)
    number, title = TITLE.search(prose).groups()
    names = tuple(call.args[0].value for call in _checks(tree))
    statements = tuple(map(ast.unparse, tree.body))
    return Exercise(
        int(number), " ".join(title.split()), answer.name, names, statements
    )


def _checks(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check":
            yield node


def _parameters(sources):
    """{name: value} of the cell that sets `profile`."""
    for source in sources:
        if re.search(r"^profile\b", source, re.MULTILINE):
            return {
                node.target.id: ast.literal_eval(node.value)
                for node in ast.parse(source).body
                if isinstance(node, ast.AnnAssign)
            }
    return {}
