import pytest
from made_up import write

from gan_utils import config, paths, plan
from gan_utils.cli import PROFILES

COMMON = {"profile": "smoke", "seed": 3, "dataset": "auto", "device": "cpu"}


@pytest.fixture
def common(tmp_path):
    return COMMON | {"out_dir": str(tmp_path / "results")}


@pytest.fixture
def two(tmp_path):
    without = "\n".join(f'{name} = "x"' for name in plan.COMMON)
    return [
        write(tmp_path / "nb/01_look.ipynb", parameters=without),
        write(tmp_path / "nb/02_train.ipynb"),
    ]


def test_notebooks_are_found_in_order_by_number_name_or_all(two):
    def found(*wanted):
        return plan.find_notebooks(wanted, folder=two[0].parent)

    assert found() == two
    assert found("2") == found("02") == found("02_train") == found("02_train.ipynb")
    assert found("02", "1") == two


def test_a_number_that_does_not_exist_is_refused_with_those_that_do(two):
    with pytest.raises(plan.RunError, match="'7'; there are 01_look, 02_train"):
        plan.find_notebooks(["7"], folder=two[0].parent)


def test_an_empty_folder_says_how_to_build(tmp_path):
    with pytest.raises(plan.RunError, match="make notebooks"):
        plan.find_notebooks(folder=tmp_path)


def test_an_unknown_parameter_is_refused_with_the_nearest_name(two, common):
    with pytest.raises(plan.RunError, match="'epoch'; did you mean 'epochs'"):
        plan.make_jobs(two, common, {"epoch": "3"})


def test_a_parameter_goes_only_to_the_notebooks_that_know_it(two, common):
    look, train = plan.make_jobs(two, common, {"epochs": "3"})
    assert "epochs" not in look.parameters
    assert train.parameters["epochs"] == 3


def test_a_notebook_without_the_common_parameters_is_refused(tmp_path, common):
    bare = write(tmp_path / "03_bare.ipynb", parameters="epochs: int = 1")
    with pytest.raises(plan.RunError, match="03_bare.ipynb has no parameter profile"):
        plan.make_jobs([bare], common, {})


def test_a_file_that_is_no_notebook_is_named(tmp_path, common):
    broken = tmp_path / "04_broken.ipynb"
    broken.write_text("{")
    with pytest.raises(plan.RunError, match="cannot read 04_broken.ipynb"):
        plan.make_jobs([broken], common, {})


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
    result = plan.coerce("x", text, annotation)
    assert result == value and type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "kind"), [("abc", "int"), ("1.5", "int"), ("x", "float")]
)
def test_a_value_of_the_wrong_type_is_refused_by_name(text, kind):
    with pytest.raises(plan.RunError, match=f"epochs='{text}' is not {kind}"):
        plan.coerce("epochs", text, kind)


@pytest.mark.parametrize("epochs", ["-1", "0"])
def test_a_value_out_of_range_is_refused_before_any_kernel(two, common, epochs):
    with pytest.raises(plan.RunError, match="epochs"):
        plan.make_jobs(two, common, {"epochs": epochs})


def test_a_device_that_is_not_there_is_refused(two, common):
    with pytest.raises(plan.RunError, match="device='tpu' is not available"):
        plan.make_jobs(two, common | {"device": "tpu"}, {})


def test_pairs_are_split_at_the_first_equals_sign():
    assert plan.split_pairs(["a=1", "b=x=y", "c="]) == {"a": "1", "b": "x=y", "c": ""}


@pytest.mark.parametrize("pair", ["epochs", "=3", "a b=1"])
def test_a_pair_without_a_name_is_refused(pair):
    with pytest.raises(plan.RunError, match="name=value"):
        plan.split_pairs([pair])


def test_results_go_only_into_a_new_or_empty_folder_outside_the_lessons(tmp_path):
    assert plan.check_folder(tmp_path) == tmp_path
    assert plan.check_folder(tmp_path / "new") == tmp_path / "new"
    (tmp_path / "old").write_text("results")
    for taken in (tmp_path, tmp_path / "old"):
        with pytest.raises(plan.RunError, match="exists already"):
            plan.check_folder(taken)
    for lessons in (paths.notebooks_dir(), paths.notebooks_dir() / "mine"):
        with pytest.raises(plan.RunError, match="holds the lessons"):
            plan.check_folder(lessons)


def test_the_command_line_offers_the_profiles_that_exist():
    assert PROFILES == config.PROFILE_NAMES
