"""A check prints, and never raises."""

import pytest
import torch

from gan_utils.checks import check

RIGHT = [
    (3, 3),
    (lambda: 0.1 + 0.2, 0.3),
    ("DG", "DG"),
    (True, True),
    (torch.tensor(0.75), 0.75),
    (torch.ones(2, 3, requires_grad=True), torch.ones(2, 3)),
    ([1.0, 2.0], (1, 2)),
    (lambda: 7, lambda answer: answer > 5),
]
WRONG = [
    (4, 3, "4 is not it"),
    (0.3002, 0.3001 - 1, "is not it"),
    ("D", "DG", "D is not it"),
    (1.0, "DG", "1.0 is not it"),
    (torch.ones(2, 1), torch.ones(2), "shape is (2, 1), should be (2,)"),
    (lambda: ..., 3, "nothing returned so far"),
    (lambda: ... - torch.ones(2), 3, "nothing returned so far"),
    (lambda: (...).shape, 3, "nothing returned so far"),
    (lambda: None, lambda answer: True, "nothing returned so far"),
    (lambda: 1 / 0, 3, "ZeroDivisionError: division by zero"),
    (lambda: "text", 3, "ValueError: could not convert string to float: 'text'"),
    (2, lambda answer: answer > 5, "2 is not it"),
    (2, lambda answer: answer.shape == (), "AttributeError"),
    (torch.rand(50, 50), torch.zeros(50, 50), "..."),
]


@pytest.mark.parametrize("answer, expected", RIGHT)
def test_a_right_answer_is_ok(answer, expected, capsys):
    check("the sum", answer, expected)
    assert capsys.readouterr().out == "ok: the sum\n"


@pytest.mark.parametrize("answer, expected, words", WRONG)
def test_anything_else_is_not_yet_with_the_reason(answer, expected, words, capsys):
    check("the sum", answer, expected)
    printed = capsys.readouterr().out
    assert printed.startswith("not yet: the sum: ") and words in printed
    assert len(printed) < 120 and printed.count("\n") == 1


def test_the_tolerance_is_two_sided(capsys):
    for answer in (0.9, 1.1):
        check("near", answer, 1.0, tolerance=0.2)
        check("near", answer, 1.0, tolerance=0.02)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["ok", "not yet"] * 2
