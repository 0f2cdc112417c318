// Which latent draws this picture? Search by the gradient: start somewhere, look how
// the squared error changes with z, step downhill, as Adam does it.
//
//   adam(G, target, start, {n = 1, rate = 0.1})   a search over n latents at once
//       G: a network with gradient: true; target: its picture, numbers in [-1, 1];
//       start: n latents, one after the other. Gives
//         step()   one step of each; returns their n errors (before the step)
//         z        the n latents as they are now
//   await invert(G, target, {starts, first = 60, then = 200, rate = 0.1, show, pause})
//       the best of several starts: all of them take `first` steps, then the best one
//       takes `then` more. Returns {z, error}. starts: an array of latents (default:
//       those of the seeds 0 to 7). show(z, error), if given, is called now and then.
//       pause: an async function that lets the page breathe; it is awaited every few
//       steps, and where it returns false the search ends with what it has.
//
// The error is the mean squared difference of the pixels.

// Adam of Kingma and Ba 2015 with PyTorch's constants.
function adam(G, target, start, { n = 1, rate = 0.1 } = {}) {
  const z = Float32Array.from(start);
  const mean = new Float32Array(z.length);
  const square = new Float32Array(z.length);
  const pixels = target.length;
  const d = new Float32Array(n * pixels);
  let time = 0;

  function step() {
    const images = G.forward(z, n);
    const errors = new Array(n).fill(0);
    for (let i = 0; i < d.length; i++) {
      const difference = images[i] - target[i % pixels];
      errors[Math.floor(i / pixels)] += (difference * difference) / pixels;
      d[i] = (2 * difference) / pixels;
    }
    const gradient = G.backward(d);
    time += 1;
    for (let i = 0; i < z.length; i++) {
      mean[i] = 0.9 * mean[i] + 0.1 * gradient[i];
      square[i] = 0.999 * square[i] + 0.001 * gradient[i] ** 2;
      const speed = Math.sqrt(square[i] / (1 - 0.999 ** time)) + 1e-8;
      z[i] -= (rate * mean[i]) / (1 - 0.9 ** time) / speed;
    }
    return errors;
  }

  return { step, z };
}

const nextTask = () => new Promise((done) => setTimeout(done));
const STEPS = 5; // between two pauses

async function invert(G, target, {
  starts = [0, 1, 2, 3, 4, 5, 6, 7].map((seed) => seedLatent(seed, G.inputSize)),
  first = 60, then = 200, rate = 0.1, show = () => {}, pause = nextTask,
} = {}) {
  const size = G.inputSize;
  const best = { z: starts[0], error: Infinity };

  // All latents of a search for `steps` steps; the best place that was seen is kept.
  async function descend(search, steps) {
    for (let s = 0; s <= steps; s++) {
      const before = search.z.slice();
      search.step().forEach((error, i) => {
        if (error >= best.error) return;
        best.z = before.slice(i * size, (i + 1) * size);
        best.error = error;
      });
      if (s % STEPS !== STEPS - 1 && s !== steps) continue;
      show(best.z, best.error);
      if ((await pause()) === false) return false;
    }
    return true;
  }

  const all = new Float32Array(starts.length * size);
  starts.forEach((start, i) => all.set(start, i * size));
  const wide = adam(G, target, all, { n: starts.length, rate });
  if (await descend(wide, first)) {
    await descend(adam(G, target, best.z, { rate: rate / 2 }), then);
  }
  return best;
}
