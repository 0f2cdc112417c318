"""Every figure of the series: takes arrays and tensors, never models."""

# ruff: noqa: F401  (names to import from here)
from gan_utils.viz.curves import bar_classes, plain_log, plot_losses, plot_scores
from gan_utils.viz.grids import (
    film_strip,
    show_classes,
    show_grid,
    show_pairs,
    show_rows,
)
from gan_utils.viz.style import panels, set_note, use_style
