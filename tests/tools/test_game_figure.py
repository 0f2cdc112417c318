import matplotlib.pyplot as plt
from game_figure import draw_game


def test_the_game_shows_both_players_and_both_losses():
    axes = draw_game()
    words = " ".join(text.get_text() for text in axes.texts)
    for name in (
        "generator  G",
        "discriminator  D",
        "noise  z",
        "real  x",
        "d_loss",
        "g_loss",
    ):
        assert name in words
    plt.close(axes.figure)
