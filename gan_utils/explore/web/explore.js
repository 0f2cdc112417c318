// The explorers: what a page shows for a recipe and a few numbers, and how they are
// chosen. The hash of the address names all of it, such as
//
//   #plane?recipe=modern&x=3&y=4.25
//
// so a copied link shows the same picture again. Nothing else is remembered: two tabs do
// not know of each other. A value that is no number, or out of range, becomes the
// nearest one that is allowed, as in gan_utils/explore/views.py.

const SEEDS = 10000; // 0 ... 9999
const SIDE = 9; // of the plane
const FAR = 3; // how far a direction's slider goes, in standard deviations of z
const PIXELS = 28; // width and height of a picture
const FRAMES = 40; // of a film

const byId = (id) => document.getElementById(id);

// --- the explorers ---

// A number that is chosen, by a slider or (field: true) typed in. otherwise: what stands
// for a value that is no number.
function slider(label, low, high, step, start, otherwise = low) {
  return { label, low, high, step, start, otherwise };
}

function seed(label, start = 0) {
  return { ...slider(label, 0, SEEDS - 1, 1, start), field: true };
}

const angles = Array.from({ length: FRAMES }, (_, i) => (2 * Math.PI * i) / FRAMES);
const signed = (x) => (x < 0 ? "−" : "+") + Math.abs(x).toFixed(1);

// title and hint: what is read above. controls(recipe): {name: a number that is chosen}.
// latents(recipe, v): what to draw for the values v, [caption, latent] each. says(v): in
// words. film(recipe, v): the values of each picture of a film that loops.
const EXPLORERS = {
  morph: {
    tab: "Morph",
    title: "From one latent to another",
    hint: "Two seeds, and a way between their latents: straight, or on the sphere.",
    controls: () => ({
      a: seed("from seed"), b: seed("to seed", 1), t: slider("t", 0, 1, 0.01, 0.5),
    }),
    latents({ latentDim }, { a, b, t }) {
      const ends = [seedLatent(a, latentDim), seedLatent(b, latentDim)];
      return [["lerp", lerp(...ends, t)], ["slerp", slerp(...ends, t)]];
    },
    says: ({ a, b, t }) => `seed ${a} to seed ${b}, t = ${t.toFixed(2)}`,
    film: (_, v) => angles.map((angle) => ({ ...v, t: (1 - Math.cos(angle)) / 2 })),
  },
  plane: {
    tab: "Plane",
    title: "Any picture is two numbers",
    hint: "Drag the dot, or move it by arrow keys. At whole x and y stands the latent of "
      + "seed x + 100 y; between them, four are mixed.",
    controls: () => ({ x: slider("x", 0, SIDE, 0.05, 3), y: slider("y", 0, SIDE, 0.05, 4) }),
    latents: ({ latentDim }, { x, y }) => [["", planeLatent(x, y, latentDim)]],
    says: ({ x, y }) => `x = ${x.toFixed(2)}, y = ${y.toFixed(2)}`,
    film: (_, { x, y }) => angles.map((angle) => ({ // once round the point
      x: nearest(x + Math.cos(angle) / 2, 0, SIDE),
      y: nearest(y + Math.sin(angle) / 2, 0, SIDE),
    })),
  },
  directions: {
    tab: "Directions",
    title: "The directions that change pictures the most",
    hint: "One latent, pushed along the leading directions of the generator.",
    controls({ directions }) {
      const controls = { seed: seed("seed") };
      directions.forEach((_, i) => {
        controls[`d${i + 1}`] = slider(`direction ${i + 1}`, -FAR, FAR, 0.1, 0, 0);
      });
      return controls;
    },
    latents({ latentDim, directions }, v) {
      const amounts = directions.map((_, i) => v[`d${i + 1}`]);
      return [["", pushed(seedLatent(v.seed, latentDim), directions, amounts)]];
    },
    says: ({ seed, ...amounts }) => (
      `seed ${seed}, directions ${Object.values(amounts).map(signed).join(" ")}`),
    film: (_, v) => angles.map((angle) => ( // there and back along the last one moved
      { ...v, [state.moved || "d1"]: -FAR * Math.cos(angle) })),
  },
  digit: {
    tab: "Digit",
    title: "Ask for a digit, in a style",
    hint: "This generator was trained with labels: the seed is the style, and the digit "
      + "(or the cluster of digits) is asked for.",
    controls: ({ labels }) => ({
      style: seed("style seed"),
      digit: slider(labels > 10 ? "cluster" : "digit", 0, labels - 1, 1, 7),
    }),
    latents({ latentDim }, { style, digit }) {
      return [["", ask(seedLatent(style, latentDim), digit)]];
    },
    says: ({ style, digit }) => `label ${digit} in the style of seed ${style}`,
    film: ({ labels }, v) => Array.from({ length: labels }, (_, digit) => ({ ...v, digit })),
    slow: true,
    labelled: true,
  },
};

