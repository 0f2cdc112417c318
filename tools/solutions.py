"""The two versions of a notebook: solutions are the source, stubs are cut from it.

    def size_out(size, kernel_size, stride, padding):
        ### BEGIN SOLUTION
        return (size + 2 * padding - kernel_size) // stride + 1
        ### END SOLUTION

Students see `return ...` in place of what stands between the marks. The marks are
those of nbgrader.
"""

import re

from classroom.grading.exercises import BEGIN

END, STUB = "### END SOLUTION", "return ..."
SOLUTION = re.compile(rf"^( *){BEGIN}\n.*?^ *{END}$", re.DOTALL | re.MULTILINE)
NOTE = """\
> **With solutions, for instructors.** Only the cells of the exercises differ from the
> notebook of the same name one folder up, and nothing here has been run yet."""


class MarkError(ValueError):
    """A mark without its partner. The message shows where."""


def cut(text):
    """A cell's source with each solution replaced by the stub.

    Raises MarkError when a mark is left over.
    """
    stub = SOLUTION.sub(rf"\1{STUB}", text)
    left = [line.strip() for line in stub.splitlines() if line.strip() in (BEGIN, END)]
    if left:
        raise MarkError(f"{left[0]} has no partner")
    return stub


def for_students(notebook):
    """The notebook, changed in place: stubs for solutions."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = cut(cell.source)
    return notebook


def for_instructors(notebook):
    """The notebook, changed in place for its place in `solutions/`: a note below its
    title, links that lead one folder further up, and no stubs.
    """
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("](../", "](../../")
    title, _, rest = notebook.cells[0].source.partition("\n")
    notebook.cells[0].source = f"{title}\n\n{NOTE}\n{rest}"
    return notebook
