"""What a published lesson asks of a student, read from its exercise cells."""

import ast
import dataclasses
import re

from gan_utils.support import paths

TITLE = re.compile(r"\*\*Exercise (\d+): (.+?)\.?\*\*", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Exercise:
    """One exercise: the function that a student writes, and our checks of it."""

    number: int
    title: str
    function: str  # its name
    checks: tuple  # their names, in order
    code: str  # everything of the cell but the function

    def is_answered_in(self, source):
        """True if the source of a cell defines the function."""
        name = re.escape(self.function)
        return bool(re.search(rf"^(def {name}\s*\(|{name}\s*=[^=])", source, re.M))


def lesson_names(folder=None):
    """Names of the published lessons, in order, e.g. "01_explore_mnist"."""
    folder = folder or paths.notebooks_dir()
    return sorted(path.stem for path in folder.glob("[0-9][0-9]_*.ipynb"))


def lesson_of(name, notebook, known):
    """Which of the `known` lessons a student's notebook is, or None.

    The call `lesson("02_vanilla_gan", ...)` decides, then the number that the name of
    the file starts with.
    """
    code = "\n".join(c.source for c in notebook.cells if c.cell_type == "code")
    called = re.search(r"\blesson\(\s*[\"'](\w+)[\"']", code)
    if called and called[1] in known:
        return called[1]
    numbered = (lesson for lesson in known if name[:3] == lesson[:2] + name[2:3])
    return next((lesson for lesson in numbered if not name[2:3].isdigit()), None)


def exercises(notebook):
    """The Exercises of a published notebook, in order."""
    found, prose = [], ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            prose = cell.source
        elif "exercise" in cell.metadata.get("tags", []):
            found.append(_exercise(prose, cell.source))
    return found


def _exercise(prose, source):
    tree = ast.parse(source)
    stub = next(node for node in tree.body if _is_stub(node))
    tree.body.remove(stub)
    number, title = TITLE.search(prose).groups()
    names = tuple(call.args[0].value for call in _checks(tree))
    title = " ".join(title.split())
    return Exercise(int(number), title, stub.name, names, ast.unparse(tree))


def _is_stub(node):
    return isinstance(node, ast.FunctionDef) and "return ..." in ast.unparse(node)


def _checks(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check":
            yield node
