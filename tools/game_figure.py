"""The two players of notebook 02 as boxes and arrows: figures/game.png."""

import matplotlib.pyplot as plt

from gan_utils.viz.style import D_COLOR, G_COLOR, styled

GRAY = "0.35"


def _box(ax, x, y, text, color):
    """A box with its centre at (x, y)."""
    box = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": color}
    box |= {"linewidth": 2}
    ax.text(x, y, text, ha="center", va="center", fontsize=11, bbox=box)


def _arrow(ax, start, end, color=GRAY, style="-", bend=0.0):
    look = {"arrowstyle": "-|>", "color": color, "linewidth": 1.8, "linestyle": style}
    look |= {"connectionstyle": f"arc3,rad={bend}", "mutation_scale": 16}
    ax.annotate("", xy=end, xytext=start, arrowprops=look)


@styled
def draw_game():
    """The two players of a GAN and what flows between them. Returns the axes."""
    ax = plt.subplots(figsize=(8, 3.3))[1]
    _box(ax, 0.6, 0.9, "noise  z\n(latent_dim,)", GRAY)
    _box(ax, 3.0, 0.9, "generator  G", G_COLOR)
    _box(ax, 5.4, 0.9, "fake  G(z)\n(1, 28, 28)", GRAY)
    _box(ax, 5.4, 2.5, "real  x\n(1, 28, 28)", GRAY)
    _box(ax, 7.8, 1.7, "discriminator  D", D_COLOR)
    _box(ax, 10.2, 1.7, "logit\nreal or fake?", GRAY)
    _arrow(ax, (1.35, 0.9), (2.15, 0.9))
    _arrow(ax, (3.85, 0.9), (4.65, 0.9))
    _arrow(ax, (6.15, 1.0), (7.1, 1.45))
    _arrow(ax, (6.1, 2.4), (7.1, 1.95))
    _arrow(ax, (8.85, 1.7), (9.4, 1.7))
    _arrow(ax, (9.9, 2.1), (7.8, 2.1), D_COLOR, "--", bend=0.5)
    _arrow(ax, (9.9, 1.3), (3.2, 0.6), G_COLOR, "--", bend=-0.42)
    look = {"ha": "center", "fontsize": 10}
    ax.text(8.85, 2.85, "d_loss corrects D", color=D_COLOR, **look)
    ax.text(7.1, -0.62, "g_loss corrects G, through D", color=G_COLOR, **look)
    ax.set(xlim=(-0.4, 11.1), ylim=(-0.8, 3.1))
    ax.set_axis_off()
    return ax
