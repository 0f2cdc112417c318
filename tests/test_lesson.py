import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from gan_utils import config, lesson
from gan_utils.config import (
    check_parameters,
    choose_device,
    choose_precision,
    split_device,
)
from gan_utils.support import paths, speed

NAME = "02_vanilla_gan"


def make(tmp_path, name=NAME, **parameters):
    defaults = {"profile": "smoke", "dataset": "offline", "out_dir": str(tmp_path)}
    return lesson.lesson(name, **{**defaults, **parameters})


def test_profile_fills_what_is_none_and_parameters_win(tmp_path):
    smoke = config.PROFILES[NAME]["smoke"]
    cfg = make(tmp_path)
    assert (cfg.epochs, cfg.batch_size) == (smoke.epochs, smoke.batch_size)
    assert len(cfg.data.train) == len(cfg.data.train_labels) == smoke.n_images
    cfg = make(tmp_path, epochs=3, batch_size=16)
    assert (cfg.epochs, cfg.batch_size) == (3, 16)


def test_five_lines_say_what_will_run(tmp_path, capsys):
    make(tmp_path, seed=4)
    lines = capsys.readouterr().out.splitlines()
    heads = [line.split()[0] for line in lines]
    assert heads == ["lesson", "data", "device", "results", "time"]
    assert "02_vanilla_gan, profile smoke, seed 4" in lines[0]
    assert "offline digits, not MNIST" in lines[1]


def test_results_go_below_the_root_of_the_run(tmp_path, monkeypatch):
    cfg = make(tmp_path)
    assert cfg.out_dir == tmp_path.resolve() / NAME and cfg.out_dir.is_dir()
    monkeypatch.setenv("GAN_RUNS_DIR", str(tmp_path / "r"))
    assert make(tmp_path, out_dir=None).out_dir == tmp_path.resolve() / "r/lab" / NAME


def test_previous_lesson_is_found_only_when_it_left_a_result(tmp_path):
    cfg = make(tmp_path)
    assert cfg.previous("03_dcgan") is None
    (tmp_path / "03_dcgan").mkdir()
    (tmp_path / "03_dcgan" / "meta.json").write_text("{}")
    assert cfg.previous("03_dcgan") == tmp_path.resolve() / "03_dcgan"


@pytest.mark.parametrize(
    "values, message",
    [
        (
            {"profile": "fast"},
            "profile='fast': input should be 'smoke', 'quick' or 'full'",
        ),
        ({"epochs": "abc"}, "epochs='abc'"),
        ({"epochs": -1}, "epochs=-1: input should be greater than 0"),
        ({"epochs": 0}, "epochs=0"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": 2**40}, "seed="),
        ({"seed": True}, "seed=True: must be a number"),
        ({"batch_size": 1}, "batch_size=1"),
        ({"batch_size": 64.5}, "batch_size=64.5"),
        ({"bogus": 9}, "bogus: unknown parameter; known are profile"),
    ],
)
def test_bad_values_are_refused_by_name(values, message):
    with pytest.raises(ValueError) as error:
        check_parameters(values)
    assert message in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text, value", [("1e1", 10.0), ("3", 3.0), (2, 2.0), (0.5, 0.5)]
)
def test_numbers_as_text_are_understood(text, value):
    assert check_parameters({"epochs": text}).epochs == value


def test_every_wrong_value_gets_its_line():
    with pytest.raises(ValueError) as error:
        check_parameters({"profile": "x", "seed": -1})
    assert len(str(error.value).splitlines()) == 2


def test_unknown_lesson_is_refused_with_the_nearest_name():
    with pytest.raises(
        ValueError, match="no lesson '02_vanila_gan'; did you mean '02_van"
    ):
        lesson.lesson("02_vanila_gan")


def notebook(tmp_path, **more):
    """What globals() holds in a notebook whose parameters cell has run."""
    values = {"profile": "smoke", "dataset": "offline", "out_dir": str(tmp_path)} | more
    return {**values, "n": 5, "__annotations__": dict.fromkeys(values, str)}


def test_the_annotated_variables_of_a_notebook_are_its_parameters(tmp_path):
    cfg = lesson.lesson(NAME, notebook(tmp_path, seed=7))
    assert (cfg.profile, cfg.seed) == ("smoke", 7)


def test_an_annotated_variable_of_another_name_is_refused(tmp_path):
    with pytest.raises(ValueError, match="^epoch: unknown parameter; known are"):
        lesson.lesson(NAME, notebook(tmp_path, epoch=7))


def test_a_parameter_of_one_lesson_alone_is_left_to_it(tmp_path):
    own = notebook(tmp_path, source="auto")
    assert lesson.lesson("05_progression_gallery", own).profile == "smoke"
    with pytest.raises(ValueError, match="^source: unknown parameter"):
        lesson.lesson(NAME, own)


