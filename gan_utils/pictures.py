"""Arrays of pictures: one format, one way to lay them side by side. No drawing."""

import numpy as np

GAP = 255  # the colour between two pictures


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

    Keeps the type of the images. Places of the last row that are left over are fill.
    Raises ValueError for no images, no columns, or images that are no (N, h, w).
    """
    images = np.asarray(images)
    if images.ndim != 3 or len(images) == 0:
        raise ValueError(f"images have shape {images.shape}; need (N, h, w), N >= 1")
    if ncol < 1:
        raise ValueError(f"ncol is {ncol}; give 1 or more")
    count, height, width = images.shape
    ncol = min(ncol, count)
    nrow = -(-count // ncol)
    places = np.full((nrow * ncol, height + gap, width + gap), fill, images.dtype)
    places[:count, :height, :width] = images
    rows = places.reshape(nrow, ncol, height + gap, width + gap).swapaxes(1, 2)
    grid = rows.reshape(nrow * (height + gap), ncol * (width + gap))
    return grid[: nrow * (height + gap) - gap, : ncol * (width + gap) - gap]


def enlarge(picture, scale):
    """A picture (..., H, W) with every pixel scale x scale: bigger, and still crisp."""
    return picture.repeat(scale, axis=-2).repeat(scale, axis=-1)
