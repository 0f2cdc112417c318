// The page of the game: its controls, its picture, its numbers. The maths is in
// game_engine.js and runs in a Worker, or here in small slices where none can start.
(() => {
  "use strict";

  const engine = gameEngine();
  const { ALONG, LIMITS, REACH, SIDE, TARGETS } = engine;
  const GAMMAS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
  const SPEEDS = [1, 3, 10, 30, 100, 300, Infinity]; // steps a second
  const find = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const root = find(".game");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const number = (value, digits) => Number.isFinite(value) ? value.toFixed(digits) : "-";

  // --- who trains

  // matrix.wasm lies in the page as base64, where gan_utils.explore.page.inlined has put
  // it; else there are no bytes, and plain JavaScript has to do.
  function matrixBytes() {
    const text = document.getElementById("matrix").textContent;
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  }

  // A Worker cannot load a file from disk, but it can run a text: that of the functions
  // which this page has loaded.
  function startWorker(take, fail) {
    const parts = [plainMemory, plainProduct, dot, block4x4, wasmMemory, bestMemory];
    const text = `${parts.join("\n")}\n(${gameEngine})().serve(self, bestMemory);`;
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const worker = new Worker(url);
    URL.revokeObjectURL(url);
    worker.onmessage = ({ data }) => take(data);
    worker.onerror = (event) => { event.preventDefault(); worker.terminate(); fail(); };
    worker.postMessage(matrixBytes());
    return (order) => worker.postMessage(order);
  }

  // Without a Worker: slices of 8 ms, between which the page can draw.
  function startHere(take) {
    const soon = (f) => setTimeout(f);
    const ready = bestMemory(matrixBytes(), engine.MEGABYTES)
      .then((memory) => engine.makeDriver(memory, take, soon, 8));
    return (order) => ready.then((driver) => driver.receive(order));
  }

  let give, orders = 0; // gives an order to who trains; how many were given

  function order(what, more = {}) {
    give({ id: ++orders, do: what, ...more });
  }

  function connect() {
    const here = () => {
      root.dataset.where = "page";
      give = startHere(take);
      begin();
    };
    try {
      give = startWorker(take, here);
      root.dataset.where = "worker";
      begin();
    } catch (error) { // Workers are forbidden here
      here();
    }
  }

  // --- what the controls say

  const chosen = (name) => find(`[name=${name}]:checked`).value;
  const nearest = (list, value) => // an index, from whatever a slider holds
    Math.min(Math.max(Math.round(Number(value)) || 0, 0), list.length - 1);
  const gamma = () => GAMMAS[nearest(GAMMAS, find("#gamma").value)];
  const speed = () => SPEEDS[nearest(SPEEDS, find("#speed").value)];

  function settings() {
    const words = ["target", "loss", "who"].map((name) => [name, chosen(name)]);
    const ticks = ["R1", "R2"].map((name) => [name, find(`[name=${name}]`).checked]);
    const seed = engine.allowed("seed", find("#seed").value);
    return { ...Object.fromEntries([...words, ...ticks]), gamma: gamma(), seed };
  }

  // Sets controls to given settings, without giving an order.
  function setControls(values) {
    for (const [name, value] of Object.entries(values)) {
      if (name === "gamma") find("#gamma").value = GAMMAS.indexOf(value);
      else if (name === "speed") find("#speed").value = SPEEDS.indexOf(value);
      else if (name === "seed") find("#seed").value = value;
      else if (name === "R1" || name === "R2") find(`[name=${name}]`).checked = value;
      else find(`[name=${name}][value=${value}]`).checked = true;
    }
    sayControls();
  }

  // Writes back what is allowed, and what the sliders' places mean.
  function sayControls() {
    find("#seed").value = engine.allowed("seed", find("#seed").value);
    const pace = speed() === Infinity ? "as fast as it goes" : `${speed()} a second`;
    const sliders = [["gamma", GAMMAS, String(gamma())], ["speed", SPEEDS, pace]];
    for (const [id, list, text] of sliders) {
      const slider = find(`#${id}`);
      slider.value = nearest(list, slider.value);
      slider.setAttribute("aria-valuetext", text);
      find(`output[for=${id}]`).textContent = text;
    }
  }

  // --- playing

  let playing = false, whenDone = () => {}, endless = false;

  // Plays so many steps. The promise tells whether they were played to the end; it
  // is false when somebody has pressed something else in between.
  function play(steps) {
    whenDone(false);
    endless = steps === Infinity;
    setPlaying(true);
    order("play", { steps });
    return new Promise((done) => { whenDone = done; });
  }

  function pause() {
    whenDone(false);
    order("pause");
  }

  function reset() {
    whenDone(false);
    history.length = 0;
    find("#trouble").hidden = true;
    order("reset", { settings: settings() });
  }

  function setPlaying(value) {
    playing = value;
    root.dataset.playing = value;
    find("#play").textContent = value ? "Pause" : "Play";
    if (value) find("#status").textContent = "";
  }

  function begin() {
    sayControls();
    order("speed", { speed: speed() });
    reset();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!still) play(Infinity);
  }

  // --- what comes back

  let state = null, waiting = false;

  // Keeps a state and draws it with the next frame. States from before the last order
  // are old news.
  function take(news) {
    if (news.seen < orders) return;
    for (const name of ["field", "web", "scores"])
      news[name] = news[name] || (state && state[name]);
    state = news;
    remember(news);
    if (news.resting) rest(news);
    if (!waiting) requestAnimationFrame(show);
    waiting = true;
  }

  function rest(news) {
    setPlaying(false);
    whenDone(!news.broken);
    whenDone = () => {};
    const text = summary(news);
    find("#status").textContent = text;
    const label = `D's field, G's fakes, arrows and web. ${text}`;
    find("#picture").setAttribute("aria-label", label);
    if (news.broken) complain(news);
  }

  function summary({ step, scores, dLoss, gLoss }) {
    const { G, average } = scores, of = modeCount();
    return `Paused at step ${step.toLocaleString("en")}: G finds ${G.modes} of ${of} modes, `
      + `high quality ${number(G.quality, 0)} %; its average ${average.modes} of ${of}, `
      + `${number(average.quality, 0)} %. d_loss ${number(dLoss, 2)}, `
      + `g_loss ${number(gLoss, 2)}.`;
  }

  function complain({ step }) {
    const box = find("#trouble"), button = document.createElement("button");
    button.type = "button";
    button.textContent = "Reset";
    button.addEventListener("click", reset);
    const text = `The losses are no longer numbers since step ${step}. Begin anew: `;
    box.replaceChildren(text, button);
    box.hidden = false;
  }

  const modeCount = () => TARGETS[chosen("target")].centres.length;

  // --- numbers

  const MOST = 400; // points of the curves
  const history = []; // [step, d_loss, g_loss]

  // Keeps the losses of the whole game: when the list is full, pairs become one.
  function remember({ step, dLoss, gLoss }) {
    const last = history[history.length - 1];
    if (!Number.isFinite(dLoss + gLoss) || (last && last[0] === step)) return;
    history.push([step, dLoss, gLoss]);
    if (history.length < MOST) return;
    const merged = [];
    for (let i = 0; i + 1 < history.length; i += 2) {
      const [[, d, g], [last, nextD, nextG]] = history.slice(i, i + 2);
      merged.push([last, (d + nextD) / 2, (g + nextG) / 2]);
    }
    history.splice(0, history.length, ...merged);
  }

  function say(id, text) {
    const place = document.getElementById(id);
    if (place.textContent !== text) place.textContent = text;
  }

  function showNumbers() {
    const { step, pace, dLoss, gLoss, penalty, rate, gamma: now, scores } = state;
    const where = root.dataset.where === "worker" ? "a Worker" : "the page itself";
    say("engine", `in ${state.engine}, in ${where}`);
    const flat = find("[name=R1]").checked || find("[name=R2]").checked;
    root.dataset.step = step;
    say("step", step.toLocaleString("en"));
    say("pace", pace ? number(pace, pace < 10 ? 1 : 0) : "-");
    say("d-loss", number(dLoss, 3));
    say("g-loss", number(gLoss, 3));
    say("penalty", flat ? number(penalty, 4) : "off");
    say("gamma-now", flat ? Number(now.toPrecision(2)).toString() : "off");
    say("rate", number(rate, 4));
    for (const [who, { modes, quality, width }] of Object.entries(scores)) {
      say(`modes-${who}`, `${modes} of ${modeCount()}`);
      say(`quality-${who}`, `${number(quality, 1)} %`);
      say(`width-${who}`, number(width, 2));
    }
  }

  // --- the picture

  const COLOURS = {
    light: { fake: [153, 153, 153], middle: [255, 255, 255], real: [111, 168, 214],
             line: "#1f77b4", dot: "#ff7f0e", arrow: "#c75000", mode: "#000" },
    dark: { fake: [92, 92, 92], middle: [24, 26, 29], real: [34, 94, 146],
            line: "#6db5ee", dot: "#ff9a3d", arrow: "#ffb870", mode: "#fff" },
  };
  const colours = () => COLOURS[dark.matches ? "dark" : "light"];
  const SHADES = 15; // as many as in the notebook's pictures
  const FINE = 4; // pixels of the field between two places

  // A canvas with as many pixels as it has on the screen; its brush, width and height.
  function brushOf(canvas) {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height)
      Object.assign(canvas, { width, height });
    return { brush: canvas.getContext("2d"), width, height, ratio };
  }

  // The shades between fake, nobody knows, and real, as [red, green, blue].
  function shades() {
    const { fake, middle, real } = colours();
    return Array.from({ length: SHADES }, (_, i) => {
      const at = (2 * i) / (SHADES - 1), [from, to] = at < 1 ? [fake, middle] : [middle, real];
      return from.map((value, k) => value + (to[k] - value) * (at < 1 ? at : at - 1));
    });
  }

  const fieldImage = document.createElement("canvas");
  fieldImage.width = fieldImage.height = FINE * (SIDE - 1);

  // D's field as an image: sigmoids, interpolated between the places, in 15 shades.
  function paintField(field) {
    const brush = fieldImage.getContext("2d"), size = fieldImage.width, table = shades();
    const image = brush.createImageData(size, size), { data } = image;
    const belief = field.map((logit) => SHADES / (1 + Math.exp(-logit)));
    for (let y = 0, i = 0; y < size; y++) {
      const up = (size - 1 - y + 0.5) / FINE, row = Math.floor(up), v = up - row;
      for (let x = 0; x < size; x++, i += 4) {
        const right = (x + 0.5) / FINE, column = Math.floor(right), u = right - column;
        const at = row * SIDE + column;
        const below = belief[at] + u * (belief[at + 1] - belief[at]);
        const above = belief[at + SIDE] + u * (belief[at + SIDE + 1] - belief[at + SIDE]);
        const shade = table[Math.min(SHADES - 1, Math.floor(below + v * (above - below)))];
        data[i] = shade[0];
        data[i + 1] = shade[1];
        data[i + 2] = shade[2];
        data[i + 3] = 255;
      }
    }
    brush.putImageData(image, 0, 0);
  }

  // Where the field is 0, in steps of its places: [x0, y0, x1, y1] for each piece. Each
  // cell of four places is looked at alone: its line goes from one edge that has two
  // signs at its ends to the next such edge (marching squares).
  function boundaryOf(field) {
    const pieces = [];
    for (let row = 0; row + 1 < SIDE; row++)
      for (let column = 0; column + 1 < SIDE; column++) {
        const at = row * SIDE + column;
        const corners = [field[at], field[at + 1], field[at + SIDE + 1], field[at + SIDE]];
        const crossed = crossings(corners, column, row);
        for (let k = 0; k + 1 < crossed.length; k += 2)
          pieces.push([...crossed[k], ...crossed[k + 1]]);
      }
    return pieces;
  }

  // The points on a cell's edges where the field is 0, from corner to corner.
  function crossings(corners, column, row) {
    const places = [[0, 0], [1, 0], [1, 1], [0, 1]], found = [];
    for (let k = 0; k < 4; k++) {
      const a = corners[k], b = corners[(k + 1) % 4];
      if ((a > 0) === (b > 0)) continue;
      const part = a / (a - b), from = places[k], to = places[(k + 1) % 4];
      found.push([0, 1].map((i) => [column, row][i] + from[i] + part * (to[i] - from[i])));
    }
    return found;
  }

  let painted = null, boundary = []; // the field that fieldImage shows, and its line

  function drawField(brush, size, ratio) {
    const { field } = state;
    if (painted !== field) {
      paintField(field);
      boundary = boundaryOf(field);
      painted = field;
    }
    brush.imageSmoothingEnabled = true;
    brush.drawImage(fieldImage, 0, 0, size, size);
    const step = size / (SIDE - 1);
    brush.beginPath();
    for (const [x0, y0, x1, y1] of boundary) {
      brush.moveTo(x0 * step, size - y0 * step);
      brush.lineTo(x1 * step, size - y1 * step);
    }
    stroke(brush, colours().line, 1.6 * ratio);
  }

  function stroke(brush, colour, width) {
    brush.strokeStyle = colour;
    brush.lineWidth = width;
    brush.stroke();
  }

  function drawWeb(brush, place, ratio) {
    const { web } = state;
    brush.beginPath();
    for (let i = 0; i < web.length / 2; i++) {
      const [x, y] = place(web[2 * i], web[2 * i + 1]);
      if (i % ALONG) brush.lineTo(x, y);
      else brush.moveTo(x, y);
    }
    brush.globalAlpha = 0.45;
    stroke(brush, colours().dot, 0.9 * ratio);
    brush.globalAlpha = 1;
  }

  function drawModes(brush, place, size, ratio) {
    const { centres, std } = TARGETS[chosen("target")];
    const radius = (3 * std * size) / (2 * REACH);
    brush.beginPath();
    for (const [a, b] of centres) {
      const [x, y] = place(a, b);
      brush.moveTo(x + radius, y);
      brush.arc(x, y, radius, 0, 2 * Math.PI);
    }
    stroke(brush, colours().mode, 1.2 * ratio);
  }

  // An arrow grows with the pull, up to 0.3 of a unit; its head is a triangle.
  function drawArrows(brush, place, ratio) {
    const { fakes, arrows } = state, heads = new Path2D();
    brush.beginPath();
    for (let i = 0; i < fakes.length; i += 2) {
      const pull = Math.hypot(arrows[i], arrows[i + 1]) || 1e-9;
      const length = 0.3 * Math.tanh(pull) / pull;
      const [x, y] = place(fakes[i], fakes[i + 1]);
      const [tipX, tipY] =
        place(fakes[i] + length * arrows[i], fakes[i + 1] + length * arrows[i + 1]);
      const far = Math.hypot(tipX - x, tipY - y) || 1e-9, head = Math.min(7 * ratio, far);
      const [ux, uy] = [(tipX - x) / far, (tipY - y) / far].map((part) => part * head);
      brush.moveTo(x, y);
      brush.lineTo(tipX - ux, tipY - uy);
      heads.moveTo(tipX, tipY);
      heads.lineTo(tipX - ux - 0.4 * uy, tipY - uy + 0.4 * ux);
      heads.lineTo(tipX - ux + 0.4 * uy, tipY - uy - 0.4 * ux);
    }
    stroke(brush, colours().arrow, 1.5 * ratio);
    brush.fillStyle = colours().arrow;
    brush.fill(heads);
  }

  function drawFakes(brush, place, ratio) {
    const { fakes } = state;
    brush.beginPath();
    for (let i = 0; i < fakes.length; i += 2) {
      const [x, y] = place(fakes[i], fakes[i + 1]);
      brush.moveTo(x + 3 * ratio, y);
      brush.arc(x, y, 3 * ratio, 0, 2 * Math.PI);
    }
    brush.fillStyle = colours().dot;
    brush.fill();
  }

  function showPicture() {
    const { brush, width: size, ratio } = brushOf(find("#picture"));
    const place = (x, y) =>
      [((x + REACH) / (2 * REACH)) * size, ((REACH - y) / (2 * REACH)) * size];
    brush.fillStyle = `rgb(${colours().middle})`;
    brush.fillRect(0, 0, size, size);
    if (find("#show-field").checked) drawField(brush, size, ratio);
    if (find("#show-web").checked) drawWeb(brush, place, ratio);
    drawModes(brush, place, size, ratio);
    if (find("#show-arrows").checked) drawArrows(brush, place, ratio);
    drawFakes(brush, place, ratio);
  }

  // --- the curves

  function showCurves() {
    const { brush, width, height, ratio } = brushOf(find("#curves")), pad = 4 * ratio;
    const style = getComputedStyle(root), ink = (name) => style.getPropertyValue(name);
    const last = history.length ? history[history.length - 1][0] : 1;
    const top = Math.min(8, Math.max(1.6, ...history.map(([, d, g]) => Math.max(d, g))));
    const x = (step) => pad + ((width - 2 * pad) * step) / Math.max(last, 1);
    const y = (loss) => height - pad - ((height - 2 * pad) * Math.min(loss, top)) / top;
    brush.clearRect(0, 0, width, height);
    const doubt = { d: chosen("loss") === "bce" ? 2 * Math.LN2 : Math.LN2, g: Math.LN2 };
    [["d", 1, "--real"], ["g", 2, "--fake"]].forEach(([name, column, colour]) => {
      brush.setLineDash([2 * ratio, 3 * ratio]);
      brush.beginPath();
      brush.moveTo(0, y(doubt[name]));
      brush.lineTo(width, y(doubt[name]));
      stroke(brush, ink(colour), ratio);
      brush.setLineDash([]);
      brush.beginPath();
      history.forEach((row) => brush.lineTo(x(row[0]), y(row[column])));
      stroke(brush, ink(colour), 1.4 * ratio);
    });
    brush.fillStyle = ink("--soft");
    brush.font = `${11 * ratio}px system-ui, sans-serif`;
    brush.fillText(number(top, 1), pad, pad + 9 * ratio);
  }

  function show() {
    waiting = false;
    if (!state) return;
    showNumbers();
    showPicture();
    showCurves();
    root.dataset.drawn = Number(root.dataset.drawn || 0) + 1;
    root.dispatchEvent(new CustomEvent("drawn", { detail: state })); // for who watches
  }

  // --- what to try

  // Plays a trial: settings for a new game or for the same players, then steps, and so
  // on, and gives back the speed. It ends early when somebody presses something else.
  async function attempt(moves) {
    const before = speed();
    for (const { fresh, values, speed: pace = Infinity, steps } of moves) {
      setSpeed(pace);
      setControls(values);
      if (fresh) reset();
      else order("change", { settings: settings() });
      if (!(await play(steps))) return;
    }
    setSpeed(before);
  }

  function setSpeed(value) {
    setControls({ speed: value });
    order("speed", { speed: value });
  }

  function listTrials() {
    for (const { name, text, moves } of GAME_TRIALS) {
      const item = document.createElement("li"), button = document.createElement("button");
      const words = document.createElement("p");
      button.type = "button";
      button.textContent = name;
      words.textContent = text;
      button.addEventListener("click", () => {
        find(".board").scrollIntoView({ block: "nearest" });
        attempt(moves);
      });
      item.append(button, words);
      find("#trials").append(item);
    }
  }

  // --- listening

  function listen() {
    find("#play").addEventListener("click", () => (playing ? pause() : play(Infinity)));
    for (const button of all("[data-steps]"))
      button.addEventListener("click", () => play(Number(button.dataset.steps)));
    find("#reset").addEventListener("click", reset);
    for (const input of all("[name=who], [name=loss], [name=R1], [name=R2]"))
      input.addEventListener("change", change);
    find("#gamma").addEventListener("input", change);
    for (const input of all("[name=target]")) input.addEventListener("change", () => {
      setControls({ gamma: TARGETS[chosen("target")].gammas[0] });
      reset();
    });
    find("#seed").addEventListener("change", () => { sayControls(); reset(); });
    find("#speed").addEventListener("input", () => {
      sayControls();
      order("speed", { speed: speed() });
    });
    for (const box of all("[id^=show-]")) box.addEventListener("change", show);
    document.addEventListener("keydown", onKey);
    document.addEventListener("visibilitychange", onHidden);
    dark.addEventListener("change", () => { painted = null; show(); });
    new ResizeObserver(show).observe(find("#picture"));
  }

  function change() {
    whenDone(false);
    sayControls();
    order("change", { settings: settings() });
  }

  // Keys that a control needs for itself are left to it.
  function onKey(event) {
    const { ctrlKey, altKey, metaKey, target } = event;
    if (ctrlKey || altKey || metaKey || target.type === "number") return;
    const taken = target.closest("button, input, summary, a");
    const who = { d: "D", g: "G", b: "both" }[event.key.toLowerCase()];
    if (event.key === " " && !taken) {
      event.preventDefault();
      find("#play").click();
    } else if (event.key === "s") play(1);
    else if (event.key === "r") reset();
    else if (who) {
      setControls({ who });
      change();
    }
  }

  // Nobody looks: an endless game waits until somebody does.
  let interrupted = false;

  function onHidden() {
    if (document.hidden) {
      interrupted = playing && endless;
      if (interrupted) pause();
    } else if (interrupted) {
      interrupted = false;
      play(Infinity);
    }
  }

  listTrials();
  listen();
  connect();
})();
