// "Draw a digit": the page. It finds the latent of a drawing (invert.js), and shows what
// the style that was found makes of all ten digits.

const el = (id) => document.getElementById(id);
const SHEET = 280;
const PEN = 24;
const SIDE = 28;
const RECIPE = "modern_labels";
const STARTS = [0, 1, 2, 3, 4, 5, 6, 7]; // seeds at which the search begins

const strokes = []; // lists of points [x, y] on the sheet
const style = { z: null, digit: 0 }; // what was found
let search = 0; // which search is the last one: earlier ones stop

// --- the sheet ---

function redraw() {
  const context = el("sheet").getContext("2d", { willReadFrequently: true });
  context.fillStyle = "black";
  context.fillRect(0, 0, SHEET, SHEET);
  context.strokeStyle = "white";
  Object.assign(context, { lineWidth: PEN, lineCap: "round", lineJoin: "round" });
  for (const points of strokes) {
    context.beginPath();
    context.moveTo(...points[0]);
    for (const point of points) context.lineTo(...point);
    context.stroke();
  }
}

function inkOf(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, SHEET, SHEET);
  return Uint8Array.from({ length: SHEET * SHEET }, (_, i) => data[4 * i]);
}

function place(event) {
  const box = el("sheet").getBoundingClientRect();
  const scale = SHEET / box.width;
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
}

function paint(canvas, grey) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  grey.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
  context.putImageData(image, 0, 0);
}

// What is on the sheet has changed: what was found is no longer of it.
function changed() {
  search += 1;
  redraw();
  const digit = likeMnist(inkOf(el("sheet")), SHEET);
  paint(el("mine"), digit || new Uint8Array(SIDE * SIDE));
  el("mine").setAttribute("aria-label", digit ? "Your drawing, scaled and centred" : "Nothing is drawn yet");
  return digit;
}

function empty() {
  strokes.length = 0;
  changed();
  el("after").hidden = true;
  paint(el("found"), new Uint8Array(SIDE * SIDE));
  el("found").setAttribute("aria-label", "Nothing was looked for yet");
  el("status").textContent = "Draw a digit, or let one be drawn.";
}

// --- the search ---

async function find() {
  const drawn = changed();
  if (!drawn) {
    el("status").textContent = "The sheet is empty: draw a digit first.";
    return;
  }
  const mine = search;
  const { G } = await networks.recipe;
  const read = await readBy(drawn);
  if (mine !== search) return;
  const label = el("digit").value === "" ? read.digit : Number(el("digit").value);
  const target = Float32Array.from(drawn, (value) => value / 127.5 - 1);
  const started = performance.now();
  const found = await invert(G, target, {
    starts: STARTS.map((seed) => ask(seedLatent(seed, G.inputSize), label)),
    show: (z) => paint(el("found"), toGrey(G.forward(z))),
    pause: async () => (await nextFrame()) && mine === search,
  });
  if (mine !== search) return;
  finds.push(performance.now() - started);
  Object.assign(style, { z: found.z, digit: label });
  tell(read, label, found.error / 4); // pixels in [-1, 1] differ twice as much
  el("one").value = el("two").value = 0;
  el("after").hidden = false;
  showHand();
}

const finds = []; // milliseconds of each search

const nextFrame = () => new Promise((done) => {
  const timer = setTimeout(() => done(true), 50); // a hidden page has no frames
  requestAnimationFrame(() => {
    clearTimeout(timer);
    done(true);
  });
});

async function readBy(grey) {
  const judge = await networks.judge;
  const chances = softmax(judge.forward(Float32Array.from(grey, (value) => value / 127.5 - 1)));
  const sure = Math.max(...chances);
  return { digit: chances.indexOf(sure), sure };
}

function tell(read, label, error) {
  const reads = `The judge reads a ${read.digit} and is ${Math.round(100 * read.sure)} % sure. `;
  const asked = `G, asked for a ${label}, comes as near as an error of ${error.toFixed(4)}.`;
  el("status").textContent = reads + asked;
}