def test_what_a_result_says_of_its_training(tmp_path):
    cfg = make(tmp_path, seed=3)
    about = cfg.about(recipe="mlp")
    assert about["digest"] == cfg.data.digest and about["seed"] == 3
    assert list(about) == [
        *("dataset", "digest", "note", "seed", "device", "precision", "recipe")
    ]
    cfg.write_json("results.json", about)
    assert json.loads((cfg.out_dir / "results.json").read_text()) == about


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("01_explore_mnist", "needs at least 1000 training images; few has 54"),
        ("06_measure_quality", "needs at least 1000 training images; few has 54"),
    ],
)
def test_a_data_set_that_a_lesson_cannot_use_is_refused(tmp_path, name, text):
    """One class of 60 pictures: a lesson runs, or says why not."""
    folder = tmp_path / "few" / "zero"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(60):
        picture = rng.integers(0, 256, (28, 28), dtype=np.uint8)
        Image.fromarray(picture).save(folder / f"{number:02d}.png")
    given = {"profile": "smoke", "dataset": str(tmp_path / "few"), "out_dir": tmp_path}
    with pytest.raises(ValueError, match=text):
        lesson.lesson(name, **given)
    assert lesson.lesson(NAME, **given).data.classes == ("zero",)


def test_smoke_picks_the_smaller_number(tmp_path):
    assert make(tmp_path).pick(2000, smoke=300) == 300
    assert make(tmp_path, profile="quick").pick(2000, smoke=300) == 2000


def test_missing_device_is_refused_with_those_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(
        ValueError, match="device='cuda' is not available; there is cpu"
    ):
        choose_device("cuda")
    assert choose_device("auto") == ("cpu", "no GPU found")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto")[0] == "cuda" and choose_device("cpu")[0] == "cpu"


def test_precision_follows_the_measured_times(monkeypatch):
    seconds = [4.0, 1.0]
    monkeypatch.setattr(speed, "product_times", lambda *dtypes: seconds)
    assert choose_precision("cpu") == (
        "bf16",
        "matrix products run 4.0 times faster here",
    )
    seconds[1] = 3.9
    assert choose_precision("cpu")[0] == "fp32"
    assert choose_precision("mps")[0] == "fp32"


def test_one_parameter_fixes_device_and_number_format(tmp_path, capsys):
    assert split_device("cpu fp32") == ("cpu", "fp32")
    assert split_device("cuda:1") == ("cuda:1", "auto")
    assert split_device(" ") == ("auto", "auto")
    assert split_device("auto  bf16") == ("auto", "bf16")
    for number_format in ("fp32", "bf16"):
        cfg = make(tmp_path, "03_dcgan", device=f"cpu {number_format}")
        assert (cfg.device, cfg.precision) == ("cpu", number_format)
        assert f"{number_format}: as asked" in capsys.readouterr().out
    assert make(tmp_path, device="cpu bf16").precision == "fp32"  # 02 has one format
    assert "fp32: the format of this lesson" in capsys.readouterr().out
    with pytest.raises(ValueError, match="device='cpu fp16': the number format must"):
        make(tmp_path, device="cpu fp16")


def test_precision_is_measured_with_the_best_of_several_products():
    one, two = speed.product_times(torch.float32, torch.float64)
    assert 0 < one < 1 and 0 < two < 1


def test_a_hopelessly_slow_format_is_not_measured_for_long(monkeypatch):
    sizes = []

    def products(dtypes, n, repeats):
        sizes.append(n)
        return [0.001, 0.1]

    monkeypatch.setattr(speed, "_products", products)
    assert choose_precision("cpu")[0] == "fp32" and sizes == [128]


PUBLISHED = {"seconds": 130, "training": 100, "step_ms": 5.0, "machine": "2 cores"}
PUBLISHED["threads"] = torch.get_num_threads()


@pytest.fixture
def published(tmp_path, monkeypatch):
    """02 at quick takes 130 seconds there; a training step takes twice as long here."""
    times = {
        "quick": {NAME: PUBLISHED, "01_explore_mnist": PUBLISHED | {"training": 0}}
    }
    (tmp_path / "times.json").write_text(json.dumps(times))
    monkeypatch.setattr(paths, "notebooks_dir", lambda: tmp_path)
    monkeypatch.setattr(speed, "step_ms", lambda *machine: 10.0)
    return speed.expected


def test_published_times_are_told_at_the_speed_of_this_machine(published):
    assert published(NAME, "quick") == 30 + 2 * 100
    assert published("01_explore_mnist", "quick") == 130
    assert published(NAME, "full") is None
    assert published(NAME, "quick", work=0.1) == 30 + 20
    assert published(NAME, "quick", work=None) is None


def test_more_threads_help_where_they_share_the_work(published):
    one, two, four = (published(NAME, "quick", threads=n) - 30 for n in (1, 2, 4))
    assert (two / one, four / one) == pytest.approx((0.6, 0.4))
    on_gpu = published(NAME, "quick", "cuda", threads=4)
    assert on_gpu == published(NAME, "quick", "cuda", threads=1)


