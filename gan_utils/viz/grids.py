"""Pictures of digits: grids, rows, pairs, film strips.

Pictures are drawn in gray, unscaled and unstretched: one pixel of a digit is a square
of whole pixels on the screen.
"""

import matplotlib.pyplot as plt
import numpy as np

from gan_utils.pictures import GAP, as_uint8, tile
from gan_utils.viz.style import DPI, note_height, styled

WIDE = 820  # pixels of a page that a picture may fill


def _pixel_axes(shape, *, left=0, top=0):
    """Axes that hold a picture (H, W) at a whole number of screen pixels per pixel."""
    height, width = shape
    scale = max(2 if width < 480 else 1, min(4, (WIDE - left) // width))
    bottom = note_height()
    wide, high = left + scale * width, bottom + scale * height + top
    figure = plt.figure(figsize=(wide / DPI, high / DPI), layout="none")
    figure.pixel_exact = True
    box = (left / wide, bottom / high, scale * width / wide, scale * height / high)
    return figure.add_axes(box)


def _texts(name, labels, count):
    """Labels as texts, count of them or none; whole numbers with thousands apart."""
    labels = [] if labels is None else np.asarray(labels).tolist()
    if len(labels) not in (0, count):
        raise ValueError(f"{name} has {len(labels)} labels for {count} places")
    return [f"{label:,}" if isinstance(label, int) else str(label) for label in labels]


def _margins(title, titles, columns):
    """Room in pixels for the labels left of the rows and for what is above them."""
    left = 12 + 8 * max(len(text) for text in titles) if titles else 0
    top = 8 + 18 * (title.count("\n") + 1) if title else 0
    top += 8 + 15 * max(text.count("\n") + 1 for text in columns) if columns else 0
    return {"left": left, "top": top}


def _draw(grid, title, ax, *, titles=(), columns=(), step=29, gap=1):
    """The one imshow of the series: a grid (H, W) uint8, labels beside and above."""
    if ax is None:
        ax = _pixel_axes(grid.shape, **_margins(title, titles, columns))
    ax.imshow(grid, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    middle = (step - gap - 1) / 2
    ax.set_yticks([step * i + middle for i in range(len(titles))], titles)
    ax.set_xticks([step * i + middle for i in range(len(columns))], columns)
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    ax.set_title(title or "", loc="left")
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    return ax


@styled
def show_grid(images, *, ncol=8, title=None, ax=None):
    """Draw images as one grid, ncol a row. Returns the axes.

    images: (N, 28, 28) uint8 or (N, 1, 28, 28) float in [-1, 1], tensor or array.
    """
    return _draw(tile(as_uint8(images), ncol), title, ax)


@styled
def show_rows(rows, *, titles=None, columns=None, title=None, gap=1, ax=None):
    """Draw rows of pictures, a label left of each row and above each column.

    rows: R sequences of images in the formats of show_grid, all of one size; a shorter
    row ends early. titles: R labels. columns: a label for each picture of a row.
    gap: pixels between two pictures. Returns the axes. Raises ValueError if the labels
    do not fit the rows.
    """
    rows = [as_uint8(row) for row in rows]
    longest = max(len(row) for row in rows)
    titles = _texts("titles", titles, len(rows))
    columns = _texts("columns", columns, longest)
    empty = np.full((longest, *rows[0].shape[1:]), GAP, np.uint8)
    filled = [part for row in rows for part in (row, empty[len(row) :])]
    grid = tile(np.concatenate(filled), longest, gap=gap)
    look = {"titles": titles, "columns": columns, "step": empty.shape[-1] + gap}
    return _draw(grid, title, ax, gap=gap, **look)


@styled
def show_classes(images, labels, *, per_class=10, classes=None, title=None, ax=None):
    """A row for each class: the first per_class images that carry its label.

    images: (N, ...) as in show_grid; labels: (N,) integers; classes: names, or None
    for the labels themselves. A class without images has an empty row.
    """
    images, labels = as_uint8(images), np.asarray(labels)
    names = range(int(labels.max()) + 1) if classes is None else classes
    rows = [images[labels == k][:per_class] for k in range(len(names))]
    return show_rows(rows, titles=names, title=title, ax=ax)


@styled
def show_pairs(fake, real, *, title=None, ax=None):
    """Each fake picture above its nearest real one, all pairs side by side.

    fake, real: (N, ...) as in show_grid, in the same order.
    """
    fake, real = as_uint8(fake), as_uint8(real)
    if len(fake) != len(real):
        raise ValueError(f"{len(fake)} fake but {len(real)} real images; need pairs")
    look = {"titles": ["fake", "nearest real"], "title": title, "ax": ax}
    return show_rows([fake, real], **look)


@styled
def film_strip(images, labels, *, titles=None, title=None, gap=1, ax=None):
    """Pictures through time: a column per moment, a row per latent. Returns the axes.

    images: (T, 28, 28) or (T, N, 28, 28) uint8, or float in [-1, 1] with a channel
    axis: (T, 1, 28, 28) or (T, N, 1, 28, 28). labels: T texts or numbers.
    """
    images = as_uint8(images)
    images = images[:, None] if images.ndim == 3 else images
    look = {"titles": titles, "title": title, "gap": gap, "ax": ax}
    return show_rows(images.swapaxes(0, 1), columns=labels, **look)
