"""Arrays of pictures: one format, one way to lay them side by side. No drawing.

Taught in notebook 01, section 2 (the range of a picture) and notebook 05, section 3.
"""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gan_utils.support.files import write_atomic

GAP = 255  # the colour between two pictures
GRAYS = 8  # of a GIF: enough for handwriting; noise of 16 takes a third more
CAPTION = 20  # pixels


def as_uint8(images):
    """Pictures (..., H, W) uint8, 0 = background, from what the series calls images.

    Takes uint8 (..., H, W), or float in [-1, 1] with or without a channel axis, as
    tensor or array. NaN becomes background, values out of range are clamped.
    Raises ValueError for other types and for fewer than two axes.
    """
    if hasattr(images, "detach"):
        images = images.detach().cpu()
        images = (images.float() if images.is_floating_point() else images).numpy()
    images = np.asarray(images)
    if images.ndim < 2:
        raise ValueError(f"images have shape {images.shape}; need (..., height, width)")
    if images.ndim >= 4 and images.shape[-3] == 1:
        images = images.squeeze(-3)
    if images.dtype == np.uint8:
        return images
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(f"images are {images.dtype}; need uint8, or float in [-1, 1]")
    images = np.nan_to_num(images, nan=-1.0).clip(-1, 1)
    return np.round((images + 1) * 127.5).astype(np.uint8)


def tile(images, ncol=8, *, gap=1, fill=GAP):
    """One picture (H, W) of images (N, h, w), ncol a row, gap pixels of fill between.

    Or in colour, (H, W, 3) of (N, h, w, 3). Keeps the type of the images. Places of the
    last row that are left over are fill. Raises ValueError for no images, no columns,
    or images of another shape.
    """
    images = np.asarray(images)
    if images.ndim not in (3, 4) or len(images) == 0:
        raise ValueError(f"images have shape {images.shape}; need (N, h, w), N >= 1")
    if ncol < 1:
        raise ValueError(f"ncol is {ncol}; give 1 or more")
    count, height, width, *colour = images.shape
    ncol = min(ncol, count)
    nrow, high, wide = -(-count // ncol), height + gap, width + gap
    places = np.full((nrow * ncol, high, wide, *colour), fill, images.dtype)
    places[:count, :height, :width] = images
    rows = places.reshape(nrow, ncol, high, wide, *colour).swapaxes(1, 2)
    sheet = rows.reshape(nrow * high, ncol * wide, *colour)
    return sheet[: nrow * high - gap, : ncol * wide - gap]


def enlarge(picture, scale):
    """A picture (..., H, W) with every pixel scale x scale: bigger, and still crisp."""
    return picture.repeat(scale, axis=-2).repeat(scale, axis=-1)


def encode_png(array, *, small=False):
    """PNG bytes of a picture (H, W), or (H, W, 3) in colour, uint8.

    small: fewer bytes for more time, and at most 256 colours.
    """
    array = np.asarray(array)
    if array.ndim != 3 or array.shape[-1] != 3:
        array = checked(array, 2)
    file, image = io.BytesIO(), Image.fromarray(array)
    if small and array.ndim == 3:
        image = image.quantize(dither=Image.Dither.NONE)
    image.save(file, "png", compress_level=9 if small else 1)
    return file.getvalue()


def checked(array, ndim):
    """The array as it is, if it is uint8 with ndim axes and not empty."""
    array = np.asarray(array)
    if array.dtype != np.uint8 or array.ndim != ndim or array.size == 0:
        need = f"need uint8 {'(T, H, W)' if ndim == 3 else '(H, W)'}, not empty"
        raise ValueError(f"got {array.dtype} {array.shape}; {need}")
    return array


def checked_labels(frames, labels):
    if len(labels) != len(frames):
        raise ValueError(f"{len(labels)} labels for {len(frames)} frames")
    return [str(label) for label in labels]


def _captioned(frame, text):
    """A picture (H, W) with one line of text below."""
    image = Image.fromarray(np.pad(frame, ((0, CAPTION), (0, 0))))
    font = ImageFont.load_default(size=14)
    ImageDraw.Draw(image).text((4, len(frame) + 1), text, fill=255, font=font)
    return np.asarray(image)


def gif(frames, path, *, labels=None, ms=120, last_ms=1500, scale=1):
    """Write frames (T, H, W) uint8 as a GIF that loops. Returns its path.

    labels: T texts below the frames. ms: how long a frame stays; last_ms: the last one.
    scale: screen pixels per pixel. All frames share one palette of a few grays; those
    that look alike in it become one longer frame. The file is written whole or not at
    all.
    """
    frames = enlarge(checked(frames, 3), scale)
    if labels is not None:
        pairs = zip(frames, checked_labels(frames, labels))
        frames = np.stack([_captioned(frame, text) for frame, text in pairs])
    levels = np.round(frames * ((GRAYS - 1) / 255)).astype(np.uint8)
    palette = np.round(np.linspace(0, 255, GRAYS)).astype(np.uint8).repeat(3).tobytes()
    images = [Image.fromarray(level).convert("P") for level in levels]
    for image in images:
        image.putpalette(palette)
    file = io.BytesIO()
    durations = [ms] * (len(images) - 1) + [last_ms]
    options = {"duration": durations, "loop": 0, "palette": palette, "optimize": False}
    images[0].save(file, "gif", save_all=True, append_images=images[1:], **options)
    return write_atomic(Path(path), file.getvalue())
