// "Spot the fake": the page. Rules are in spot_rules.js, networks in gan_utils/explore/web.

const el = (id) => document.getElementById(id);
const SIDE = 28;
const PIXELS = SIDE * SIDE;
const LAST_DECK = 9999;

const game = { cards: [], marks: [], pictures: [], scores: {}, labels: [], over: false };
const games = []; // that were played out in this page
let turn = 0; // of dealing: what an earlier, slower one finds is thrown away

// --- pictures ---

// The real digits lie side by side in one PNG.
async function realDigits() {
  const image = new Image();
  image.src = REAL.png;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const perRow = image.width / SIDE;
  return (index) => {
    const [x, y] = [(index % perRow) * SIDE, Math.floor(index / perRow) * SIDE];
    const { data } = context.getImageData(x, y, SIDE, SIDE);
    return Uint8Array.from({ length: PIXELS }, (_, i) => data[4 * i]);
  };
}

function draw(canvas, grey) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  grey.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
  context.putImageData(image, 0, 0);
}

// Grey levels as a network sees them. Fakes are rounded to grey levels, too: else the
// finer numbers would give them away.
function asInput(pictures) {
  const x = new Float32Array(pictures.length * PIXELS);
  pictures.forEach((grey, n) => grey.forEach((value, i) => {
    x[n * PIXELS + i] = value / 127.5 - 1;
  }));
  return x;
}

// --- one deck ---

// A number that is none, or out of range, becomes the nearest deck.
function deckOf(text) {
  const number = Math.round(Number(text));
  return Number.isNaN(number) ? 0 : Math.min(LAST_DECK, Math.max(0, number));
}

async function deal(deck, name) {
  turn += 1;
  const mine = turn;
  el("deck").value = deck;
  el("recipe").value = name;
  const [recipe, real, judge] = await Promise.all([loadRecipe(name), reals, judges]);
  if (mine !== turn) return;
  const cards = dealt(deck, REAL.labels.length);
  const labels = [];
  const pictures = cards.map((card) => {
    if (card.real) {
      labels.push(Number(REAL.labels[card.index]));
      return real(card.index);
    }
    const z = seedLatent(card.seed, recipe.latentDim);
    labels.push(recipe.G.labelOf(z));
    return toGrey(recipe.G.forward(z));
  });
  const marks = Array(CARDS).fill(false);
  Object.assign(game, { deck, name, cards, pictures, labels, marks, over: false });
  game.scores = scoresOf(recipe, judge, asInput(pictures), labels);
  history.replaceState(null, "", `#deck=${deck}&recipe=${encodeURIComponent(name)}`);
  layOut();
}

// What the networks think of each card, high for real. D's labels are digits only in a
// recipe that was taught digits: D is then told the digit of each card.
function scoresOf({ D, labels: known }, judge, x, labels) {
  const scores = {};
  if (D && known === 10) scores.discriminator = Array.from(D.forward(x, CARDS, labels));
  const logits = judge.forward(x, CARDS);
  const size = logits.length / CARDS;
  scores.judge = Array.from({ length: CARDS }, (_, card) => {
    return Math.max(...softmax(logits.slice(card * size, (card + 1) * size)));
  });
  return scores;
}

// --- the table ---

function layOut() {
  el("cards").classList.remove("shown");
  el("result").hidden = true;
  el("cards").replaceChildren(...game.pictures.map(cardOf));
  tell();
}

function cardOf(grey, i) {
  const button = document.createElement("button");
  const canvas = document.createElement("canvas");
  const said = document.createElement("span");
  canvas.width = canvas.height = SIDE;
  draw(canvas, grey);
  button.type = "button";
  button.className = "card";
  button.tabIndex = i === 0 ? 0 : -1; // one stop of the tab key; arrows go on
  button.append(canvas, said);
  button.addEventListener("click", () => mark(i));
  button.addEventListener("focus", () => {
    for (const other of el("cards").children) other.tabIndex = other === button ? 0 : -1;
  });
  return button;
}

// Before the end a click marks a card, after it tells what was thought of it.
function mark(i) {
  if (game.over) {
    el("detail").textContent = `${game.told[i]}.`;
    return;
  }
  game.marks[i] = !game.marks[i];
  tell();
}

const marked = () => game.marks.filter(Boolean).length;

function tell() {
  [...el("cards").children].forEach((button, i) => {
    const fake = game.marks[i];
    button.setAttribute("aria-pressed", fake);
    button.setAttribute("aria-label", `card ${i + 1}${fake ? ", marked as fake" : ""}`);
    button.lastChild.textContent = fake ? "fake?" : "";
  });
  const left = FAKES - marked();
  el("reveal").disabled = left !== 0;
  const more = left > 0 ? `mark ${left} more` : `take ${-left} back`;
  el("count").textContent = `${marked()} of ${FAKES} marked${left ? `: ${more}` : ""}`;
}

// --- the end of a game ---

