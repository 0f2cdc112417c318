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
      text: "60 steps of both, then 60 of G only. The field stands still, and all fakes "
        + "run to the few places that this D likes best. With each of ten seeds G ends "
        + "with at most two modes: nothing in its loss keeps the fakes apart.",
      moves: [early, collapse],
    },
    {
      key: "mend",
      name: "Mend it with pairs and a flat D",
      text: "The same collapse, but then both move again, for 3,000 steps, with pairs, "
        + "R1 and R2. MEND",
      moves: [early, collapse, { values: flat, steps: 3000 }],
    },
    {
      key: "plain",
      name: "Lose a mode",
      text: "A plain game of 3,000 steps, cross-entropy and no penalty. With nine of ten "
        + "seeds the average of G ended without one to four of the modes. Look at a lost "
        + "one: D's blue island is there, but no dot, so no arrow leads to it.",
      moves: [{ fresh: true, values: plain, steps: 3000 }],
    },
    {
      key: "flat",
      name: "Keep all modes",
      text: "3,000 steps with pairs, R1 and R2: all eight modes with ten of ten seeds. "
        + "Which of the changes does it? Try R1 and R2 with cross-entropy (also ten of "
        + "ten), and pairs alone (four of ten).",
      moves: [{ fresh: true, values: { ...plain, ...flat }, steps: 3000 }],
    },
    {
      key: "grid",
      name: "See bridges",
      text: "GRID",
      moves: [{ fresh: true, values: { ...flat, target: "grid", gamma: 1 }, steps: 7500 }],
    },
  ];
})();