// value as a number in [low, high]; `otherwise` for what is no number.
function nearest(value, low, high, otherwise = low) {
  const number = value === "" ? NaN : Number(value);
  return Number.isNaN(number) ? otherwise : Math.min(Math.max(number, low), high);
}

// What a control allows, nearest to a value: with four digits, so that the address says
// it all. Whole numbers are rounded half to even, as Python's round does it.
function allowed({ low, high, step, otherwise }, value) {
  const inside = nearest(value, low, high, otherwise);
  if (step !== 1) return Math.round(inside * 1e4) / 1e4;
  const down = Math.floor(inside);
  const half = inside - down;
  return down + (half > 0.5 || (half === 0.5 && down % 2 === 1) ? 1 : 0);
}

// --- the state, and the address that names it ---

const state = { name: "morph", recipe: null, values: {}, moved: "" };
const loaded = new Map(); // name of a recipe -> promise of it
let recipe = null; // the one that draws

const explorer = () => EXPLORERS[state.name];
const fits = (name) => !explorer().labelled || labelsOf(name) > 0;
const hasLabels = () => networkNames().some((name) => labelsOf(name) > 0);
const tabNames = () => Object.keys(EXPLORERS)
  .filter((name) => !EXPLORERS[name].labelled || hasLabels());

function hash() {
  return `#${state.name}?${new URLSearchParams({ recipe: state.recipe, ...state.values })}`;
}

// Reads the address, then loads the recipe and shows the picture.
async function restore() {
  const [name, numbers] = location.hash.slice(1).split("?");
  state.name = tabNames().includes(name) ? name : "morph";
  const values = new URLSearchParams(numbers);
  const names = networkNames().filter(fits);
  const wanted = [values.get("recipe"), state.recipe].find((one) => names.includes(one));
  await choose(wanted || names[0], values);
}

// Another recipe; values: what the address says (URLSearchParams), or what was before.
async function choose(name, values) {
  state.recipe = name;
  say(loaded.has(name) ? "" : `Loading ${name} …`);
  if (!loaded.has(name)) loaded.set(name, loadRecipe(name));
  try {
    const found = await loaded.get(name);
    if (state.recipe !== name) return; // another one was chosen in the meantime
    recipe = found;
  } catch (error) { // what was there before stays
    loaded.delete(name);
    if (recipe) byId("recipe").value = state.recipe = recipe.name;
    return say(`${name} cannot be loaded: ${error.message}`, true);
  }
  const controls = explorer().controls(recipe);
  state.values = {};
  for (const [key, control] of Object.entries(controls)) {
    state.values[key] = values.has(key) ? allowed(control, values.get(key)) : control.start;
  }
  state.moved = "";
  say("");
  build(controls);
  show();
  byId("cost").textContent = `in ${recipe.engine}`; // the first picture takes longer
}

// --- what is on the page ---

let canvases = []; // of the pictures: {brush, image, caption}
let inputs = {}; // name -> {input, output, control}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// The tabs, the list of recipes, the controls and the empty pictures.
function build(controls) {
  const { title, hint } = explorer();
  byId("title").textContent = title;
  byId("hint").textContent = hint;
  byId("square").hidden = state.name !== "plane";
  byId("reset").hidden = state.name !== "directions";
  byId("buttons").hidden = false;
  showTabs();
  inputs = {};
  const rows = Object.entries(controls).map(([name, control]) => controlRow(name, control));
  byId("controls").replaceChildren(recipeRow(), ...rows);
  buildPictures();
  if (state.name === "plane") drawMap();
}

