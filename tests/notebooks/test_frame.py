"""Every numbered notebook is built from its source and has the series' frame."""

import json
import re

import build_notebooks
import nbformat
import papermill
import pytest
import setup_cell
import solutions

from classroom.runner import parameters, plan

SERIES = [
    "01_explore_mnist",
    "02_vanilla_gan",
    "03_dcgan",
    "04_stabilization_tricks",
    "05_progression_gallery",
    "06_measure_quality",
    "07_two_dimensions",
    "08_failure_zoo",
    "09_control",
    "10_to_modern",
]
OPENING = ("What you'll do", "What you'll learn", "What you'll need")
CLOSING = ("Recap", "Exercises", "In practice", "Next")
LEAVES = re.compile(r"^\s*(sys\.exit|exit|quit)\(", re.MULTILINE)
STAR = re.compile(r"^\s*from\s+\S+\s+import\s+\*", re.MULTILINE)
IMAGE_WITHOUT_TEXT = re.compile(r"!\[\s*\]\(|<img(?![^>]*\balt=\"[^\"]+\")[^>]*>")


@pytest.fixture(scope="session")
def fresh(source):
    """The notebook as its source says, without outputs."""
    return build_notebooks.convert(source)


@pytest.fixture(scope="session")
def built_path(source):
    return source.parent.parent / f"{source.stem}.ipynb"


@pytest.fixture(scope="session")
def built(built_path):
    """The notebook that students open."""
    assert built_path.is_file(), "run `make notebooks`"
    return nbformat.read(built_path, as_version=4)


def prose(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def headings(notebook, level):
    marks = "#" * level
    lines = "\n".join(prose(notebook)).splitlines()
    return [line[level + 1 :] for line in lines if line.startswith(f"{marks} ")]


def test_the_series_is_complete(project):
    found = sorted((project / "notebooks/src").glob("*.py"))
    assert [path.stem for path in found] == SERIES
    found = sorted((project / "notebooks").glob("*.ipynb"))
    assert [path.stem for path in found] == SERIES


@pytest.mark.parametrize("profile", ["smoke", "quick"])
def test_a_plan_can_tell_the_minutes_of_every_lesson(project, profile):
    times = json.loads((project / "notebooks/times.json").read_text("utf-8"))[profile]
    assert sorted(times) == SERIES
    assert all(entry["seconds"] > 0 for entry in times.values())


def test_the_notebook_is_what_its_source_says(source, built):
    builder = build_notebooks.Builder(source.parent.parent)
    assert builder.out_of_step(source) == "", "run `make notebooks`"


def test_students_see_results_and_no_error(source, built):
    build_notebooks.check_publishable(source.stem, built)
    outputs = [out for cell in built.cells for out in cell.get("outputs", [])]
    assert any("image/png" in out.get("data", {}) for out in outputs)
    warnings = [out.text for out in outputs if out.get("name") == "stderr"]
    assert warnings == []


def test_no_cell_ends_with_a_value_that_says_nothing(built):
    """Such as the True of `torch.set_flush_denormal(True)` in the last line."""
    outputs = [out for cell in built.cells for out in cell.get("outputs", [])]
    results = [out for out in outputs if out.output_type == "execute_result"]
    shown = [out.data.get("text/plain", "") for out in results]
    assert not {"True", "False", "None"} & {*shown}


def test_the_file_is_at_most_one_megabyte_and_valid(built_path, built):
    assert built_path.stat().st_size <= 1_000_000
    nbformat.validate(built)


def test_one_parameters_cell_whose_help_is_the_manual(built_path, built):
    tagged = [c for c in built.cells if "parameters" in c.metadata.get("tags", [])]
    assert len(tagged) == 1
    assert tagged[0] is build_notebooks.own_cells(built)[0]
    declared = papermill.inspect_notebook(str(built_path))
    assert set(plan.COMMON) <= set(declared)
    for name, entry in declared.items():
        assert entry["inferred_type_name"] in parameters.TYPES, (
            f"{name} needs an annotation"
        )
        assert len(entry["help"]) > 10, f"{name} needs a comment"


def test_it_starts_where_the_package_is_missing_by_the_same_cell_as_all(built):
    title, first = built.cells[:2]
    assert title.source.startswith("# ") and first.metadata == {"tags": ["setup"]}
    assert first.source == setup_cell.source()
    assert (first.execution_count, first.outputs) == (1, [])


def test_what_it_shows_comes_with_the_file(built):
    addresses = re.findall(
        r"!\[[^\]]*\]\(([^)]+)\)|<img[^>]+src=", "\n".join(prose(built))
    )
    assert addresses == [], "a picture that Colab has no file for"


def test_the_defaults_are_the_same_in_every_notebook(built_path):
    declared = papermill.inspect_notebook(str(built_path))
    defaults = {name: declared[name]["default"] for name in plan.COMMON}
    assert defaults == {
        "profile": '"quick"',
        "seed": "0",
        "dataset": '"auto"',
        "device": '"auto"',
        "out_dir": "None",
    }


def test_it_opens_and_closes_as_the_others_do(fresh):
    text = "\n".join(prose(fresh))
    assert len(headings(fresh, 1)) == 1
    assert prose(fresh)[0].startswith("# ")
    for words in OPENING:
        assert words in prose(fresh)[0], words
    assert "What you should see" in text
    second = headings(fresh, 2)
    numbers = [int(m[1]) for m in (re.match(r"(\d+)\. ", h) for h in second) if m]
    assert len(numbers) >= 3 and numbers == list(range(1, len(numbers) + 1))
    ends = [h for h in second if h in CLOSING]
    assert ends == list(CLOSING)


def test_it_has_exercises(fresh):
    tagged = [c for c in fresh.cells if "exercise" in c.metadata.get("tags", [])]
    assert 1 <= len(tagged) <= 4


def test_a_student_sees_few_imports_of_ours_and_no_machinery(fresh):
    own = [cell.source for cell in build_notebooks.own_cells(fresh)]
    text = "\n".join(own)
    ours = re.findall(r"^(?:from|import) (?:gan_utils|classroom).*", text, re.M)
    assert 1 <= len(ours) <= 4 and not any("classroom" in line for line in ours)
    assert "NBVAL" not in text
    assert re.search(r'^cfg = lesson\("\w+", globals\(\)\)', text, re.M)


def test_cells_are_small_also_with_their_solutions(source, fresh):
    solved = build_notebooks.convert(source, solutions.for_instructors)
    for text in code(fresh) + code(solved):
        assert sum(bool(line.strip()) for line in text.splitlines()) <= 20, text


def test_code_leaves_nothing_early_and_names_what_it_imports(fresh):
    for text in code(fresh):
        assert not LEAVES.search(text), text
        assert not STAR.search(text), text


def test_pictures_in_the_text_can_be_read_aloud(fresh):
    for text in prose(fresh):
        assert not IMAGE_WITHOUT_TEXT.search(text), text


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("![](a.png)", True),
        ("![ ](a.png)", True),
        ("![A grid of digits](a.png)", False),
        ('<img src="a.png">', True),
        ('<img src="a.png" alt="">', True),
        ('<img src="a.png" alt="A grid">', False),
    ],
)
def test_what_counts_as_a_picture_without_text(text, bad):
    assert bool(IMAGE_WITHOUT_TEXT.search(text)) == bad
