import json
import shutil
from pathlib import Path

import pytest
from made_up import write

from classroom.cli.run import PROFILES
from classroom.notebook.job import RunError
from classroom.runner import plan
from classroom.runner.plan import Job
from gan_utils import config
from gan_utils.support import paths

COMMON = {"profile": "smoke", "dataset": "auto", "device": "cpu"}


@pytest.fixture
def make(tmp_path):
    """make(notebooks, extra, **common) -> jobs of seeds 3 and 4 (or other seeds)."""

    def _make(notebooks, extra=(), seeds=(3, 4), **other):
        how = {"seeds": seeds, "folder": tmp_path / "out"}
        return plan.make_jobs(notebooks, COMMON | other, dict(extra), **how)

    return _make


@pytest.fixture
def two(tmp_path):
    without = "\n".join(f'{name} = "x"' for name in plan.COMMON)
    return [
        str(write(tmp_path / "nb/01_look.ipynb", parameters=without)),
        str(write(tmp_path / "nb/02_train.ipynb")),
    ]


def test_notebooks_are_found_in_order_by_number_name_or_all(two):
    def found(*wanted):
        return plan.find_notebooks(wanted, folder=Path(two[0]).parent)

    assert found() == two
    assert found("2") == found("02") == found("02_train") == found("02_train.ipynb")
    assert found("02", "1") == two


COPIES = (
    "02_train-Copy1",
    "02_train (1)",
    "02_train.nbconvert",
    "02_train-checkpoint",
    "02_train_solved",
    "02_train copy",
    "Copy of 02_train",
)


def test_copies_beside_a_lesson_are_never_taken_for_it(two, tmp_path):
    for name in COPIES:
        write(tmp_path / f"nb/{name}.ipynb")

    def found(*wanted):
        return plan.find_notebooks(wanted, folder=tmp_path / "nb")

    assert found() == two
    assert found("2") == found("02_train") == two[1:]
    for name in COPIES:
        with pytest.raises(RunError, match="there are 01_look, 02_train$"):
            found(name)
        path = str(tmp_path / f"nb/{name}.ipynb")
        assert found(path) == [path]  # named in full, it is what was meant


def test_a_path_means_that_file(two, tmp_path, monkeypatch):
    own = write(tmp_path / "ann/02_train.ipynb")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def found(*wanted):
        return plan.find_notebooks(wanted, folder=tmp_path / "nb")

    for written in (
        "ann/02_train.ipynb",
        "./ann/02_train.ipynb",
        "~/ann/02_train.ipynb",
    ):
        assert found(written) == [str(own)]
    assert found("ann/02_train.ipynb", "1", "nb/02_train.ipynb") == [*two, str(own)]
    monkeypatch.chdir(tmp_path / "ann")
    assert found("02_train.ipynb") == [str(own)]
    assert found("02_train") == found("02") == two[1:]