// --- what the style can do ---

// The style that was found, pushed by the sliders, asking for a digit.
async function latentOf(digit) {
  const { directions } = await networks.recipe;
  const styles = directions.slice(0, 2).map((d) => d.map((value, i) => (i < STYLE ? value : 0)));
  return ask(pushed(style.z, styles, [Number(el("one").value), Number(el("two").value)]), digit);
}

async function showHand() {
  const { G } = await networks.recipe;
  for (const button of el("hand").children) {
    const digit = Number(button.dataset.digit);
    const grey = toGrey(G.forward(await latentOf(digit)));
    paint(button.firstChild, grey);
    button.setAttribute("aria-pressed", digit === style.digit);
    if (digit !== style.digit) continue;
    paint(el("found"), grey);
    el("found").setAttribute("aria-label", `A ${digit} by G in your style`);
    el("caption").textContent = `what G makes of it: a ${digit}`;
  }
  for (const id of ["one", "two"]) {
    document.querySelector(`output[for="${id}"]`).textContent = Number(el(id).value).toFixed(1);
  }
}

function choose(digit) {
  style.digit = digit;
  showHand().catch(complain);
}

// The ten side by side, four times as large.
function save() {
  const [zoom, gap] = [4, 4];
  const sheet = document.createElement("canvas");
  sheet.width = 10 * (SIDE * zoom + gap) - gap;
  sheet.height = SIDE * zoom;
  const context = sheet.getContext("2d");
  context.imageSmoothingEnabled = false;
  [...el("hand").children].forEach((button, i) => {
    context.drawImage(button.firstChild, i * (SIDE * zoom + gap), 0, SIDE * zoom, SIDE * zoom);
  });
  const link = document.createElement("a");
  link.href = sheet.toDataURL("image/png");
  link.download = "my-hand.png";
  link.click();
}

// --- controls ---

function complain(error) {
  el("trouble").hidden = false;
  el("trouble").textContent = `This did not work: ${error.message}. Reload the page.`;
}

const SEVEN = [
  [[65, 75], [130, 66], [212, 62], [185, 120], [152, 190], [140, 235]],
  [[105, 152], [150, 147], [205, 143]],
];

const go = () => find().catch(complain);

el("sheet").addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  el("sheet").setPointerCapture(event.pointerId);
  strokes.push([place(event)]);
  redraw();
});
el("sheet").addEventListener("pointermove", (event) => {
  if (!el("sheet").hasPointerCapture(event.pointerId)) return;
  strokes[strokes.length - 1].push(place(event));
  redraw();
});
el("sheet").addEventListener("pointerup", () => changed());
el("sheet").addEventListener("keydown", (event) => {
  if (event.key === "Enter") go();
});
el("find").addEventListener("click", go);
el("clear").addEventListener("click", empty);
el("undo").addEventListener("click", () => {
  strokes.pop();
  if (strokes.length) changed();
  else empty();
});
el("example").addEventListener("click", () => {
  strokes.splice(0, strokes.length, ...SEVEN);
  go();
});
el("digit").addEventListener("change", () => { if (strokes.length) go(); });
for (const id of ["one", "two"]) el(id).addEventListener("input", () => showHand().catch(complain));
el("save").addEventListener("click", save);

for (let digit = 0; digit < 10; digit++) {
  el("digit").append(new Option(`${digit}`, digit));
  const button = document.createElement("button");
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  button.type = "button";
  button.dataset.digit = digit;
  button.setAttribute("aria-label", `a ${digit} in your style`);
  button.append(canvas);
  button.addEventListener("click", () => choose(digit));
  el("hand").append(button);
}

const networks = {
  recipe: loadRecipe(RECIPE, { gradient: true }),
  judge: networkFacts("judge").then((facts) => loadNetwork(facts)),
};
empty();
const ready = Promise.all(Object.values(networks)).catch(complain);
