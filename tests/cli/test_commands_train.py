import json

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from gan_utils.cli import main
from gan_utils.engine.threads import Threads
from gan_utils.gan import draw
from gan_utils.latent import ask
from gan_utils.recipes import RECIPES
from gan_utils.recipes.describe import facts
from gan_utils.results import load_result
from gan_utils.support.randomness import fixed_latents


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    out = tmp_path_factory.mktemp("train") / "mlp run"
    done = call("train", "mlp", "--steps", 3, "--dataset", "offline", "--out", out)
    assert done.exit_code == 0, done.output
    return out, done.output


def test_train_leaves_a_result_with_its_provenance(result):
    out, text = result
    assert "offline digits, not MNIST" in text and f"result in {out}" in text
    meta = json.loads((out / "meta.json").read_text())
    assert (meta["recipe"], meta["steps"], meta["seed"]) == ("mlp", 3, 0)
    assert meta["note"] == "offline digits, not MNIST" and len(meta["digest"]) == 64
    assert load_result(out).steps == [0, 1, 2, 3]


def test_a_result_tells_that_its_machine_was_busy(monkeypatch, tmp_path, result):
    def step(watch, seconds):
        watch.on_one += 1

    monkeypatch.setattr(Threads, "step", step)
    words = ("train", "mlp", "--steps", 2, "--dataset", "offline")
    assert call(*words, "--out", tmp_path / "busy").exit_code == 0
    meta = json.loads((tmp_path / "busy/meta.json").read_text())
    assert meta["steps_on_one_thread"] == 2
    alone = json.loads((result[0] / "meta.json").read_text())
    assert "steps_on_one_thread" not in alone


def test_train_does_not_overwrite_and_resumes_when_asked(result):
    out, _ = result
    words = ("train", "mlp", "--steps", 3, "--dataset", "offline", "--out", out)
    again = call(*words)
    assert again.exit_code == 2 and "add --resume" in again.output
    assert "going on from step 3" in call(*words, "--resume").output


def test_resume_with_another_seed_is_refused_and_named(result):
    out, _ = result
    words = ("train", "mlp", "--steps", 3, "--dataset", "offline", "--out", out)
    done = call(*words, "--seed", 1, "--resume")
    assert done.exit_code == 1 and "seed 0 -> 1" in done.output


@pytest.mark.parametrize(
    "words, message",
    [
        (["dcgam"], "no recipe 'dcgam'; did you mean 'dcgan'?"),
        (["mlp", "--epochs", "1", "--steps", "2"], "give one of --epochs, --steps"),
        (["mlp", "--steps", "0"], "0 is not in the range 1<=x<=1000000000"),
    ],
)
def test_wrong_use_is_refused_before_any_work(words, message):
    done = call("train", *words)
    assert done.exit_code == 2 and message in done.output


NO_NUMBERS = [
    *(("train", "--epochs", value) for value in ("inf", "nan", "1e30", "0", "-1", "x")),
    *(("train", "--steps", v) for v in ("1e30", "9" * 23, "nan", "-3", "1.5")),
    *(("train", "--seconds", value) for value in ("nan", "inf", "-inf", "1e30", "0")),
    *((c, "--seed", v) for c in ("train", "sample") for v in ("-1", "9" * 23, "nan")),
    *(("sample", "-n", value) for value in ("0", "-5", "1e6", "9" * 23, "nan")),
    *(("train", "--threads", value) for value in ("0", "-1", "9" * 12, "nan")),
]


@pytest.mark.parametrize("command, option, value", NO_NUMBERS)
def test_a_number_that_is_none_is_refused_by_name(
    command, option, value, tmp_path, monkeypatch
):
    for loader in ("gan_utils.data.load", "gan_utils.results.load_result"):
        monkeypatch.setattr(loader, lambda *_: pytest.fail("something was loaded"))
    done = call(command, "mlp", option, value, "--out", tmp_path / "x.npy")
    (line,) = [x for x in done.output.splitlines() if x.startswith("Error")]
    assert done.exit_code == 2 and len(line) < 140
    assert f"'{option}': " in line
    assert " is not in the range " in line or f"'{value}' is not a valid " in line
    assert not (tmp_path / "x.npy").exists()


def test_missing_data_set_ends_with_one_line(tmp_path):
    done = call(
        "train", "mlp", "--dataset", tmp_path / "nothing", "--out", tmp_path / "o"
    )
    assert done.exit_code == 1 and done.output.count("\n") == 1
    assert "nothing" in done.output


