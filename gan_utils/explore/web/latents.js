// Ways from one latent to another, as in gan_utils/latent.py. A latent is a
// Float32Array; random.js gives that of a seed.
//
//   lerp(a, b, t)               straight line from a to b
//   slerp(a, b, t)              arc from a to b at constant angular speed
//   planeLatent(x, y, latentDim, width = 100)
//                               a point of a plane of integer seeds: seed i + width j at
//                               whole points, a mix of four of them between
//   pushed(z, directions, amounts)   z plus amounts[i] times directions[i]
//   ask(z, label)               the same style, asking for a label (recipes with labels)
//   mix(latents, weights)       the sum of weights[i] times latents[i]

const STYLE = 64; // numbers of a latent before those that ask for a label
const ASKED = 10; // what stands at the label that is asked for: N(0, 1) has no 10

function mix(latents, weights) {
  return latents[0].map((_, d) => {
    let sum = 0;
    for (let i = 0; i < latents.length; i++) sum += weights[i] * latents[i][d];
    return sum;
  });
}

function lerp(a, b, t) {
  return mix([a, b], [1 - t, t]);
}

// Shoemake 1985. Zero, parallel and opposite vectors span no arc: then a straight line.
function slerp(a, b, t) {
  let dot = 0;
  for (let d = 0; d < a.length; d++) dot += a[d] * b[d];
  const cosine = dot / (Math.hypot(...a) * Math.hypot(...b));
  const omega = Math.acos(Math.min(1, Math.max(-1, cosine))); // the angle between them
  const sine = Math.sin(omega);
  if (!(sine > 1e-3)) return lerp(a, b, t);
  return mix([a, b], [Math.sin((1 - t) * omega) / sine, Math.sin(t * omega) / sine]);
}

// The mix of four seeds is divided by the root of the sum of the squared weights, so
// that it is normal again.
function planeLatent(x, y, latentDim, width = 100) {
  const i = Math.floor(x);
  const j = Math.floor(y);
  const right = x - i;
  const up = y - j;
  const shares = [(1 - up) * (1 - right), (1 - up) * right, up * (1 - right), up * right];
  const length = Math.hypot(...shares);
  const corners = [[i, j], [i + 1, j], [i, j + 1], [i + 1, j + 1]];
  const latents = corners.map(([a, b]) => seedLatent(a + width * b, latentDim));
  return mix(latents, shares.map((share) => share / length));
}

function pushed(z, directions, amounts) {
  return mix([z, ...directions], [1, ...amounts]);
}

function ask(z, label) {
  const asking = Float32Array.from(z).fill(0, STYLE);
  asking[STYLE + label] = ASKED;
  return asking;
}