@pytest.mark.parametrize(
    "text",
    [
        "none/02_train.ipynb",
        "nb",
        "nb/02_train",
        "nb/notes.txt",
        "~no-such-user/02.ipynb",
    ]
    + ["02_train.py", "02_train.html", "2.5", "", "..", "\0/2.ipynb"],
)
def test_what_is_no_notebook_is_refused(two, tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nb/notes.txt").touch()
    with pytest.raises(RunError, match="no notebook"):
        plan.find_notebooks([text], folder=tmp_path / "nb")


def test_two_lessons_of_one_number_are_not_guessed_at(two, tmp_path):
    write(tmp_path / "nb/02_other.ipynb")
    with pytest.raises(RunError, match="'2' may be 02_other, 02_train"):
        plan.find_notebooks(["2"], folder=tmp_path / "nb")


def test_a_source_is_a_folder_from_where_one_stands(tmp_path, make, monkeypatch):
    names = "\n".join(f'{name}: str = "x"' for name in (*plan.COMMON, "source"))
    gallery = [str(write(tmp_path / "05_gallery.ipynb", parameters=names))]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (job, _) = make(gallery, {"source": "mine"})
    assert job.parameters["source"] == str(tmp_path / "mine")
    assert make(gallery, {"source": "shipped"})[0].parameters["source"] == "shipped"
    with pytest.raises(RunError, match="source='shiped': .*did you mean 'shipped'"):
        make(gallery, {"source": "shiped"})


def test_a_number_that_does_not_exist_is_refused_with_those_that_do(two):
    with pytest.raises(RunError, match="'7'; there are 01_look, 02_train"):
        plan.find_notebooks(["7"], folder=Path(two[0]).parent)


def test_an_empty_folder_says_how_to_build(tmp_path):
    with pytest.raises(RunError, match="make notebooks"):
        plan.find_notebooks(folder=tmp_path)


def test_an_unknown_parameter_is_refused_with_the_nearest_name(two, make):
    with pytest.raises(RunError, match="'epoch'; did you mean 'epochs'"):
        make(two, {"epoch": "3"})


def test_a_parameter_goes_only_to_the_notebooks_that_know_it(two, make):
    look, train, *_ = make(two, {"epochs": "3"})
    assert "epochs" not in look.parameters
    assert train.parameters["epochs"] == 3


def test_a_notebook_without_the_common_parameters_is_refused(tmp_path, make):
    bare = write(tmp_path / "03_bare.ipynb", parameters="epochs: int = 1")
    with pytest.raises(RunError, match="03_bare.ipynb has no parameter profile"):
        make([bare])


def test_a_file_that_is_no_notebook_is_named_when_it_is_the_only_one(tmp_path, make):
    broken = tmp_path / "04_broken.ipynb"
    broken.write_text("{")
    with pytest.raises(RunError, match="cannot read 04_broken.ipynb"):
        make([str(broken)])


def test_a_file_that_is_no_notebook_does_not_keep_others_from_running(
    tmp_path, make, two
):
    broken = tmp_path / "04_broken.ipynb"
    broken.write_text("{")
    assert [job.name for job in make([*two, str(broken)], seeds=[1])] == [
        "01_look",
        "02_train",
        "04_broken",
    ]


@pytest.mark.parametrize("epochs", ["-1", "0"])
def test_a_value_out_of_range_is_refused_before_any_kernel(two, make, epochs):
    with pytest.raises(RunError, match="epochs"):
        make(two, {"epochs": epochs})


def test_a_device_that_is_not_there_is_refused(two, make):
    with pytest.raises(RunError, match="device='tpu' is not available"):
        make(two, device="tpu")


def test_each_seed_has_its_own_folder_and_each_lesson_one_in_it(two, make, tmp_path):
    jobs = make(two)
    assert [job.key for job in jobs] == [
        "seed-3/01_look",
        "seed-3/02_train",
        "seed-4/01_look",
        "seed-4/02_train",
    ]
    assert jobs[3].parameters["seed"] == 4
    assert jobs[3].parameters["out_dir"] == str(tmp_path / "out/seed-4")
    assert Path(jobs[3].folder) == tmp_path / "out/seed-4/02_train"


def test_a_lesson_waits_for_those_whose_results_it_uses(tmp_path, make):
    names = ("02_vanilla_gan", "03_dcgan", "05_progression_gallery")
    files = [str(write(tmp_path / f"nb/{name}.ipynb")) for name in names]
    jobs = {job.key: job for job in make(files)}
    assert jobs["seed-3/02_vanilla_gan"].needs == []
    assert jobs["seed-4/03_dcgan"].needs == ["seed-4/02_vanilla_gan"]
    assert jobs["seed-3/05_progression_gallery"].needs == [
        "seed-3/02_vanilla_gan",
        "seed-3/03_dcgan",
    ]
    (alone,) = make(files[1:2], seeds=[0])
    assert alone.needs == []


def test_the_lessons_use_what_the_plan_says_and_nothing_else():
    for path in sorted((paths.notebooks_dir() / "src").glob("0*.py")):
        code = [line for line in path.read_text().splitlines() if line[:1] != "#"]
        others = {name for name in config.PROFILES if name != path.stem}
        used = {name for name in others if f'"{name}"' in "\n".join(code)}
        assert used == set(plan.USES.get(path.stem, ())), path.stem


def test_a_plan_survives_the_way_through_json(two, make):
    jobs = make(two, {"epochs": "3"})
    again = [Job(**json.loads(json.dumps(vars(job)))) for job in jobs]
    assert again == jobs


def test_an_address_that_papermill_reads_is_passed_on(two):
    address = "s3://bucket/class/02_vanilla_gan.ipynb"
    found = plan.find_notebooks(["1", address], folder=Path(two[0]).parent)
    assert found == [two[0], address]
    assert plan.find_notebooks([address]) == [address]
    assert Job(address, {}).name == "02_vanilla_gan"


def test_results_go_only_into_a_new_or_empty_folder_outside_the_lessons(tmp_path):
    assert plan.check_folder(tmp_path) == tmp_path
    assert plan.check_folder(tmp_path / "new") == tmp_path / "new"
    (tmp_path / "old").write_text("results")
    with pytest.raises(RunError, match="exists already.*--resume"):
        plan.check_folder(tmp_path)
    with pytest.raises(RunError, match="is a file"):
        plan.check_folder(tmp_path / "old")
    for lessons in (paths.notebooks_dir(), paths.notebooks_dir() / "mine"):
        with pytest.raises(RunError, match="holds the lessons"):
            plan.check_folder(lessons)


def test_the_command_line_offers_the_profiles_that_exist():
    assert PROFILES == config.PROFILE_NAMES


def test_a_folder_that_start_has_filled_is_where_the_lessons_are(
    project, tmp_path, monkeypatch
):
    for path in (project / "notebooks").glob("*.ipynb"):
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert plan.find_notebooks(["2"]) == [str(tmp_path / "02_vanilla_gan.ipynb")]
    (tmp_path / "07_two_dimensions.ipynb").unlink()  # only some: a student's, say
    ours = str(project / "notebooks/02_vanilla_gan.ipynb")
    assert plan.find_notebooks(["2"]) == [ours]
