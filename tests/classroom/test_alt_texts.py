import nbformat
import pytest

from classroom.notebook import alt_texts


def notebook(code, count, metadata=None):
    cell = nbformat.v4.new_code_cell(code)
    cell.outputs = [
        nbformat.v4.new_output(
            "display_data", {"image/png": "x"}, metadata=metadata or {}
        )
        for _ in range(count)
    ]
    heading = nbformat.v4.new_markdown_cell("text\n\n## 3. See it\n\nmore text")
    return nbformat.v4.new_notebook(cells=[heading, cell])


def texts(made):
    outputs = alt_texts.describe(made).cells[-1].outputs
    return [output.metadata["image/png"]["alt"] for output in outputs]


@pytest.mark.parametrize(
    "code, count, expected",
    [
        ("show(x, title='one')\nshow(y, title='two')", 2, ["one", "two"]),
        ("title = 'one'\nshow(x, title=title)", 1, ["one"]),
        ("show(x, title=f'{n} fakes by {name}')", 1, ["... fakes by ..."]),
        ("for x in xs:\n    show(x, title='each')", 3, ["each"] * 3),
        ("plt.show()", 1, ["Figure of the section '3. See it'"]),
        (
            "%matplotlib inline\nshow(title='x')",
            1,
            ["Figure of the section '3. See it'"],
        ),
    ],
)
def test_pictures_are_described_by_their_titles(code, count, expected):
    assert texts(notebook(code, count)) == expected


def test_a_picture_that_has_words_keeps_them():
    own = {"image/png": {"alt": "mine", "width": 3}}
    made = notebook("show(title='other')", 1, own)
    assert texts(made) == ["mine"]
    assert made.cells[-1].outputs[0].metadata["image/png"]["width"] == 3