// They are made once: a link that is replaced would lose the focus.
function showTabs() {
  const tabs = byId("tabs");
  if (!tabs.children.length) {
    tabs.append(...tabNames().map((name) => (
      make("a", { href: `#${name}`, textContent: EXPLORERS[name].tab }))));
  }
  for (const link of tabs.children) {
    if (link.hash === `#${state.name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function recipeRow() {
  const options = networkNames().filter(fits).map((name) => new Option(name));
  const list = make("select", { id: "recipe" }, ...options);
  list.value = state.recipe;
  list.addEventListener("change", async () => {
    await choose(list.value, new URLSearchParams(state.values));
    byId("recipe").focus(); // on the list that has replaced this one
  });
  const label = make("label", { htmlFor: "recipe", textContent: "recipe" });
  return make("div", { className: "row" }, label, list);
}

function controlRow(name, control) {
  const { label, low, high, step, field } = control;
  const type = field ? "number" : "range";
  const input = make("input", { id: `of-${name}`, type, min: low, max: high, step });
  const output = make("output", { htmlFor: `of-${name}` });
  input.addEventListener("input", () => move({ [name]: input.value }, name));
  input.addEventListener("change", () => { input.value = state.values[name]; });
  inputs[name] = { input, output, control };
  const children = [make("label", { htmlFor: `of-${name}`, textContent: label }), input];
  return make("div", { className: "row" }, ...children, ...(field ? [] : [output]));
}

const altText = (caption, words) => (
  ["A generated digit", caption, words].filter((part) => part).join(", "));

function buildPictures() {
  const latents = explorer().latents(recipe, state.values);
  canvases = latents.map(([caption]) => {
    const canvas = make("canvas", { width: PIXELS, height: PIXELS });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", altText(caption, ""));
    const brush = canvas.getContext("2d");
    return { canvas, brush, image: blank(brush, PIXELS, PIXELS), caption };
  });
  byId("pictures").replaceChildren(...canvases.map(({ canvas, caption }) =>
    make("figure", {}, canvas, make("figcaption", { textContent: caption }))));
  byId("pictures").className = canvases.length > 1 ? "two" : "";
}

// New values, such as {x: 3}; `name`: which control did it.
function move(values, name = "") {
  for (const [key, value] of Object.entries(values)) {
    state.values[key] = allowed(inputs[key].control, value);
  }
  if (/^d\d/.test(name)) state.moved = name;
  show(name);
}

// The picture that the values say. This is what has to be fast.
function show(from = "") {
  const start = performance.now();
  const scores = explorer().latents(recipe, state.values).map(([, z], i) => {
    const images = recipe.G.forward(z);
    put(canvases[i], toGrey(images));
    return recipe.score(images, z);
  });
  const cost = performance.now() - start;
  byId("cost").textContent = `${cost.toFixed(1)} ms in ${recipe.engine}`;
  if (byId("message").textContent) say("");
  describe(from);
  showScores(scores);
  settle();
}

function put({ brush, image }, grey, x = 0, y = 0) {
  for (let i = 0; i < grey.length; i++) {
    image.data[4 * i] = image.data[4 * i + 1] = image.data[4 * i + 2] = grey[i];
  }
  brush.putImageData(image, x, y);
}

// Pixels that hide what is below; put fills in their greys.
function blank(brush, width, height) {
  const image = brush.createImageData(width, height);
  image.data.fill(255);
  return image;
}

// What is shown, in words and by the controls; the one that is being typed in is left.
function describe(from) {
  byId("caption").textContent = `${recipe.name}: ${explorer().says(state.values)}`;
  for (const [name, { input, output, control }] of Object.entries(inputs)) {
    const value = state.values[name];
    if (name !== from) input.value = value;
    output.textContent = control.step === 1 ? value : value.toFixed(control.step < 0.1 ? 2 : 1);
  }
  if (state.name === "plane") {
    const dot = byId("pad").firstElementChild.style;
    dot.left = `${PIXELS * (state.values.x + 0.5)}px`;
    dot.top = `${PIXELS * (state.values.y + 0.5)}px`;
  }
}

// D's logit on a scale from -4 to 4, a mark for each picture: above 0 it takes it for
// real.
function showScores(scores) {
  byId("verdict").hidden = scores[0] === null;
  if (scores[0] === null) return;
  const words = scores.map((score, i) => `${canvases[i].caption} ${signed(score)}`.trim());
  const verdict = scores[0] > 0 ? " (real to it)" : " (fake to it)";
  byId("score").textContent = `D's score: ${words.join(", ")}${words[1] ? "" : verdict}`;
  byId("marks").replaceChildren(...scores.map((score) => {
    const mark = make("i");
    mark.style.left = `${50 + 12.5 * Math.min(4, Math.max(-4, score))}%`;
    return mark;
  }));
}

// When the hand rests: the address, and the words for those who do not see the picture.
let resting = 0;

function settle() {
  clearTimeout(resting);
  resting = setTimeout(() => {
    history.replaceState(null, "", hash());
    const score = byId("verdict").hidden ? "" : `. ${byId("score").textContent}`;
    const words = byId("caption").textContent + score;
    byId("said").textContent = words;
    for (const { canvas, caption } of canvases) {
      canvas.setAttribute("aria-label", altText(caption, words));
    }
  }, 300); // milliseconds
}

function say(text, wrong = false) {
  byId("message").textContent = text;
  byId("message").className = wrong ? "wrong" : "";
  byId("link").hidden = true;
}

// --- the plane ---

// The hundred seeds of the plane, a row at a time, so that the page stays awake.
async function drawMap() {
  const { name, G, latentDim } = recipe;
  const brush = byId("map").getContext("2d");
  const image = blank(brush, PIXELS, PIXELS);
  brush.clearRect(0, 0, 280, 280);
  for (let y = 0; y <= SIDE; y++) {
    await new Promise((done) => setTimeout(done, 20));
    if (state.name !== "plane" || state.recipe !== name) return;
    for (let x = 0; x <= SIDE; x++) {
      const grey = toGrey(G.forward(seedLatent(x + 100 * y, latentDim)));
      put({ brush, image }, grey, x * PIXELS, y * PIXELS);
    }
  }
}

// Where a pointer is, as x and y: whole ones are the middles of the map's pictures.
function point(event) {
  const box = byId("pad").getBoundingClientRect();
  const x = (event.clientX - box.left) / PIXELS - 0.5;
  const y = (event.clientY - box.top) / PIXELS - 0.5;
  move({ x, y });
}

byId("pad").addEventListener("pointerdown", (event) => {
  byId("pad").setPointerCapture(event.pointerId);
  point(event);
});
byId("pad").addEventListener("pointermove", (event) => { if (event.buttons) point(event); });

const ARROWS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

byId("pad").addEventListener("keydown", (event) => {
  const step = ARROWS[event.key];
  if (!step) return;
  event.preventDefault();
  const far = event.shiftKey ? 1 : 0.05;
  move({ x: state.values.x + far * step[0], y: state.values.y + far * step[1] });
});

// --- the buttons ---

byId("surprise").addEventListener("click", () => {
  const values = {};
  for (const [name, { control }] of Object.entries(inputs)) {
    const { low, high, step, field } = control;
    const free = field || state.name === "plane" || state.name === "digit";
    if (free) values[name] = low + step * Math.floor(Math.random() * ((high - low) / step + 1));
  }
  move(values);
});

byId("reset").addEventListener("click", () => {
  const starts = Object.entries(inputs).filter(([name]) => name !== "seed");
  move(Object.fromEntries(starts.map(([name, { control }]) => [name, control.start])));
});

byId("copy").addEventListener("click", async () => {
  const link = location.href.split("#")[0] + hash();
  try {
    await navigator.clipboard.writeText(link);
    say("The link is copied: it opens this picture.");
  } catch (error) { // not allowed here: the reader copies it
    say("Copy this link: it opens this picture.");
    Object.assign(byId("link"), { hidden: false, value: link }).select();
  }
});

// All pictures of some values side by side: {grey, width}.
function sheet(values) {
  const drawn = explorer().latents(recipe, values).map(([, z]) => toGrey(recipe.G.forward(z)));
  return besides(drawn, PIXELS);
}

const fileName = (kind) => `${state.name}-${recipe.name}.${kind}`;

function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  say(`${name} is saved.`);
}

byId("png").addEventListener("click", () => {
  const { grey, width } = sheet(state.values);
  const scale = 8;
  const canvas = make("canvas", { width: scale * width, height: scale * PIXELS });
  const brush = canvas.getContext("2d");
  const image = blank(brush, canvas.width, canvas.height);
  put({ brush, image }, enlarged(grey, width, scale));
  canvas.toBlob((blob) => save(blob, fileName("png")));
});

byId("gif").addEventListener("click", async () => {
  const frames = [];
  const scale = 4;
  let width = 0;
  const [name, values, now] = [fileName("gif"), { ...state.values }, explorer()];
  for (const moment of now.film(recipe, values)) {
    if (frames.length % 10 === 0) {
      say(`Drawing ${name} …`);
      await new Promise((done) => setTimeout(done));
      if (explorer() !== now) return; // the reader has gone on
    }
    const picture = sheet(moment);
    width = scale * picture.width;
    frames.push(enlarged(picture.grey, picture.width, scale));
  }
  const file = gifOf(frames, width, scale * PIXELS, now.slow ? 500 : 80);
  save(new Blob([file], { type: "image/gif" }), name);
});

byId("controls").addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", restore);
const ready = restore();
