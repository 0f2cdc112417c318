"""What the page of the game proposes to try, played with ten seeds.

    python tools/game_trials.py                    # all, seeds 0-9; half an hour
    python tools/game_trials.py "G only" --seeds 0-2

Prints for each seed what is seen before and after the last move of a trial: modes that
G and its average find, high quality of the average in percent, d_loss, the mean length
of an arrow, and how many discs of radius 0.4 hold nine of ten dots. The texts in
site/play/game_trials.js say what came out; tests/site/test_game_trials.py repeats it
with fewer seeds. Runs in node, in WebAssembly.
"""

import argparse

from game_in_node import in_node

PROGRAM = """
const game = engine.makeGame(await inWasm());
const { moves } = GAME_TRIALS.find((trial) => trial.key === given.key);

// How many discs around dots, the fullest first, hold nine of ten dots?
const discs = (dots) => {
  const near = (i, j) =>
    Math.hypot(dots[2 * i] - dots[2 * j], dots[2 * i + 1] - dots[2 * j + 1]) < 0.4;
  let left = [...Array(dots.length / 2).keys()], count = 0;
  for (; left.length > dots.length / 20; count++) {
    const around = left.map((i) => left.filter((j) => near(i, j)));
    const fullest = around.reduce((a, b) => (b.length > a.length ? b : a));
    left = left.filter((i) => !fullest.includes(i));
  }
  return count;
};

const look = () => {
  const { fakes, arrows } = game.dots(), scores = game.scores();
  const lengths = fakes.map((_, i) => i % 2 ? 0 : Math.hypot(arrows[i], arrows[i + 1]));
  return {
    modes: scores.G.modes, average: scores.average.modes,
    quality: scores.average.quality, d_loss: game.dLoss, discs: discs(fakes),
    arrow: lengths.reduce((a, b) => a + b) / engine.DOTS, fakes: Array.from(fakes),
    field: Array.from(game.field(0)),
  };
};

const views = [];
for (const { fresh, values, steps } of moves) {
  if (fresh) game.reset({ ...values, seed: given.seed });
  else game.change({ ...game.settings, ...values });
  views.push(look());
  for (let i = 0; i < steps; i++) game.play();
  views.push(look());
}
return views.slice(-2);
"""
SHOWN = ("modes", "average", "quality", "d_loss", "arrow", "discs")
KEYS = ("D only", "G only", "mend", "plain", "flat", "flat bce", "grid")


def trial(key, seed):
    """What is seen before and after the last move of a trial: two dictionaries."""
    return in_node(PROGRAM, key=key, seed=seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("keys", nargs="*", default=KEYS, help=", ".join(KEYS))
    parser.add_argument("--seeds", default="0-9", help="e.g. 3 or 0-4")
    args = parser.parse_args()
    first, _, last = args.seeds.partition("-")
    for key in args.keys:
        print(f"{key}: {', '.join(SHOWN)}")
        for seed in range(int(first), int(last or first) + 1):
            before, after = trial(key, seed)
            pairs = (f"{before[name]:.4g} -> {after[name]:.4g}" for name in SHOWN)
            print(f"  seed {seed}: {', '.join(pairs)}", flush=True)


if __name__ == "__main__":
    main()