def test_sample_writes_arrays_and_pictures(result, tmp_path):
    out, _ = result
    assert call("sample", out, "-n", 9, "--out", tmp_path / "x.npy").exit_code == 0
    images = np.load(tmp_path / "x.npy")
    assert images.shape == (9, 28, 28) and images.dtype == np.uint8
    assert call("sample", out, "-n", 9, "--out", tmp_path / "x.png").exit_code == 0
    assert Image.open(tmp_path / "x.png").size == (86, 86)  # 3 * 28 and two gaps


def test_sample_says_what_is_missing(tmp_path):
    done = call("sample", "nothing", "--out", tmp_path / "x.npy")
    assert done.exit_code == 1 and "no weights of 'nothing'" in done.output
    assert call("sample", "mlp", "--out", tmp_path / "x.jpg").exit_code == 2


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    out = tmp_path_factory.mktemp("train") / "labels"
    words = ("train", "modern_labels", "--steps", 2, "--dataset", "offline")
    assert call(*words, "--out", out).exit_code == 0
    return out


def test_a_digit_can_be_asked_for_and_keeps_its_style(labelled, tmp_path):
    pictures = {}
    for digit in (3, 7, None):
        words = ("sample", labelled, "-n", 4, "--out", tmp_path / "x.npy")
        words += () if digit is None else ("--digit", digit)
        assert call(*words).exit_code == 0
        pictures[digit] = np.load(tmp_path / "x.npy")
    made = load_result(labelled)
    z = ask(fixed_latents(4, made.latent_dim, 0), torch.tensor([7] * 4))
    assert (pictures[7] == draw(made.generator, z).numpy()).all()
    assert not (pictures[3] == pictures[7]).all()


@pytest.mark.parametrize(
    "digit, words",
    [
        (10, "--digit 10: modern_labels was taught 0 to 9"),
        (-1, "-1 is not in the range 0<=x<=999"),
    ],
)
def test_a_digit_that_there_is_not_is_refused_in_one_line(labelled, digit, words):
    done = call("sample", labelled, "--digit", digit, "--out", "x.npy")
    assert done.exit_code == 2 and words in done.output


def test_a_recipe_without_labels_says_which_has_them(result):
    done = call("sample", result[0], "--digit", 7, "--out", "x.npy")
    assert done.exit_code == 2
    assert "mlp was taught no digits; modern_labels was" in done.output


def test_recipes_are_listed_one_a_line():
    lines = call("recipes").output.splitlines()
    assert [line.split()[0] for line in lines] == list(RECIPES)
    assert len({line.index("  G ") for line in lines}) == 1  # aligned
    assert "D   533,505  Adam 0.0002 (0.5, 0.999), batch 128, 100,000 steps" in lines[2]
    assert lines[0].endswith("batch 64, 8 epochs")


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_shown_as_a_table_that_fits_the_width(name):
    done = call("recipes", name)
    assert done.exit_code == 0
    assert max(map(len, done.output.splitlines())) <= 88
    words = done.output.split()
    for field, value, *_ in facts(name):
        assert field in words and set(value.split()) <= set(words)


def test_the_table_of_a_classic_has_marks_and_notes():
    lines = call("recipes", "mlp_plain").output.splitlines()
    assert lines[0].startswith("mlp_plain: sajitheranda/Generate_handwritten_digits")
    (row,) = [line for line in lines if line.startswith("latent_dim")]
    assert row.split(maxsplit=3) == ["latent_dim", "100", "stated", "In its README."]
    assert "read: in its code." in lines
    assert any("lyeoni/pytorch-mnist-GAN" in line for line in lines)


def test_the_table_of_a_lesson_has_values_only():
    text = " ".join(call("recipes", "dcgan").output.split())
    assert "ConvTranspose2d 32" in text and "1,679,041 parameters" in text
    assert "convention" not in text


@pytest.mark.parametrize("command", ["recipes", "train"])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dcgam", "did you mean 'dcgan'?"),
        ("mlp_plane", "did you mean 'mlp_plain'?"),
        ("zzzz", f"known: {', '.join(RECIPES)}"),
    ],
)
def test_an_unknown_recipe_is_wrong_use_told_in_one_line(command, name, message):
    done = call(command, name)
    assert done.exit_code == 2
    assert done.output == f"Error: no recipe {name!r}; {message}\n"
