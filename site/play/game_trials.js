// What the game's page proposes to try. `moves` are played one after the other: `fresh`
// begins a new game with `values`, otherwise the same players go on with them; then so
// many `steps`, at `speed` steps a second (as fast as it goes, if none is given). What
// the texts claim was seen with ten seeds: python tools/game_trials.py
const GAME_TRIALS = (() => {
  const plain = { target: "ring", loss: "bce", R1: false, R2: false, gamma: 0.2, who: "both" };
  const flat = { loss: "pairs", R1: true, R2: true, gamma: 0.2, who: "both" };
  const early = { fresh: true, values: plain, steps: 60 };
  const collapse = { values: { who: "G" }, steps: 60, speed: 10 };
  return [
    {
      key: "D only",
      name: "Let D play alone",
      text: "60 steps of both, then 30 of D only. The dots stay where they are. d_loss "
        + "falls and the arrows grow, with each of ten seeds: a D that wins shouts.",
      moves: [early, { values: { who: "D" }, steps: 30, speed: 10 }],
    },
    {
      key: "G only",
      name: "Let G play alone: mode collapse",
      text: "60 steps of both, then 60 of G only. The field stands still, and the fakes "
        + "run together to the few places that this D likes best: one to five little "
        + "heaps, with each of ten seeds. Nothing in G's loss keeps the fakes apart.",
      moves: [early, collapse],
    },
    {
      key: "mend",
      name: "Mend it with pairs and a flat D",
      text: "The same collapse, but then both move again, for 3,000 steps, with pairs, "
        + "R1 and R2. With each of ten seeds all eight modes were found.",
      moves: [early, collapse, { values: flat, steps: 3000 }],
    },
    {
      key: "plain",
      name: "Lose a mode",
      text: "A plain game of 3,000 steps, cross-entropy and no penalty. With seven of ten "
        + "seeds the average of G ended without one, two or three of the modes. Look at a "
        + "lost one: D has a blue island there, but no dot, so no arrow leads to it.",
      moves: [{ fresh: true, values: plain, steps: 3000 }],
    },
    {
      key: "flat",
      name: "Keep all modes",
      text: "3,000 steps with pairs, R1 and R2. With each of ten seeds all eight modes "
        + "were found. Watch the field: it stays smooth for long, and arrows reach far.",
      moves: [{ fresh: true, values: { ...plain, ...flat }, steps: 3000 }],
    },
    {
      key: "flat bce",
      name: "Which of the changes does it?",
      text: "The same with cross-entropy instead of pairs: again all eight modes with "
        + "each of ten seeds. So on this ring it is the flat D that keeps the modes. Now "
        + "try pairs alone.",
      moves: [{ fresh: true, values: { ...plain, ...flat, loss: "bce" }, steps: 3000 }],
    },
    {
      key: "grid",
      name: "See bridges",
      text: "25 modes, five by five. D is made of sines here and starts wilder, as does G. "
        + "After 7,500 steps all modes were found, with each of three seeds, and yet one fake "
        + "in five to eight lies in none: it is on a bridge. G is continuous and its latents "
        + "are connected, so a way leads from each mode to each other.",
      moves: [{ fresh: true, values: { ...flat, target: "grid", gamma: 1 }, steps: 7500 }],
    },
  ];
})();
