import re

import pytest

from classroom.notebook.job import RunError
from classroom.runner import parameters
from classroom.runner.parameters import parse_seeds, parse_time


@pytest.mark.parametrize(
    ("text", "annotation", "value"),
    [
        ("1e-4", "float", 0.0001),  # YAML 1.1 hands this on as text
        ("1e3", "int", 1000),
        ("007", "int", 7),
        ("None", "int", None),
        ("3", "int | None", 3),
        ("3", "float", 3.0),
        ("true", "bool", True),
        ("2", "str", "2"),
        ("[1, 2]", "list", [1, 2]),
        (None, "float", None),
    ],
)
def test_text_becomes_what_the_annotation_says(text, annotation, value):
    result = parameters.coerce("x", text, annotation)
    assert result == value and type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("abc", "int"), ("1.5", "int"), ("x", "float"), ("True", "int"), ("inf", "int")]
    + [("True", "float"), ("nan", "float"), ("1e999", "float"), ("-inf", "float")]
    + [("12:30", "int"), ("", "int"), ("1" * 5000, "int"), ("False", "int | None")],
)
def test_a_value_of_the_wrong_type_is_refused_by_name(text, kind):
    with pytest.raises(RunError, match=f"epochs='{text}' is not {re.escape(kind)}"):
        parameters.coerce("epochs", text, kind)


def test_pairs_are_split_at_the_first_equals_sign():
    assert parameters.split_pairs(["a=1", "b=x=y", "c="]) == {
        "a": "1",
        "b": "x=y",
        "c": "",
    }


@pytest.mark.parametrize("pair", ["epochs", "=3", "a b=1"])
def test_a_pair_without_a_name_is_refused(pair):
    with pytest.raises(RunError, match="name=value"):
        parameters.split_pairs([pair])


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("3", [3]), ("0-3", [0, 1, 2, 3]), ("0,2,5-7", [0, 2, 5, 6, 7]), ("1,1", [1])],
)
def test_seeds_are_numbers_and_ranges(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize(
    "text", ["", "a", "3-1", "-1", "0-", "1;2", "0-99999", "9" * 5000, "1e3", "0x1"]
)
def test_what_is_no_list_of_seeds_is_refused(text):
    with pytest.raises(RunError, match="--seeds"):
        parse_seeds(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("15m", 900), ("1h", 3600), ("1h30m", 5400)],
)
def test_a_time_is_in_hours_minutes_seconds(text, seconds):
    assert parse_time(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "m", "0", "0s", "-5", "5x", "1.5h", "inf", "nan", "1e3", "9999999h", "9" * 99],
)
def test_what_is_no_time_is_refused_with_its_option(text):
    with pytest.raises(RunError, match="--timeout"):
        parse_time(text, "--timeout")


def write_yaml(tmp_path, text):
    path = tmp_path / "params.yaml"
    path.write_text(text)
    return path


def test_a_file_gives_values_as_yaml_reads_them(tmp_path):
    path = write_yaml(tmp_path, "epochs: 3\nrate: 1e-4\nname: a b\n")
    assert parameters.read_file(path) == {"epochs": 3, "rate": "1e-4", "name": "a b"}
    assert parameters.coerce("rate", "1e-4", "float") == 0.0001


@pytest.mark.parametrize(
    "text", ["epochs", "- 1", "a: [1, 2]", "a: {b: 1}", "3: x", "a: !!python/name:os"]
)
def test_a_file_of_another_form_is_refused_by_name(tmp_path, text):
    with pytest.raises(RunError, match="params.yaml"):
        parameters.read_file(write_yaml(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RunError, match="none.yaml"):
        parameters.read_file(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    "value",
    ["yes", "No", "on", "True", "010", "12:30", "1:30.5", "2026-01-31", "1_000", "0x10"]
    + [".inf", ".nan", "+3", ".5", "~", "Null", "", "!!binary aGk="],
)
def test_what_yaml_may_take_for_something_else_is_refused(tmp_path, value):
    with pytest.raises(RunError, match="epochs: .* can be misread; .*in quotes"):
        parameters.read_file(write_yaml(tmp_path, f"epochs: {value}\n"))


def test_plain_numbers_and_words_and_what_is_in_quotes_are_taken(tmp_path):
    text = "a: 3\nb: -0.5\nc: true\nd: null\ne: 'yes'\nf: \"010\"\ng: ~/x\n"
    found = parameters.read_file(write_yaml(tmp_path, text))
    assert found == {"a": 3, "b": -0.5, "c": True, "d": None} | {
        "e": "yes",
        "f": "010",
        "g": "~/x",
    }


def test_a_name_that_is_there_twice_is_refused(tmp_path):
    with pytest.raises(RunError, match="epochs is there twice"):
        parameters.read_file(write_yaml(tmp_path, "epochs: 3\nepochs: 4\n"))
