"""A folder of 28 x 28 pictures: classes, split, and errors that name the file."""

import numpy as np
import pytest
import torch
from PIL import Image

from gan_utils.datasets import image_folder as module
from gan_utils.datasets.image_folder import image_folder
from gan_utils.support.words import DataError


def draw(file, grey=0, size=(28, 28), mode="L"):
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, grey if mode == "L" else (grey,) * 3).save(file)


@pytest.fixture
def two_classes(tmp_path):
    """20 pictures of "a", 5 of "b"; the grey is the number of the file."""
    for number in range(20):
        draw(tmp_path / "a" / f"{number:02}.png", number)
    for number in range(5):
        draw(tmp_path / "b" / f"{number:02}.png", 100 + number)
    return tmp_path


def test_sub_folders_are_classes_in_order_of_their_names(two_classes):
    train, labels, test, test_labels, classes = image_folder(two_classes)
    assert classes == ("a", "b")
    assert train.dtype == torch.uint8 and labels.dtype == torch.int64
    assert train.shape == (23, 28, 28) and test.shape == (2, 28, 28)
    assert torch.equal(labels, (train[:, 0, 0] >= 100).long())
    assert test_labels.tolist() == [0, 0]


def test_the_held_out_images_depend_on_names_alone(two_classes):
    _, _, test, _, _ = image_folder(two_classes)
    assert test[:, 0, 0].tolist() == [9, 19]  # every tenth of each class
    (two_classes / "notes.txt").write_text("not a picture")
    assert torch.equal(image_folder(two_classes)[2], test)


def test_without_sub_folders_there_is_one_class_and_still_a_test_image(tmp_path):
    for number in range(3):
        draw(tmp_path / f"{number}.png", number)
    (tmp_path / "empty folder").mkdir()
    train, labels, test, _, classes = image_folder(tmp_path)
    assert classes == (tmp_path.name,) and set(labels.tolist()) == {0}
    assert train[:, 0, 0].tolist() == [0, 1] and test[:, 0, 0].tolist() == [2]


def test_colour_and_jpg_become_grey(tmp_path):
    draw(tmp_path / "a.png", 200, mode="RGB")
    draw(tmp_path / "b.JPG", 200, mode="RGB")
    train, _, test, _, _ = image_folder(tmp_path)
    assert abs(int(train[0, 0, 0]) - 200) <= 2 and abs(int(test[0, 0, 0]) - 200) <= 2


def test_another_size_is_refused_by_name(two_classes):
    draw(two_classes / "b" / "wide.png", size=(32, 28))
    with pytest.raises(DataError, match=r"wide\.png is 32 x 28 pixels, not 28 x 28"):
        image_folder(two_classes)


@pytest.mark.parametrize("content", [b"", b"no picture", "half"])
def test_a_broken_picture_is_refused_by_name(two_classes, content):
    file = two_classes / "a" / "03.png"
    half = file.read_bytes()[:50]
    file.write_bytes(half if content == "half" else content)
    with pytest.raises(DataError, match=r"03\.png cannot be read as a picture"):
        image_folder(two_classes)


@pytest.mark.parametrize("count", [0, 1])
def test_a_folder_without_enough_pictures_says_so(tmp_path, count):
    for number in range(count):
        draw(tmp_path / f"{number}.png")
    with pytest.raises(DataError, match=f"holds {count} pictures"):
        image_folder(tmp_path)


def test_a_large_folder_says_how_far_it_is(two_classes, monkeypatch):
    clock = iter(np.arange(0, 100, 0.5))
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    lines = []
    image_folder(two_classes, say=lines.append)
    assert lines and lines[0].endswith("of 25 pictures read")
