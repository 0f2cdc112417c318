// The game of notebook 07 without a page: two networks on points of a plane, trained by
// formulas that are written out below. Everything stands inside one function, so that a
// page can hand its text to a Worker; it runs in node as well, which the tests use.
//
// Arrays are flat Float32Arrays, a matrix (rows, columns) row by row. Large products are
// the business of `memory` (gan_utils/explore/web/matrix.js):
//   memory.alloc(n)                   an array of n zeros
//   memory.product(A, B, C, m, n, k)  C[i, j] = sum over c < k of A[i, c] B[j, c]
function gameEngine() {
  "use strict";

  const WIDTH = 64; // of both hidden layers, of G and of D
  const BATCH = 128;
  const MEGABYTES = 8; // of memory for all arrays
  const RATE = 1e-2, BETA1 = 0.5, BETA2 = 0.9, EPSILON = 1e-8; // of Adam

  // --- numbers by lot

  // sfc32 (Chris Doty-Humphrey's small fast counter), seeded by one whole number. These
  // are not torch's numbers: seed 3 here is another training than seed 3 in Python.
  function makeRng(seed) {
    let a = 0, b = 0, c = seed | 0, counter = 1;
    const next = () => {
      const t = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = ((c << 21) | (c >>> 11)) + t | 0;
      return (t >>> 0) / 2 ** 32; // in [0, 1)
    };
    const normal = () => // Box and Muller 1958
      Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    for (let i = 0; i < 15; i++) next(); // the first ones still show the seed
    return { next, normal };
  }

  // --- data

  function ringCentres() {
    const angles = Array.from({ length: 8 }, (_, i) => (i * Math.PI) / 4);
    return angles.map(a => [Math.SQRT2 * Math.cos(a), Math.SQRT2 * Math.sin(a)]);
  }

  function gridCentres() {
    const line = [-2, -1, 0, 1, 2].map(i => i / Math.SQRT2);
    return line.flatMap(x => line.map(y => [x, y]));
  }

  // What notebook 07 plays on each target: `scale` is how wild the first layer starts,
  // `gammas` the weight of the penalties at the start and at the end of `steps` steps,
  // `forget` how fast the average of G follows.
  const TARGETS = {
    ring: {
      centres: ringCentres(), std: 0.01 * Math.SQRT2, gammas: [0.2, 0.0005],
      scaleG: 6, scaleD: 1, activationD: "tanh", forget: 0.01, steps: 3000,
    },
    grid: {
      centres: gridCentres(), std: 0.05 / Math.sqrt(8), gammas: [1.0, 0.001],
      scaleG: 10, scaleD: 3, activationD: "sine", forget: 0.005, steps: 7500,
    },
  };

  // n real points into `out` (n, 2): a mode by lot, and a little Gaussian noise.
  function sample(target, n, rng, out) {
    const { centres, std } = target;
    for (let i = 0; i < n; i++) {
      const [x, y] = centres[Math.floor(centres.length * rng.next())];
      out[2 * i] = x + std * rng.normal();
      out[2 * i + 1] = y + std * rng.normal();
    }
    return out;
  }

  // n latents into `out` (n, 2), uniform in the square [-1, 1] x [-1, 1].
  function square(n, rng, out) {
    for (let i = 0; i < 2 * n; i++) out[i] = 2 * rng.next() - 1;
    return out;
  }

  // Of points (n, 2): modes that have at least 20 points within three standard
  // deviations, the share of such points in percent, and the width of a mode: their
  // root mean square distance in standard deviations.
  function score(points, target) {
    const { centres, std } = target;
    const counts = new Array(centres.length).fill(0);
    let good = 0, squares = 0;
    for (let i = 0; i < points.length; i += 2) {
      let nearest = Infinity, which = 0;
      centres.forEach(([x, y], k) => {
        const distance = (points[i] - x) ** 2 + (points[i + 1] - y) ** 2;
        if (distance < nearest) [nearest, which] = [distance, k];
      });
      if (nearest > (3 * std) ** 2) continue;
      counts[which]++;
      good++;
      squares += nearest / std ** 2;
    }
    return {
      modes: counts.filter(count => count >= 20).length,
      quality: (200 * good) / points.length,
      width: Math.sqrt(squares / good),
    };
  }

  // --- losses, as in gan_utils/losses.py

  const sigmoid = t => 1 / (1 + Math.exp(-t));
  const softplus = t => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));

  // `d` is D's loss of one real and one fake logit, `dReal` and `dFake` its derivatives by
  // them; `g` is G's loss of one fake logit, `gFake` its derivative. RpGAN compares pairs:
  // how much more real is the real one than the fake?
  const LOSSES = {
    bce: {
      compares: false,
      d: (real, fake) => softplus(-real) + softplus(fake),
      dReal: real => -sigmoid(-real),
      dFake: (real, fake) => sigmoid(fake),
      g: fake => softplus(-fake),
      gFake: fake => -sigmoid(-fake),
    },
    pairs: {
      compares: true,
      d: (real, fake) => softplus(fake - real),
      dReal: (real, fake) => -sigmoid(fake - real),
      dFake: (real, fake) => sigmoid(fake - real),
      g: (fake, real) => softplus(real - fake),
      gFake: (fake, real) => -sigmoid(real - fake),
    },
  };

  // --- a network: 2 -> 64 -> 64 -> outputs

  // The two activations. `apply` turns a (rows, 64) into h = f(a + b) in place, with the
  // biases b, and writes the slope f' to d; `bend` is the second derivative, from both.
  const ACTIVATIONS = {
    tanh: { apply: applyTanh, bend: (h, d) => -2 * h * d },
    sine: { apply: applySine, bend: h => -h },
  };

  // tanh as a quotient of polynomials: those of the library Eigen, wrong by less than
  // 3e-7, and four times faster than Math.tanh. A step needs 80,000 of them.
  function applyTanh(a, b, d, rows) {
    for (let r = 0, i = 0; r < rows; r++)
      for (let k = 0; k < b.length; k++, i++) {
        const v = a[i] + b[k], x = v > 7.9 ? 7.9 : v < -7.9 ? -7.9 : v, s = x * x;
        const p = x * (4.89352455891786e-3 + s * (6.37261928875436e-4
          + s * (1.48572235717979e-5 + s * (5.12229709037114e-8
          + s * (-8.60467152213735e-11 + s * (2.00018790482477e-13
          - s * 2.76076847742355e-16))))));
        const q = 4.89352518554385e-3 + s * (2.268434632439e-3
          + s * (1.18534705686654e-4 + s * 1.19825839466702e-6));
        const h = p / q;
        a[i] = h;
        d[i] = 1 - h * h;
      }
  }

  // sin and cos by their Taylor series, at r = a - n pi, which is at most pi / 2; an odd n
  // turns both signs. Wrong by less than 1e-7, and three times faster than Math's.
  function applySine(a, b, d, rows) {
    for (let r = 0, i = 0; r < rows; r++)
      for (let k = 0; k < b.length; k++, i++) {
        const x = a[i] + b[k], n = Math.floor(x / Math.PI + 0.5);
        const rest = x - n * Math.PI, s = rest * rest, sign = n & 1 ? -1 : 1;
        a[i] = sign * rest * (1 + s * (-1 / 6 + s * (1 / 120 + s * (-1 / 5040
          + s * (1 / 362880 + s * (-1 / 39916800))))));
        d[i] = sign * (1 + s * (-1 / 2 + s * (1 / 24 + s * (-1 / 720 + s * (1 / 40320
          + s * (-1 / 3628800 + s * (1 / 479001600)))))));
      }
  }

  // A network for at most `rows` points at once, and room for its gradients and for
  // Adam. Weights lie in one array, in torch's order: W1 b1 W2 b2 W3 b3.
  function makeNet(memory, outputs, rows) {
    const shapes = { W1: 2 * WIDTH, b1: WIDTH, W2: WIDTH * WIDTH, b2: WIDTH };
    Object.assign(shapes, { W3: outputs * WIDTH, b3: outputs });
    const size = Object.values(shapes).reduce((sum, n) => sum + n);
    const net = { outputs, rows, product: memory.product, activation: ACTIVATIONS.tanh, t: 0 };
    for (const name of ["weights", "grads", "m", "v"]) net[name] = memory.alloc(size);
    let from = 0;
    for (const [name, n] of Object.entries(shapes)) {
      net[name] = net.weights.subarray(from, from + n);
      net["g" + name] = net.grads.subarray(from, from + n);
      from += n;
    }
    for (const name of ["x", "dx"]) net[name] = memory.alloc(2 * rows);
    for (const name of ["y", "dy"]) net[name] = memory.alloc(outputs * rows);
    const wide = ["h1", "d1", "h2", "d2", "e1", "e2", "back1", "back2"];
    wide.push("left", "right"); // two that are turned
    for (const name of wide) net[name] = memory.alloc(WIDTH * rows);
    net.turned = memory.alloc(WIDTH * WIDTH); // W2, transposed
    net.outer = memory.alloc(WIDTH * WIDTH);
    return net;
  }

  // Fresh weights, as `network` of the notebook draws them, and an Adam that forgets.
  function initialise(net, scale, activation, rng) {
    net.activation = ACTIVATIONS[activation];
    const layers = [["W1", "b1", 2, 2], ["W2", "b2", WIDTH, 2], ["W3", "b3", WIDTH, 1]];
    for (const [W, b, inputs, gain] of layers) {
      const times = W === "W1" ? scale : 1, std = Math.sqrt(gain / inputs);
      net[W].forEach((_, i) => { net[W][i] = times * std * rng.normal(); });
      const bound = 1 / Math.sqrt(inputs);
      net[b].forEach((_, i) => { net[b][i] = times * bound * (2 * rng.next() - 1); });
    }
    net.m.fill(0);
    net.v.fill(0);
    net.t = 0;
  }

  function transpose(A, rows, columns, out) {
    for (let r = 0, i = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, i++) out[c * rows + r] = A[i];
    return out;
  }

  function addBias(a, b, rows) {
    for (let r = 0, i = 0; r < rows; r++)
      for (let k = 0; k < b.length; k++, i++) a[i] += b[k];
  }

  // a[r, k] = sum of W1[k, :] x[r, :], the product of the first layer.
  function firstLayer(net, x, a, rows) {
    const { W1 } = net;
    for (let r = 0, i = 0; r < rows; r++) {
      const x0 = x[2 * r], x1 = x[2 * r + 1];
      for (let k = 0; k < WIDTH; k++, i++) a[i] = W1[2 * k] * x0 + W1[2 * k + 1] * x1;
    }
  }

  // net.x (rows, 2) -> net.y (rows, outputs). Keeps h1, h2 and the slopes d1, d2.
  function forward(net, rows) {
    const { product, activation, x, h1, d1, h2, d2, y } = net;
    firstLayer(net, x, h1, rows);
    activation.apply(h1, net.b1, d1, rows);
    product(h1, net.W2, h2, rows, WIDTH, WIDTH);
    activation.apply(h2, net.b2, d2, rows);
    product(h2, net.W3, y, rows, net.outputs, WIDTH);
    addBias(y, net.b3, rows);
    return y;
  }

  // The chain rule, from the last layer to the first. net.dy (rows, outputs) holds the
  // derivatives of a loss by y. With a1 = W1 x + b1, h1 = f(a1), a2 = W2 h1 + b2,
  // h2 = f(a2), y = W3 h2 + b3, the derivatives by a2, a1 and x are
  //   e2 = (W3' dy) f'(a2)      e1 = (W2' e2) f'(a1)      dx = W1' e1
  // where W' is W transposed.
  function backward(net, rows) {
    const { product, dy, e1, e2, back1, d1, d2, dx, W1, W3, outputs } = net;
    for (let r = 0, i = 0; r < rows; r++)
      for (let k = 0; k < WIDTH; k++, i++) {
        let sum = 0;
        for (let o = 0; o < outputs; o++) sum += dy[r * outputs + o] * W3[o * WIDTH + k];
        e2[i] = sum * d2[i];
      }
    product(e2, transpose(net.W2, WIDTH, WIDTH, net.turned), back1, rows, WIDTH, WIDTH);
    for (let r = 0, i = 0; r < rows; r++) {
      let x0 = 0, x1 = 0;
      for (let k = 0; k < WIDTH; k++, i++) {
        e1[i] = back1[i] * d1[i];
        x0 += W1[2 * k] * e1[i];
        x1 += W1[2 * k + 1] * e1[i];
      }
      dx[2 * r] = x0;
      dx[2 * r + 1] = x1;
    }
    return dx;
  }

  // Adds a layer's part to the gradient: of W, the sum over points of e times what came
  // in; of b, the sum of e. Three of them, as the first layer has 2 inputs, the last few
  // outputs, and the one in the middle is worth a large product.
  function addFirst(net, e, x, rows) {
    const { gW1 } = net;
    for (let r = 0, i = 0; r < rows; r++) {
      const x0 = x[2 * r], x1 = x[2 * r + 1];
      for (let k = 0; k < WIDTH; k++, i++) {
        gW1[2 * k] += e[i] * x0;
        gW1[2 * k + 1] += e[i] * x1;
      }
    }
  }

  function addMiddle(net, e, h, rows) {
    const { product, gW2, left, right, outer } = net;
    transpose(e, rows, WIDTH, left);
    transpose(h, rows, WIDTH, right);
    product(left, right, outer, WIDTH, WIDTH, rows);
    for (let i = 0; i < gW2.length; i++) gW2[i] += outer[i];
  }

  function addLast(net, dy, h, rows) {
    const { gW3, outputs } = net;
    for (let r = 0; r < rows; r++)
      for (let o = 0; o < outputs; o++) {
        const e = dy[r * outputs + o];
        for (let k = 0; k < WIDTH; k++) gW3[o * WIDTH + k] += e * h[r * WIDTH + k];
      }
  }

  function addSums(gradient, e, rows) {
    const n = gradient.length;
    for (let r = 0, i = 0; r < rows; r++)
      for (let k = 0; k < n; k++, i++) gradient[k] += e[i];
  }

  // The gradient of a loss by all weights into net.grads, after `forward` and with
  // net.dy filled.
  function gradients(net, rows) {
    backward(net, rows);
    net.grads.fill(0);
    addFirst(net, net.e1, net.x, rows);
    addMiddle(net, net.e2, net.h1, rows);
    addLast(net, net.dy, net.h2, rows);
    addSums(net.gb1, net.e1, rows);
    addSums(net.gb2, net.e2, rows);
    addSums(net.gb3, net.dy, rows);
  }

  // Kingma and Ba 2015, arXiv 1412.6980, algorithm 1; torch's Adam.
  function adam(net, rate) {
    const { weights, grads, m, v } = net;
    net.t++;
    const first = 1 - BETA1 ** net.t, second = Math.sqrt(1 - BETA2 ** net.t);
    for (let i = 0; i < weights.length; i++) {
      m[i] = BETA1 * m[i] + (1 - BETA1) * grads[i];
      v[i] = BETA2 * v[i] + (1 - BETA2) * grads[i] * grads[i];
      weights[i] -= (rate / first) * m[i] / (Math.sqrt(v[i]) / second + EPSILON);
    }
  }

  // --- R1 and R2: the gradient of a squared gradient
  //
  // The penalty is P = sum over points of p |s|^2, where s = dD/dx is D's slope at the
  // point (two numbers) and p = gamma / 2B for points that pay, 0 for others. Its
  // gradient by the weights w needs a second derivative. Three thoughts make it easy.
  //
  // 1. By the product rule, d(s . s) = 2 s . ds. So freeze one of the two factors, call
  //    it r = 2 p s, and differentiate only the other one: dP/dw = d(s . r)/dw.
  // 2. s . r is the change of D's logit when the point is moved a little along r:
  //    s . r = dD(x + t r)/dt at t = 0. As it does not matter which derivative is taken
  //    first, dP/dw = d/dt of the gradient of D(x + t r) by w. That gradient is what
  //    `gradients` computes with dy = 1, so we only have to differentiate its formulas
  //    by t. (Pearlmutter 1994 does so with weights instead of points.)
  // 3. Write a dot for d/dt. Going forward, with x. = r,
  //      a1. = W1 r      h1. = f'(a1) a1.      a2. = W2 h1.      h2. = f'(a2) a2.
  //    and back, from e2 = W3' f'(a2) and e1 = (W2' e2) f'(a1), by the product rule,
  //      e2. = W3' f''(a2) a2.
  //      e1. = (W2' e2.) f'(a1) + (W2' e2) f''(a1) a1.
  //    The gradients of a network are products such as gW2 = e2 h1, so their dots are
  //      gW3. = h2.     gW2. = e2. h1 + e2 h1.     gW1. = e1. x + e1 r
  //      gb3. = 0       gb2. = e2.                 gb1. = e1.
  //    summed over the points.

  // Adds dP/dw to D.grads, after `forward`; p (rows,). Returns P.
  function addPenalty(D, p, rows) {
    D.dy.fill(1, 0, rows);
    const slope = backward(D, rows), r = D.r;
    let penalty = 0;
    for (let i = 0; i < 2 * rows; i++) {
      penalty += p[i >> 1] * slope[i] * slope[i];
      r[i] = 2 * p[i >> 1] * slope[i];
    }
    moveForward(D, r, rows);
    moveBack(D, rows);
    addFirst(D, D.e1dot, D.x, rows);
    addFirst(D, D.e1, r, rows);
    addMiddle(D, D.e2dot, D.h1, rows);
    addMiddle(D, D.e2, D.h1dot, rows);
    addSums(D.gW3, D.h2dot, rows);
    addSums(D.gb1, D.e1dot, rows);
    addSums(D.gb2, D.e2dot, rows);
    return penalty;
  }

  // a1., h1., a2., h2. of thought 3.
  function moveForward(D, r, rows) {
    const { a1dot, h1dot, a2dot, h2dot, d1, d2 } = D;
    firstLayer(D, r, a1dot, rows);
    for (let i = 0; i < rows * WIDTH; i++) h1dot[i] = d1[i] * a1dot[i];
    D.product(h1dot, D.W2, a2dot, rows, WIDTH, WIDTH);
    for (let i = 0; i < rows * WIDTH; i++) h2dot[i] = d2[i] * a2dot[i];
  }

  // e2. and e1. of thought 3. `backward` has left W2' e2 in back1 and W2' in turned.
  function moveBack(D, rows) {
    const { a1dot, a2dot, e1dot, e2dot, h1, d1, h2, d2, W3, back1, back2 } = D;
    const { bend } = D.activation;
    for (let r = 0, i = 0; r < rows; r++)
      for (let k = 0; k < WIDTH; k++, i++)
        e2dot[i] = W3[k] * bend(h2[i], d2[i]) * a2dot[i];
    D.product(e2dot, D.turned, back2, rows, WIDTH, WIDTH);
    for (let i = 0; i < rows * WIDTH; i++)
      e1dot[i] = back2[i] * d1[i] + back1[i] * bend(h1[i], d1[i]) * a1dot[i];
  }

  // D: a network with one output, and room for the dots above.
  function makeD(memory, rows) {
    const D = makeNet(memory, 1, rows);
    D.r = memory.alloc(2 * rows);
    for (const name of ["a1dot", "h1dot", "a2dot", "h2dot", "e1dot", "e2dot"])
      D[name] = memory.alloc(WIDTH * rows);
    return D;
  }

  // --- the two halves of a step

  const NOBODY = new Float32Array(0);

  // Puts fakes and real points (n, 2) side by side into D, fakes first, and returns
  // their logits (2n,).
  function judge(D, fake, real) {
    D.x.set(fake, 0);
    D.x.set(real, fake.length);
    return forward(D, (fake.length + real.length) / 2);
  }

  // The gradient of D's loss with penalties into D.grads; fake, real (n, 2). The last
  // argument holds the weights of the penalty on real points and on fakes. Returns
  // {loss, penalty}.
  function gradientOfD(D, loss, fake, real, { R1 = 0, R2 = 0 }) {
    const n = fake.length / 2, logits = judge(D, fake, real);
    let total = 0;
    for (let i = 0; i < n; i++) {
      total += loss.d(logits[n + i], logits[i]) / n;
      D.dy[i] = loss.dFake(logits[n + i], logits[i]) / n;
      D.dy[n + i] = loss.dReal(logits[n + i], logits[i]) / n;
    }
    gradients(D, 2 * n);
    if (!R1 && !R2) return { loss: total, penalty: 0 };
    const p = new Float32Array(2 * n).fill(R2 / (2 * n));
    p.fill(R1 / (2 * n), n);
    return { loss: total, penalty: addPenalty(D, p, 2 * n) };
  }

  // Minus G's arrows: the derivative of G's loss by each fake (n, 2), a sum over fakes
  // and not a mean, into D.dx. Returns the mean loss.
  function slopeOfG(D, loss, fake, real) {
    const n = fake.length / 2, logits = judge(D, fake, loss.compares ? real : NOBODY);
    let total = 0;
    for (let i = 0; i < n; i++) {
      total += loss.g(logits[i], logits[n + i]) / n;
      D.dy[i] = loss.gFake(logits[i], logits[n + i]);
    }
    backward(D, n); // the fakes are the first n rows
    return total;
  }

  // The gradient of G's loss into G.grads, after `forward(G, n)`; returns the loss.
  function gradientOfG(G, D, loss, real) {
    const n = real.length / 2;
    const value = slopeOfG(D, loss, G.y.subarray(0, 2 * n), real);
    for (let i = 0; i < 2 * n; i++) G.dy[i] = D.dx[i] / n;
    gradients(G, n);
    return value;
  }

  // Points of any number through a network, some rows at a time.
  function evaluate(net, points, out) {
    const n = points.length / 2;
    for (let from = 0; from < n; from += net.rows) {
      const rows = Math.min(net.rows, n - from);
      net.x.set(points.subarray(2 * from, 2 * (from + rows)));
      const y = forward(net, rows).subarray(0, rows * net.outputs);
      out.set(y, from * net.outputs);
    }
    return out;
  }

  // --- settings

  const MOVES = ["both", "D", "G"];
  const START = {
    target: "ring", loss: "bce", R1: false, R2: false, gamma: 0.2, who: "both", seed: 0,
  };
  const LIMITS = { gamma: [0.001, 10], seed: [0, 9999] };

  // The value that is allowed and nearest to what somebody typed; for words the first.
  function allowed(name, value) {
    if (name === "R1" || name === "R2") return Boolean(value);
    if (name in LIMITS) {
      const [low, high] = LIMITS[name];
      const number = Number.isNaN(Number(value)) ? START[name] : Number(value);
      const inside = Math.min(Math.max(number, low), high);
      return name === "seed" ? Math.round(inside) : inside;
    }
    const words = { target: Object.keys(TARGETS), loss: Object.keys(LOSSES), who: MOVES };
    return words[name].includes(value) ? value : START[name];
  }

  function allAllowed(settings) {
    const known = Object.keys(START).map(name =>
      [name, allowed(name, name in settings ? settings[name] : START[name])]);
    return Object.fromEntries(known);
  }

  // --- the picture

  const REACH = 2; // it shows [-2, 2] x [-2, 2]
  const SIDE = 81; // places of D's field in a row
  const DOTS = 100; // fakes that are drawn
  const LINES = 9, ALONG = 61; // lines of the web each way, latents on a line
  const JUDGED = 2500; // points for the score

  function fieldPlaces() {
    const at = i => -REACH + (2 * REACH * i) / (SIDE - 1), places = [];
    for (let row = 0; row < SIDE; row++)
      for (let column = 0; column < SIDE; column++) places.push(at(column), at(row));
    return Float32Array.from(places);
  }

  function webLatents() {
    const at = (i, n) => -1 + (2 * i) / (n - 1), upright = [], level = [];
    for (let line = 0; line < LINES; line++)
      for (let i = 0; i < ALONG; i++) {
        upright.push(at(line, LINES), at(i, ALONG));
        level.push(at(i, ALONG), at(line, LINES));
      }
    return Float32Array.from([...upright, ...level]);
  }

  // --- the game

  // Players with settings; their arrays are made once, whatever is played later.
  function makeGame(memory) {
    const G = makeNet(memory, 2, BATCH), D = makeD(memory, 2 * BATCH);
    const average = makeNet(memory, 2, BATCH);
    const real = new Float32Array(2 * BATCH), fake = new Float32Array(2 * BATCH);
    const places = fieldPlaces(), web = webLatents();
    const seen = square(DOTS, makeRng(1), new Float32Array(2 * DOTS));
    const judged = square(JUDGED, makeRng(2), new Float32Array(2 * JUDGED));
    const seenReal = new Float32Array(2 * DOTS);
    const game = { G, D, average, seenReal, settings: START, step: 0, since: 0 };
    Object.assign(game, { dLoss: NaN, gLoss: NaN, penalty: 0, rate: RATE, gamma: 0 });
    let rng;

    // New players, from the seed.
    game.reset = settings => {
      game.settings = allAllowed(settings);
      const { seed } = game.settings, target = TARGETS[game.settings.target];
      rng = makeRng(seed);
      initialise(G, target.scaleG, "tanh", rng);
      initialise(D, target.scaleD, target.activationD, rng);
      average.weights.set(G.weights);
      sample(target, DOTS, makeRng(3), seenReal);
      game.step = game.since = 0;
      settle();
      look();
    };

    // Other rules for the same players. Rates and gamma start to fall again.
    game.change = settings => {
      const before = game.settings;
      game.settings = allAllowed({ ...settings, target: before.target });
      const rules = ["loss", "R1", "R2", "gamma"];
      if (rules.some(name => before[name] !== game.settings[name])) game.since = 0;
      settle();
    };

    // The rate and gamma of this moment: both fall along the target's steps, as in the
    // notebook, the rate along half a wave to a fifth, gamma by a constant factor. A
    // live game has no end; after these steps they stay where they are.
    function settle() {
      const { steps, gammas: [first, last] } = TARGETS[game.settings.target];
      const progress = Math.min(game.since / steps, 1);
      game.rate = RATE * (0.6 + 0.4 * Math.cos(Math.PI * progress));
      game.gamma = game.settings.gamma * (last / first) ** progress;
    }

    // Both losses on the dots, without moving anybody.
    function look() {
      const loss = LOSSES[game.settings.loss];
      const points = evaluate(G, seen, new Float32Array(2 * DOTS));
      game.dLoss = gradientOfD(D, loss, points, seenReal, {}).loss;
      game.gLoss = slopeOfG(D, loss, points, seenReal);
      game.penalty = 0;
    }

    // One step: D moves, then G, judged by the new D; or only one of them.
    game.play = () => {
      const { target, loss: name, R1, R2, who } = game.settings, loss = LOSSES[name];
      settle();
      sample(TARGETS[target], BATCH, rng, real);
      square(BATCH, rng, G.x);
      fake.set(forward(G, BATCH));
      const gammas = { R1: R1 ? game.gamma : 0, R2: R2 ? game.gamma : 0 };
      const found = gradientOfD(D, loss, fake, real, who === "G" ? {} : gammas);
      if (who !== "G") adam(D, game.rate);
      game.gLoss = gradientOfG(G, D, loss, real);
      if (who !== "D") adam(G, game.rate);
      game.dLoss = found.loss;
      game.penalty = found.penalty;
      follow();
      game.step++;
      game.since++;
      return Number.isFinite(game.dLoss + game.gLoss + game.penalty);
    };

    // One step of the running average of G's weights.
    function follow() {
      const { forget } = TARGETS[game.settings.target];
      const slow = average.weights, fast = G.weights;
      for (let i = 0; i < slow.length; i++) slow[i] += forget * (fast[i] - slow[i]);
    }

    // The fakes that are drawn and G's arrow on each, (DOTS, 2): minus the derivative
    // of its loss. With them D's logit on its boundary: 0, or half-way between the means
    // on real points and on fakes for a D that only compares.
    game.dots = () => {
      const points = evaluate(G, seen, new Float32Array(2 * DOTS));
      slopeOfG(D, LOSSES[game.settings.loss], points, seenReal);
      const arrows = D.dx.slice(0, 2 * DOTS).map(slope => -slope);
      if (!LOSSES[game.settings.loss].compares) return { fakes: points, arrows, boundary: 0 };
      const mean = D.y.slice(0, 2 * DOTS).reduce((sum, y) => sum + y, 0) / (2 * DOTS);
      return { fakes: points, arrows, boundary: mean };
    };

    // D's logit less that of its boundary (SIDE, SIDE), from the lower left.
    game.field = boundary =>
      evaluate(D, places, new Float32Array(SIDE * SIDE)).map(y => y - boundary);

    game.web = () => evaluate(G, web, new Float32Array(web.length));

    // Modes, quality and width of 2500 points, of G and of its average.
    game.scores = () => {
      const target = TARGETS[game.settings.target];
      const of = net => score(evaluate(net, judged, new Float32Array(2 * JUDGED)), target);
      return { G: of(G), average: of(average) };
    };

    game.reset(START);
    return game;
  }

  // --- playing on

  const PICTURES = 0.2, SCORES = 0.05; // their largest share of the time
  const BETWEEN_SCORES = 400; // milliseconds, at least

  // Plays a game in slices of some milliseconds and posts a state after each.
  //   post(state)        what the page draws; see `report`
  //   soon(f)            calls f when waiting messages have been read
  //   receive(message)   an order of the page, {id, do, ...}:
  //     {do: "reset", settings}   new players
  //     {do: "change", settings}  other rules for the same players
  //     {do: "play", steps}       so many steps, or Infinity
  //     {do: "pause"}
  //     {do: "speed", speed}      steps per second, or Infinity
  function makeDriver(memory, post, soon, slice = 15) {
    const game = makeGame(memory), now = () => performance.now();
    let left = 0, speed = Infinity, due = 0, last = now(), waiting = false, seen = 0;
    let broken = false, pace = 0, mark = { time: now(), step: 0 };
    const picture = { at: -Infinity, cost: 0 }, scores = { at: -Infinity, cost: 0 };

    const orders = {
      reset: ({ settings }) => { game.reset(settings); broken = false; },
      change: ({ settings }) => game.change(settings),
      pause: () => { left = 0; },
      speed: order => { speed = order.speed; due = Math.min(due, 1); },
      play: ({ steps }) => {
        left = broken ? 0 : steps;
        due = 1;
        last = now();
        mark = { time: last, step: game.step };
      },
    };

    function receive(order) {
      seen = order.id;
      picture.at = scores.at = -Infinity; // the next report is a whole one
      orders[order.do](order);
      if (left === 0) report([], true);
      else if (!waiting) wake(0);
    }

    function wake(wait) {
      waiting = true;
      if (wait > 4) setTimeout(tick, wait);
      else soon(tick);
    }

    function tick() {
      waiting = false;
      if (left === 0) return;
      const losses = playSlice();
      if (losses.length || left === 0) report(losses, left === 0);
      if (left > 0) wake(speed === Infinity ? 0 : (1000 * (1 - due)) / speed);
    }

    // Steps that are due, until the slice is over; returns their losses, [d, g] each.
    function playSlice() {
      const start = now(), losses = [];
      if (speed === Infinity) due = Infinity;
      else due = Math.min(due + ((start - last) / 1000) * speed, Math.max(1, speed / 10));
      last = start;
      while (left > 0 && due >= 1 && now() - start < slice) {
        broken = !game.play();
        losses.push([game.dLoss, game.gLoss]);
        due--;
        left = broken ? 0 : left - 1;
      }
      return losses;
    }

    // Whether something has had less than its share of the time; then does it.
    function ifAffordable(what, share, between, always, make) {
      const start = now();
      if (!always && start - what.at < Math.max(what.cost / share, between)) return null;
      const made = make();
      what.at = now();
      what.cost = what.at - start;
      return made;
    }

    // Posts a state: numbers, and the picture's arrays. D's field and the web are dear,
    // the scores still more; where they are null, the page keeps the last ones.
    function report(losses, resting) {
      const mean = k => losses.reduce((sum, pair) => sum + pair[k], 0) / losses.length;
      const { step, penalty, rate, gamma } = game, dots = game.dots();
      const drawn = ifAffordable(picture, PICTURES, 0, resting, () =>
        ({ field: game.field(dots.boundary), web: game.web() }));
      const found = ifAffordable(scores, SCORES, BETWEEN_SCORES, resting, game.scores);
      post({
        seen, step, penalty, rate, gamma, resting, broken, pace: measuredPace(resting),
        dLoss: losses.length ? mean(0) : game.dLoss,
        gLoss: losses.length ? mean(1) : game.gLoss,
        fakes: dots.fakes, arrows: dots.arrows, scores: found,
        field: drawn && drawn.field, web: drawn && drawn.web, engine: memory.engine,
      });
    }

    // Steps per second, measured twice a second.
    function measuredPace(resting) {
      const time = now(), passed = (time - mark.time) / 1000;
      if (passed < 0.5 && (pace || !resting)) return pace;
      if (game.step > mark.step) pace = (game.step - mark.step) / passed;
      mark = { time, step: game.step };
      return pace;
    }

    return { receive, game };
  }

  // What a Worker does: the first message holds the bytes of matrix.wasm or null, all
  // others are orders. `scope` is the Worker's self, `bestMemory` is that of matrix.js.
  function serve(scope, bestMemory) {
    const { port1, port2 } = new MessageChannel();
    let next = null, driver = null;
    port1.onmessage = () => next();
    const soon = f => { next = f; port2.postMessage(null); };
    const post = state => {
      const arrays = [state.fakes, state.arrows, state.field, state.web];
      scope.postMessage(state, arrays.filter(Boolean).map(array => array.buffer));
    };
    scope.onmessage = ({ data }) => {
      if (driver) driver.then(({ receive }) => receive(data));
      else driver = bestMemory(data, MEGABYTES).then(memory => makeDriver(memory, post, soon));
    };
  }

  return {
    ACTIVATIONS, ALONG, BATCH, DOTS, LIMITS, LINES, LOSSES, MOVES, REACH, SIDE, START,
    TARGETS, MEGABYTES, adam, allAllowed, allowed, forward, gradientOfD, gradientOfG,
    initialise, makeD, makeDriver, makeGame, makeNet, makeRng, sample, score, serve,
    square,
  };
}

if (typeof module !== "undefined") module.exports = gameEngine;
