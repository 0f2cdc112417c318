// The rules of "spot the fake", without a page.
//
//   dealt(deck, realCount)     the twenty cards of a deck: {real: true, index} for one
//                              of realCount real digits, {real: false, seed} for a fake
//   lowest(scores)             which cards a network calls fake: its ten lowest scores
//   rightOf(cards, marks)      how many of the cards are called what they are
//   chanceOf(right)            the chance that marks by lot get so many right, or more
//   csv(games)                 the results as a table in text
//
// marks: twenty booleans, ten of them true: "this is a fake".

const CARDS = 20;
const FAKES = 10;

// The same deck everywhere: a class can compare. Seeds of fakes never repeat.
function dealt(deck, realCount) {
  const next = mersenneTwister(deck);
  const chosen = shuffled([...Array(realCount).keys()], next).slice(0, CARDS - FAKES);
  const cards = chosen.map((index) => ({ real: true, index }));
  for (let i = 0; i < FAKES; i++) cards.push({ real: false, seed: 100_000 + FAKES * deck + i });
  return shuffled(cards, next);
}

// Fisher and Yates: each order is equally likely.
function shuffled(items, next) {
  const order = items.slice();
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor((next() / 2 ** 32) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function lowest(scores) {
  const order = [...scores.keys()].sort((a, b) => scores[a] - scores[b]);
  const marks = Array(scores.length).fill(false);
  for (const card of order.slice(0, FAKES)) marks[card] = true;
  return marks;
}

function rightOf(cards, marks) {
  return cards.filter((card, i) => card.real !== marks[i]).length;
}

// Who marks ten of twenty by lot finds k of the ten fakes in C(10, k)^2 of C(20, 10)
// ways, and has 2 k cards right.
function chanceOf(right) {
  let ways = 0;
  for (let k = Math.ceil(right / 2); k <= FAKES; k++) ways += choose(FAKES, k) ** 2;
  return ways / choose(CARDS, FAKES);
}

function choose(n, k) {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return Math.round(ways);
}

const COLUMNS = ["name", "deck", "recipe", "you", "discriminator", "judge", "marked"];

// One line for each game; `marked` has a letter for each card, f for "fake".
function csv(games) {
  const cell = (value) => {
    const text = String(value ?? "");
    const harmless = /^[=+\-@\t]/.test(text) ? `'${text}` : text; // no formula in a table
    return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
  };
  const rows = games.map((game) => COLUMNS.map((column) => cell(game[column])).join(","));
  return [COLUMNS.join(","), ...rows, ""].join("\r\n");
}
