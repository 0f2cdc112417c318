import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from gan_utils.cli import main
from gan_utils.results import load_result


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
        (["dcgam"], "no recipe 'dcgam'; there are mlp, dcgan"),
        (["mlp", "--epochs", "1", "--steps", "2"], "give one of --epochs, --steps"),
        (["mlp", "--steps", "0"], "must be above 0"),
    ],
)
def test_wrong_use_is_refused_before_any_work(words, message):
    done = call("train", *words)
    assert done.exit_code == 2 and message in done.output


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
    assert done.exit_code == 1 and "meta.json" in done.output
    assert call("sample", "mlp", "--out", tmp_path / "x.jpg").exit_code == 2


def test_recipes_are_listed():
    lines = call("recipes").output.splitlines()
    assert [line.split()[0] for line in lines] == ["mlp", "dcgan"]
    assert "MLPGenerator / MLPDiscriminator, Adam 0.0005 (0.5, 0.999)" in lines[0]
