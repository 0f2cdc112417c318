"""Checks for the exercises: they print what they find and never raise.

Taught in notebook 01, section *Exercises*.
"""

import numpy as np

NOTHING = "nothing returned so far"


def check(name, answer, expected, *, tolerance=1e-4):
    """Print "ok" or "not yet" and why, for one answer of an exercise.

    answer: a value, or a function without arguments that returns it.
    expected: the right value (numbers, arrays and tensors within `tolerance`, of the
    same shape), or a function that takes the answer and returns True if it is right.
    """
    fault = find_fault(answer, expected, tolerance)
    print(f"not yet: {name}: {fault}" if fault else f"ok: {name}")


def find_fault(answer, expected, tolerance):
    """What is wrong, in a few words, or ""; arguments as in `check`. Never raises."""
    try:
        return _fault(answer() if callable(answer) else answer, expected, tolerance)
    except Exception as error:  # an exercise half done may raise anything
        begun = "ellipsis" not in str(error)  # the type of `...`
        return f"{type(error).__name__}: {error}" if begun else NOTHING


def _fault(value, expected, tolerance):
    """What is wrong with `value`, in a few words; "" if nothing is."""
    if value is ... or value is None:
        return NOTHING
    if callable(expected):
        right = expected(value)
    elif isinstance(expected, str | bool):
        right = value == expected
    else:
        ours, theirs = _array(value), _array(expected)
        if ours.shape != theirs.shape:
            return f"shape is {ours.shape}, should be {theirs.shape}"
        right = np.allclose(ours, theirs, rtol=tolerance, atol=tolerance)
    if right:
        return ""
    text = " ".join(str(value).split())
    return f"{text if len(text) <= 60 else text[:57] + '...'} is not it"


def _array(value):
    if hasattr(value, "detach"):
        value = value.detach().cpu().double()
    return np.asarray(value, dtype=float)
