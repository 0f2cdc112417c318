"""Stubs are cut from solutions, and both versions are built from one source."""

import build_notebooks
import nbformat
import pytest
import solutions
from build_notebooks import Builder, convert
from made_up import source

SOLVED = '''\
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    twice = x + x
    return twice
    ### END SOLUTION


check("two", lambda: double(1), 2)'''
STUB = '''\
def double(x):
    """Twice x."""
    return ...


check("two", lambda: double(1), 2)'''


QUESTIONS = """\
3. Which two are nearest?

   <!-- BEGIN ANSWER -->
   4 and 9:

   the smallest of 45.
   <!-- END ANSWER -->
4. Why?

<!-- BEGIN ANSWER -->
Look at their strokes.
<!-- END ANSWER -->"""
ANSWERED = """\
3. Which two are nearest?

   > **Answer.** 4 and 9:
   >
   > the smallest of 45.

4. Why?

> **Answer.** Look at their strokes."""


@pytest.fixture
def lesson(tmp_path):
    """A source with one exercise, in the folder of a builder."""
    path = tmp_path / "notebooks/src/01_try.py"
    path.parent.mkdir(parents=True)
    prelude = "from gan_utils.checks import check"
    prose = "See [a picture](../figures/a.png)."
    path.write_text(source(prelude, SOLVED, prose=prose))
    return path


def test_a_solution_is_cut_to_the_stub_and_the_rest_stays():
    assert solutions.cut(SOLVED) == STUB
    assert solutions.cut(STUB) == STUB


def test_each_of_two_solutions_in_a_cell_is_cut_by_itself():
    assert solutions.cut(f"{SOLVED}\n\n\n{SOLVED}") == f"{STUB}\n\n\n{STUB}"


def test_the_stub_stands_as_deep_as_the_marks():
    deep = "class A:\n" + "\n".join(f"    {line}" for line in SOLVED.split("\n")[:-3])
    assert "\n        return ..." in solutions.cut(deep)


@pytest.mark.parametrize("mark", [solutions.BEGIN, solutions.END])
def test_a_mark_without_its_partner_is_an_error(mark):
    (other,) = {solutions.BEGIN, solutions.END} - {mark}
    with pytest.raises(solutions.MarkError, match=f"{other} has no partner"):
        solutions.cut(SOLVED.replace(mark, "pass"))


def test_an_answer_is_left_out_or_quoted():
    assert solutions.unanswered(QUESTIONS) == "3. Which two are nearest?\n4. Why?"
    assert solutions.answered(QUESTIONS) == ANSWERED
    assert solutions.unanswered(ANSWERED) == solutions.answered(ANSWERED) == ANSWERED


@pytest.mark.parametrize("change", [solutions.unanswered, solutions.answered])
@pytest.mark.parametrize("mark", [solutions.BEGIN_ANSWER, solutions.END_ANSWER])
def test_a_mark_of_an_answer_without_its_partner_is_an_error(mark, change):
    with pytest.raises(solutions.MarkError, match="ANSWER --> has no partner"):
        change(f"{QUESTIONS}\n{mark}")


def test_students_see_no_answer_and_no_cell_of_nothing_else(lesson):
    commented = QUESTIONS.replace("\n", "\n# ")
    alone = "<!-- BEGIN ANSWER -->\n# Yes.\n# <!-- END ANSWER -->"
    with lesson.open("a") as file:
        file.write(f"# %% [markdown]\n# {commented}\n\n# %% [markdown]\n# {alone}\n")
    students = convert(lesson)
    instructors = convert(lesson, solutions.for_instructors)
    assert students.cells[-1].source == "3. Which two are nearest?\n4. Why?"
    assert [c.source for c in instructors.cells[-2:]] == [
        ANSWERED,
        "> **Answer.** Yes.",
    ]
    assert len(instructors.cells) == len(students.cells) + 1


def test_the_two_versions_differ_in_the_exercise_and_in_the_note(lesson):
    students = convert(lesson)
    instructors = convert(lesson, solutions.for_instructors)
    pairs = list(zip(students.cells, instructors.cells))
    assert len(students.cells) == len(instructors.cells) == 5
    assert [a.source == b.source for a, b in pairs] == [False, True, True, True, False]
    assert pairs[4][0].source == STUB and pairs[4][1].source == SOLVED
    title, _, note = pairs[0][1].source.partition("\n\n")
    assert title == "# A made-up lesson" and note.startswith(solutions.NOTE)
    assert "(../../figures/a.png)" in note and "(../figures/" not in note


def test_a_build_writes_the_solutions_without_outputs(lesson):
    builder = Builder(lesson.parent.parent)
    assert builder.build(lesson) == "built"
    path = builder.folder / "solutions/01_try.ipynb"
    solutions = nbformat.read(path, as_version=4)
    nbformat.validate(solutions)
    code = build_notebooks.code_cells(solutions)
    assert code[-1].source == SOLVED
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    students = nbformat.read(builder.folder / "01_try.ipynb", as_version=4)
    assert students.cells[-1].outputs[0].text.startswith("not yet: two")


def test_a_new_solution_runs_nothing_and_leaves_the_students_version(
    lesson, monkeypatch
):
    builder = Builder(lesson.parent.parent)
    builder.build(lesson)
    before = (builder.folder / "01_try.ipynb").read_bytes()
    monkeypatch.delattr(build_notebooks, "execute")
    lesson.write_text(lesson.read_text().replace("twice = x + x", "twice = 2 * x"))
    assert builder.out_of_step(lesson) == "solutions changed"
    assert builder.build(lesson) == "solutions updated"
    assert builder.out_of_step(lesson) == ""
    assert (builder.folder / "01_try.ipynb").read_bytes() == before


def test_every_stub_of_the_series_has_a_solution(project):
    sources = sorted((project / "notebooks/src").glob("[0-9][0-9]_*.py"))
    built = sorted((project / "notebooks/solutions").glob("*.ipynb"))
    assert [path.stem for path in sources] == [path.stem for path in built]
    for path in sources:
        solved = convert(path, solutions.for_instructors)
        code = map(build_notebooks.code_cells, (convert(path), solved))
        pairs = list(zip(*code, strict=True))
        changed = [a for a, b in pairs if a.source != b.source]
        tagged = [a for a, b in pairs if "exercise" in a.metadata.get("tags", [])]
        assert changed == tagged and len(tagged) >= 2, path.stem
        assert all(cell.source.count(solutions.STUB) == 1 for cell in tagged)
