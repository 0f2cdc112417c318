"""The two versions of a notebook: solutions are the source, stubs are cut from it.

    def size_out(size, kernel_size, stride, padding):
        ### BEGIN SOLUTION
        return (size + 2 * padding - kernel_size) // stride + 1
        ### END SOLUTION

Students see `return ...` in place of what stands between the marks. The marks are
those of nbgrader. In the same way, an answer to an open question stands below it:

    # 3. Which two classes have the nearest means?
    #
    #    <!-- BEGIN ANSWER -->
    #    4 and 9: the distance of their means is the smallest of all 45.
    #    <!-- END ANSWER -->

Students see nothing of it, instructors a quotation that starts with **Answer.**
"""

import re

from classroom.grading.exercises import BEGIN

END, STUB = "### END SOLUTION", "return ..."
SOLUTION = re.compile(rf"^( *){BEGIN}\n.*?^ *{END}$", re.DOTALL | re.MULTILINE)
BEGIN_ANSWER, END_ANSWER = "<!-- BEGIN ANSWER -->", "<!-- END ANSWER -->"
ANSWER = re.compile(
    rf"\n*^( *){BEGIN_ANSWER}\n(.+?)\n *{END_ANSWER}$", re.DOTALL | re.MULTILINE
)
NOTE = """\
> **With solutions, for instructors.** Only the cells of the exercises differ from the
> notebook of the same name one folder up, and nothing here has been run yet."""


class MarkError(ValueError):
    """A mark without its partner. The message shows where."""


def cut(text):
    """A cell's source with each solution replaced by the stub.

    Raises MarkError when a mark is left over.
    """
    return _without_marks(SOLUTION.sub(rf"\1{STUB}", text), BEGIN, END)


def unanswered(text):
    """The text of a markdown cell without its answers. Raises MarkError as `cut`."""
    return _without_marks(ANSWER.sub("", text).lstrip("\n"), BEGIN_ANSWER, END_ANSWER)


def answered(text):
    """The text of a markdown cell with each answer as a quotation."""
    quoted = ANSWER.sub(_quotation, text).strip("\n")
    return _without_marks(quoted, BEGIN_ANSWER, END_ANSWER)


def _quotation(match):
    margin, answer = match.groups()
    lines = [line.removeprefix(margin) for line in answer.split("\n")]
    lines[0] = f"**Answer.** {lines[0]}"
    block = "\n".join(f"{margin}> {line}".rstrip() for line in lines)
    return f"\n\n{block}\n"  # a blank line on either side, or it is no quotation


def _without_marks(text, *marks):
    left = [line.strip() for line in text.splitlines() if line.strip() in marks]
    if left:
        raise MarkError(f"{left[0]} has no partner")
    return text


def for_students(notebook):
    """The notebook, changed in place: stubs for solutions, no answers; a cell that
    held nothing but an answer is left out.
    """
    for cell in notebook.cells:
        change = cut if cell.cell_type == "code" else unanswered
        cell.source = change(cell.source)
    kept = (cell for cell in notebook.cells if cell.source or cell.cell_type == "code")
    notebook.cells = list(kept)
    return notebook


def for_instructors(notebook):
    """The notebook, changed in place for its place in `solutions/`: a note below its
    title, links that lead one folder further up, answers, and no stubs.
    """
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = answered(cell.source).replace("](../", "](../../")
    title, _, rest = notebook.cells[0].source.partition("\n")
    notebook.cells[0].source = f"{title}\n\n{NOTE}\n{rest}"
    return notebook