function reveal() {
  const { cards, marks, scores } = game;
  game.over = true;
  const calls = { you: marks };
  for (const player of Object.keys(scores)) calls[player] = lowest(scores[player]);
  const letters = marks.map((fake) => (fake ? "f" : "r")).join("");
  const played = { deck: game.deck, recipe: game.name, marked: letters };
  for (const player of Object.keys(calls)) played[player] = rightOf(cards, calls[player]);
  games.push(played);
  el("cards").classList.add("shown");
  game.told = cards.map((card, i) => told(i, calls));
  [...el("cards").children].forEach(showCard);
  el("detail").textContent = "Click a card to see what the networks thought of it.";
  showScores(played);
  el("reveal").disabled = true;
  el("count").textContent = "";
  el("result").hidden = false;
  el("headline").scrollIntoView({ block: "nearest" });
}

const whatIs = (i) => (game.cards[i].real ? "real" : "fake");

function showCard(button, i) {
  const right = game.marks[i] !== game.cards[i].real;
  button.classList.add(`is-${whatIs(i)}`);
  button.lastChild.textContent = `${whatIs(i)} ${right ? "✓" : "✗"}`;
  button.setAttribute("aria-label", game.told[i]);
}

// "Card 3 is fake; you and judge took it for real; discriminator's logit ..."
function told(i, calls) {
  const fooled = Object.keys(calls).filter((who) => calls[who][i] === game.cards[i].real);
  const scores = Object.entries(game.scores).map(([who, all]) => {
    return who === "judge" ? `judge ${Math.round(100 * all[i])} % sure`
      : `discriminator's logit ${all[i].toFixed(2)}`;
  });
  const whom = fooled.length ? fooled.join(" and ") : "nobody";
  const other = game.cards[i].real ? "fake" : "real";
  return [`Card ${i + 1} is ${whatIs(i)}; ${whom} took it for ${other}`, ...scores].join("; ");
}

function showScores(played) {
  const same = games.filter((other) => other.recipe === played.recipe);
  const players = ["you", "discriminator", "judge"].filter((who) => who in played);
  el("scores").replaceChildren(...players.map((who) => {
    const sum = same.reduce((total, other) => total + other[who], 0);
    return rowOf(who, played[who], `${sum} of ${CARDS * same.length}`);
  }));
  el("headline").textContent = `You have ${played.you} of ${CARDS} right`;
  const percent = 100 * chanceOf(played.you);
  const share = percent < 1 ? "less than 1" : percent.toFixed(0);
  el("luck").textContent = `By lot alone one gets 10 on average, and ${played.you} or more`
    + ` in ${share} % of decks. So one deck says little: play several.`;
  el("how").textContent = "Each network calls fake the ten cards that it rates lowest: "
    + ("discriminator" in played
      ? "the discriminator by its logit (it is told each digit, as in training), the"
      : `for ${played.recipe} no discriminator can play here, the`)
    + " judge by how sure it is of what it reads.";
}

function rowOf(who, ...cells) {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = who;
  row.append(head, ...cells.map((text) => {
    const cell = document.createElement("td");
    cell.textContent = text;
    return cell;
  }));
  return row;
}

function save() {
  const name = el("name").value.trim();
  const text = csv(games.map((played) => ({ name, ...played })));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = "spot-the-fake.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// --- controls ---

const again = (deck) => deal(deck, el("recipe").value).catch(complain);

function complain(error) {
  el("trouble").hidden = false;
  el("trouble").textContent = `No deck: ${error.message}. Reload the page, or choose another recipe.`;
}

// Arrow keys walk over the table, as it is laid out at this width.
function walk(event) {
  const cards = [...el("cards").children];
  const at = cards.indexOf(document.activeElement);
  const across = getComputedStyle(el("cards")).gridTemplateColumns.split(" ").length;
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across };
  if (at < 0 || !(event.key in steps)) return;
  event.preventDefault();
  cards[at + steps[event.key]]?.focus();
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href);
    el("count").textContent = "Link copied.";
  } catch (error) { // not allowed here
    el("count").textContent = location.href;
  }
}

// What the address names: #deck=12&recipe=modern
function asked() {
  const words = new URLSearchParams(location.hash.slice(1));
  const names = [...el("recipe").options].map((option) => option.value);
  const first = names.includes("modern_labels") ? "modern_labels" : names[0];
  const name = names.includes(words.get("recipe")) ? words.get("recipe") : first;
  return [deckOf(words.get("deck")), name];
}

el("reveal").addEventListener("click", reveal);
el("next").addEventListener("click", () => again(deckOf(game.deck + 1)));
el("deck").addEventListener("change", () => again(deckOf(el("deck").value)));
el("recipe").addEventListener("change", () => again(game.deck));
el("link").addEventListener("click", copyLink);
el("save").addEventListener("click", save);
el("cards").addEventListener("keydown", walk);
addEventListener("hashchange", () => deal(...asked()).catch(complain));

for (const name of networkNames().filter((other) => other !== "judge")) {
  el("recipe").append(new Option(name, name));
}
const reals = realDigits();
const judges = networkFacts("judge").then((facts) => loadNetwork(facts));
const ready = deal(...asked()).catch(complain);