def test_a_step_is_measured_and_leaves_threads_and_random_numbers_alone(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("GAN_RUNS_DIR", str(tmp_path))
    torch.manual_seed(3)
    before, threads = torch.random.get_rng_state(), torch.get_num_threads()
    assert 0.1 < speed.step_ms.__wrapped__() < 2000
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.get_num_threads() == threads
    (kept,) = json.loads((tmp_path / "speed.json").read_text())
    assert torch.__version__ in kept and kept.endswith("cpu, fp32")


def test_more_epochs_and_fewer_images_are_other_work():
    quick = config.PROFILES[NAME]["quick"]
    assert speed.work(quick) == 1
    assert speed.work(quick, epochs=80) == 10
    assert speed.work(quick, images=15_000) == 0.25
    assert (
        speed.work(quick, batch_size=128) == 0.75
    )  # half as many steps, 1.5 times long
    assert speed.work(quick, images=None) is None
    smoke = config.PROFILES[NAME]["smoke"]
    assert speed.work(smoke, images=20_000) == 1  # it takes 4,000 of either
    assert speed.work(config.PROFILES["01_explore_mnist"]["quick"], images=None) == 1


def test_the_first_lines_tell_the_time_here_and_there(published, tmp_path, capsys):
    cfg = make(tmp_path, profile="quick", dataset="offline")
    told = capsys.readouterr().out.splitlines()[-1]
    assert told == "time       about 2 minutes on this machine"  # 30 + 200 / 3 seconds
    whole = replace(cfg, data=replace(cfg.data, train=torch.zeros(60_000, 1)))
    assert lesson._expected(whole) == (
        "about 4 minutes on this machine (2 minutes on 2 cores)"
    )


def test_a_time_that_nobody_measured_is_worked_out_or_not_told(
    published, tmp_path, capsys
):
    make(tmp_path, profile="full", epochs=0.8, dataset="offline")
    told = capsys.readouterr().out.splitlines()[-1]
    seconds = round(30 + 200 / 30)  # a tenth of quick, on a third of the images
    assert told == f"time       about {seconds} seconds on this machine"
    make(tmp_path, "03_dcgan")
    assert not [x for x in capsys.readouterr().out.splitlines() if x.startswith("time")]


def test_the_best_step_that_this_machine_has_shown_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_RUNS_DIR", str(tmp_path))
    assert speed._best("here", 9.0) == 9.0
    assert speed._best("here", 700.0) == 9.0  # a busy moment
    assert speed._best("here", 8.0) == 8.0 and speed._best("there", 70.0) == 70.0
    (tmp_path / "speed.json").write_text("[]")
    assert speed._best("here", 700.0) == 700.0


def test_what_trains_in_the_chosen_format_is_what_the_notebooks_say(project):
    sources = sorted((project / "notebooks/src").glob("0*.py"))
    told = [p.stem for p in sources if "precision=cfg.precision" in p.read_text()]
    assert tuple(told) == speed.AUTOCAST
    alone = [p.stem for p in sources if "set_num_threads(1)" in p.read_text()]
    assert tuple(alone) == speed.ONE_THREAD


def test_folders_are_made_whole_and_the_home_folder_is_known(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()
    for written in ("~/pictures", "pictures", "./x/../pictures", tmp_path / "pictures"):
        assert check_parameters({"dataset": written}).dataset == str(
            tmp_path / "pictures"
        )
    assert check_parameters({"out_dir": "~/new"}).out_dir == str(tmp_path / "new")
    assert check_parameters({"out_dir": None}).out_dir is None
    assert check_parameters({"dataset": "MNIST"}).dataset == "mnist"
    assert make(tmp_path, out_dir="~/new").out_dir == tmp_path / "new" / NAME
    assert not (tmp_path / "~").exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"dataset": "mnits"}, "/mnits; did you mean 'mnist'?"),
        ({"dataset": "no/such"}, "no/such; known: auto, mnist, fashion"),
        ({"dataset": "~no-such-user/x"}, "dataset='~no-such-user/x': is no folder"),
        ({"dataset": "a\0b"}, "is no folder"),
        ({"dataset": " "}, "is no folder"),
        ({"dataset": __file__}, "is a file; known: auto"),
        ({"out_dir": __file__}, "is a file; choose a folder"),
        ({"out_dir": "~no-such-user/x"}, "out_dir='~no-such-user/x': is no folder"),
        ({"epochs": math.inf}, "epochs=inf"),
        ({"epochs": "nan"}, "epochs='nan'"),
        ({"epochs": True}, "epochs=True: must be a number"),
        ({"seed": 10**23}, "seed=1"),
    ],
)
def test_folders_and_numbers_that_are_none_get_one_line(values, message):
    with pytest.raises(ValueError) as error:
        check_parameters(values)
    assert message in str(error.value) and "\n" not in str(error.value)
