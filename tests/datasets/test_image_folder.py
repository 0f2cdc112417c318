"""A folder of 28 x 28 pictures: classes, split, and errors that name the file."""

import numpy as np
import pytest
import torch
from PIL import Image, PngImagePlugin

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
    draw(tmp_path / "b.JPG", 90, mode="RGB")
    train, _, test, _, _ = image_folder(tmp_path)
    assert abs(int(train[0, 0, 0]) - 200) <= 2 and abs(int(test[0, 0, 0]) - 90) <= 2


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


# --- as drawing programs, file managers and scanners leave them ----------------------


def ring(number=0):
    """A soft ring of light ink on black, float (28, 28) in [0, 1], each another one."""
    y, x = np.mgrid[:28, :28] - 13.5
    distance = np.hypot(y, x + number % 5) - 8
    return np.clip(1.5 - np.abs(distance) / 2, 0, 1)


def rings(folder, save, count=12):
    """Write `count` rings by save(file, ring) and load them: uint8 (count, 28, 28)."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        save(folder / f"{number:02}.png", ring(number))
    lines = []
    train, _, test, _, _ = image_folder(folder, say=lines.append)
    return torch.cat([train, test]), lines


def wanted(count=12):
    """The rings as they should arrive; every tenth is held out and comes last."""
    order = [number for number in range(count) if number % 10 != 9] + [9]
    return np.stack([np.round(ring(number) * 255) for number in order])


def differs(images, count=12):
    return np.abs(images.numpy() - wanted(count)).max()


def as_grey(file, ink):
    Image.fromarray(np.round(ink * 255).astype(np.uint8)).save(file)


def as_16_bit(file, ink):
    Image.fromarray(np.round(ink * 65535).astype(np.uint16)).save(file)


def as_32_bit_of_16(file, ink):
    Image.fromarray(np.round(ink * 65535).astype(np.int32)).save(
        file.with_suffix(".tif")
    )


def as_palette(file, ink):
    grey = Image.fromarray(np.round(ink * 255).astype(np.uint8))
    palette = Image.new("P", (28, 28))
    palette.putpalette([255 - i // 3 for i in range(768)])  # 0 is white
    palette.putdata((255 - np.asarray(grey)).ravel().tolist())
    palette.save(file)


def as_cmyk(file, ink):
    grey = np.round(ink * 255).astype(np.uint8)
    Image.merge("RGB", [Image.fromarray(grey)] * 3).convert("CMYK").save(
        file.with_suffix(".tif")
    )


def on_a_page(colour, page=None):
    """Saves ink of a colour whose alpha is the drawing, below it the colour `page`."""

    def save(file, ink):
        pixels = np.zeros((28, 28, 4), np.uint8)
        pixels[..., :3] = np.where(ink[..., None] > 0, colour, page or colour)
        pixels[..., 3] = np.round(ink * 255)
        Image.fromarray(pixels, "RGBA").save(file)

    return save


def grey_on_a_page(file, ink):
    alpha = np.round(ink * 255).astype(np.uint8)
    Image.merge("LA", [Image.new("L", (28, 28)), Image.fromarray(alpha)]).save(file)


def with_a_clear_colour(file, ink):
    """Black on white, of which white is declared to be transparent (PNG's tRNS)."""
    grey = Image.fromarray(np.where(ink > 0.5, 0, 255).astype(np.uint8))
    grey.save(file, transparency=255)


SAME = [as_grey, as_16_bit, as_32_bit_of_16, as_palette, as_cmyk]
SAME += [on_a_page((0, 0, 0)), on_a_page((255, 255, 255)), grey_on_a_page]
SAME += [on_a_page((0, 0, 0), page=(255, 255, 255))]


@pytest.mark.parametrize("save", SAME)
def test_the_same_drawing_arrives_however_it_is_stored(tmp_path, save):
    images, _ = rings(tmp_path / "rings", save)
    assert differs(images) <= 1


@pytest.mark.parametrize("colour", [(0, 0, 0), (200, 0, 0), (30, 30, 120)])
def test_dark_strokes_on_a_transparent_page_become_light_and_it_is_said(
    tmp_path, colour
):
    images, lines = rings(tmp_path / "rings", on_a_page(colour))
    assert images.max() > 150 and images[:, 0].max() == 0
    assert lines == ["12 dark pictures on a transparent page: made light on black"]


def test_light_strokes_on_black_stay_so_if_only_the_corners_are_transparent(tmp_path):
    def save(file, ink):
        grey = Image.fromarray(np.round(ink * 255).astype(np.uint8))
        alpha = Image.new("L", (28, 28), 255)
        alpha.putpixel((0, 0), 0)
        Image.merge("LA", [grey, alpha]).save(file)

    images, lines = rings(tmp_path / "rings", save)
    assert differs(images) == 0 and lines == []


def test_a_transparent_colour_and_two_values_only_are_read(tmp_path):
    images, _ = rings(tmp_path / "clear", with_a_clear_colour)
    bits, _ = rings(tmp_path / "bits", lambda f, i: Image.fromarray(i > 0.5).save(f))
    assert torch.equal(images, bits) and set(bits.unique().tolist()) == {0, 255}


def test_a_photo_is_turned_as_its_tag_says(tmp_path):
    turned = np.rot90(ring(3), 1)  # to be turned by 90 degrees clockwise

    def save(file, ink):
        exif = Image.Exif()
        exif[0x0112] = 6
        grey = Image.fromarray(np.round(np.rot90(ink) * 255).astype(np.uint8))
        grey.save(file, exif=exif)

    assert not np.array_equal(turned, ring(3))
    assert differs(rings(tmp_path / "rings", save)[0]) == 0


@pytest.mark.parametrize("mode", ["F", "I"])
def test_32_bits_are_refused_by_name_and_not_cut_off(tmp_path, mode):
    values = ring() if mode == "F" else ring() * 2**30
    pixels = values.astype(np.float32 if mode == "F" else np.int32)
    for name in ("a.tif", "b.tif"):
        Image.fromarray(pixels).save(tmp_path / name)
    with pytest.raises(DataError, match=r"a\.tif has 32 bits a pixel; save it with 8"):
        image_folder(tmp_path)


def test_very_dark_pictures_and_a_light_page_are_said(tmp_path):
    _, lines = rings(tmp_path / "d", lambda f, i: as_16_bit(f, i / 16))  # 12 bits
    assert lines == ["d: very dark, no pixel is above 16 of 255"]
    _, lines = rings(tmp_path / "p", lambda f, i: as_grey(f, 1 - i))
    assert len(lines) == 1 and "p: dark ink on a light page" in lines[0]


@pytest.mark.parametrize("grey", [0, 255, 80])
def test_pictures_that_are_all_the_same_are_refused(tmp_path, grey):
    for number in range(20):
        draw(tmp_path / "p" / f"{number}.png", grey)
    with pytest.raises(DataError, match="p: all 20 pictures are the same") as error:
        image_folder(tmp_path / "p", say=print)
    assert f"from {grey} to {grey} of 255" in str(error.value)


@pytest.mark.parametrize("alpha", [0, 255])
def test_an_empty_transparent_set_is_refused(tmp_path, alpha):
    for number in range(3):
        Image.new("RGBA", (28, 28), (0, 0, 0, alpha)).save(tmp_path / f"{number}.png")
    with pytest.raises(DataError, match="are the same"):
        image_folder(tmp_path, say=print)


def test_what_file_managers_leave_is_passed_over_without_a_word(two_classes):
    images = image_folder(two_classes, say=pytest.fail)[0]
    for place in (two_classes, two_classes / "a", two_classes / "__MACOSX" / "a"):
        place.mkdir(parents=True, exist_ok=True)
        for name in (".DS_Store", "._00.png", "Thumbs.db", "desktop.ini"):
            (place / name).write_bytes(b"litter")
    draw(two_classes / ".ipynb_checkpoints" / "00-checkpoint.png", 7)
    draw(two_classes / "a" / ".thumbnails" / "00.png", 7)
    (two_classes / "a" / "folder.png").mkdir()
    *again, _, classes = image_folder(two_classes, say=pytest.fail)
    assert torch.equal(images, again[0]) and classes == ("a", "b")


def left_out(path):
    lines = []
    image_folder(path, say=lines.append)
    assert len(lines) == 1
    return lines[0]


def test_pictures_beside_the_classes_or_deeper_are_left_out_and_named(two_classes):
    for number in range(60):
        draw(two_classes / f"{number:03}.png", number)
    name = two_classes.name
    begins = f"{name}: 60 files are left out: 000.png, 001.png, 002.png, ..."
    assert left_out(two_classes) == begins
    for file in two_classes.glob("*.png"):
        file.unlink()
    draw(two_classes / "a" / "more" / "x.png", 9)
    assert left_out(two_classes) == f"{name}: 1 files are left out: a/more/x.png"


def test_a_kind_of_picture_that_we_do_not_read_is_left_out_and_named(two_classes):
    (two_classes / "b" / "new.heic").write_bytes(b"...")
    assert "left out: b/new.heic" in left_out(two_classes)


def test_classes_that_lie_one_folder_deeper_are_pointed_at(tmp_path):
    for number in range(3):
        draw(tmp_path / "pictures" / "ring" / f"{number}.png", number)
    with pytest.raises(DataError) as error:
        image_folder(tmp_path)
    assert str(error.value).endswith(f"lie deeper: give {tmp_path / 'pictures'}")


def test_a_folder_of_something_else_says_what_it_holds(tmp_path):
    (tmp_path / "mnist.npz").write_bytes(b"...")
    with pytest.raises(DataError, match="holds 0 pictures .*, but mnist.npz; a data"):
        image_folder(tmp_path)


def test_a_decompression_bomb_is_one_line(two_classes):
    header = (20000).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n"
    with (two_classes / "a" / "00.png").open("wb") as file:
        file.write(bomb)
        PngImagePlugin.putchunk(file, b"IHDR", header)
        PngImagePlugin.putchunk(file, b"IEND", b"")
    with pytest.raises(DataError, match=r"00\.png is far larger than 28 x 28 pixels$"):
        image_folder(two_classes)


@pytest.mark.filterwarnings("error")
def test_a_large_picture_is_refused_without_a_warning(two_classes):
    draw(two_classes / "a" / "00.png", size=(10000, 10000))
    with pytest.raises(DataError, match=r"is 10000 x 10000 pixels, not 28 x 28; scale"):
        image_folder(two_classes)


def test_an_animation_is_refused_by_name(two_classes):
    frames = [Image.new("L", (28, 28), grey) for grey in (0, 99, 200)]
    frames[0].save(two_classes / "a" / "x.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(DataError, match=r"x\.gif holds 3 pictures, not one"):
        image_folder(two_classes)


def test_a_picture_that_may_not_be_read_says_so(two_classes, monkeypatch):
    def refuse(file):
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr(module.Image, "open", refuse)
    with pytest.raises(DataError, match=r"00\.png cannot be read: Permission denied"):
        image_folder(two_classes)
