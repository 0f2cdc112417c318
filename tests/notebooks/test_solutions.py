"""The solutions solve the exercises, and the students' stubs do not."""

import re
from pathlib import Path

import build_notebooks
import nbformat
import pytest
import solutions

from classroom.notebook import execution
from classroom.notebook.job import Job

QUESTION = re.compile(r"^(?:\d+\. |\*\*Question \d+)", re.MULTILINE)
CHECK = re.compile(r"^check\(\s*\"([^\"]+)\"", re.MULTILINE)


def checks(notebook):
    """[(name of a check, the line that it printed)] of all exercises, in order."""
    said = []
    for cell in notebook.cells:
        if "exercise" in cell.metadata.get("tags", []):
            printed = "".join(o.text for o in cell.outputs if o.get("name") == "stdout")
            lines = re.findall(r"^(?:ok|not yet): .*", printed, re.MULTILINE)
            names = CHECK.findall(cell.source)
            assert len(lines) == len(names) > 0, printed
            said += zip(names, lines)
    return said


@pytest.fixture(scope="module")
def solved(source, tmp_path_factory):
    """The notebook with solutions, executed at profile smoke."""
    folder = tmp_path_factory.mktemp(source.stem)
    path = source.parent.parent / "solutions" / f"{source.stem}.ipynb"
    parameters = {"profile": "smoke", "out_dir": str(folder / "results")}
    outcome = execution.execute(Job(path, parameters, cwd=folder), folder)
    assert outcome.status == execution.PASSED, outcome
    return nbformat.read(Path(folder) / path.name, as_version=4)


@pytest.mark.timeout(300)
def test_every_check_of_the_solutions_says_ok(solved):
    assert [line for name, line in checks(solved) if line != f"ok: {name}"] == []


def test_the_stubs_say_not_yet_and_raise_nothing(source):
    """In the outputs that students see; test_smoke runs the same cells again."""
    path = source.parent.parent / f"{source.stem}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    said = [line.partition(": nothing")[0] for _, line in checks(notebook)]
    assert said == [f"not yet: {name}" for name, _ in checks(notebook)]
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert all(output.output_type != "error" for output in outputs)


def unanswered(texts):
    """The questions below *Exercises* that no answer follows, in instructors' prose."""
    text = "\n".join(texts).partition("\n## Exercises")[2].partition("\n## ")[0]
    starts = [match.start() for match in QUESTION.finditer(text)]
    questions = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)])]
    return [one.split("\n")[0] for one in questions if "> **Answer.**" not in one]


def test_every_question_has_its_answer(source):
    solved = build_notebooks.convert(source, solutions.for_instructors)
    prose = [cell.source for cell in solved.cells if cell.cell_type == "markdown"]
    assert unanswered(prose) == []


def test_a_question_without_an_answer_is_found():
    texts = ["1. A list.", "\n## Exercises", "1. Why?\n\n   > **Answer.** So.\n2. How?"]
    assert unanswered([*texts, "**Question 3.** Who?", "## Next\n\n4. Read."]) == [
        "2. How?",
        "**Question 3.** Who?",
    ]
