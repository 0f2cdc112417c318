// torch's random numbers of the CPU, bit for bit: the same seed gives the same latent
// as in Python.
//
//   randn(n, seed)               Float32Array(n): torch.randn(n, generator=torch
//                                .Generator().manual_seed(seed)); seed: Number or BigInt
//   seedLatent(seed, latentDim)  gan_utils.latent.seed_latent
//
// Where it is from: the Mersenne Twister of Matsumoto and Nishimura 1998; Box and
// Muller 1958, sixteen numbers at a time, as torch does it (DistributionTemplates.h);
// log, sin and cos of the Cephes library in float32, as torch's vector code has them.

// A function that gives the next random integer in [0, 2^32).
// torch uses the low 32 bits of a seed.
function mersenneTwister(seed) {
  const state = new Uint32Array(624);
  state[0] = Number(BigInt(seed) & 0xffffffffn);
  for (let i = 1; i < 624; i++) {
    const last = state[i - 1] ^ (state[i - 1] >>> 30);
    state[i] = Math.imul(last, 1812433253) + i;
  }
  let at = 624;
  return () => {
    if (at === 624) {
      stir(state);
      at = 0;
    }
    let y = state[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

// The next 624 numbers of the twister, in place.
function stir(state) {
  for (let i = 0; i < 624; i++) {
    const y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
    state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}

const round32 = Math.fround;

// a b + c, rounded once, as one instruction of the processor does it. The product of
// two float32 is exact in a double.
const fusedMultiplyAdd = (a, b, c) => round32(a * b + c);

// Horner's rule in float32: the value of a polynomial, highest coefficient first.
function polynomial(x, coefficients) {
  let y = round32(coefficients[0]);
  for (let i = 1; i < coefficients.length; i++) {
    y = fusedMultiplyAdd(y, x, round32(coefficients[i]));
  }
  return y;
}

const LOG = [
  7.0376836292e-2, -1.151461031e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
  -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
];
const SIN = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1];
const COS = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2];
const float = new Float32Array(1);
const itsBits = new Int32Array(float.buffer);

// log(x) in float32: x is taken apart into 2^e m with m near 1.
function log32(x) {
  float[0] = x;
  let e = (itsBits[0] >>> 23) - 126;
  itsBits[0] = (itsBits[0] & 0x007fffff) | 0x3f000000;
  let m = float[0];
  if (m < Math.SQRT1_2) {
    e -= 1;
    m = round32(round32(m - 1) + m);
  } else {
    m = round32(m - 1);
  }
  const square = round32(m * m);
  let y = round32(polynomial(m, LOG) * m);
  y = fusedMultiplyAdd(y, square, round32(e * round32(-2.1219444e-4)));
  y = round32(y - round32(square * 0.5));
  return fusedMultiplyAdd(e, round32(0.693359375), round32(m + y));
}

// [sin(x), cos(x)] in float32, x >= 0: x is brought into [-pi/4, pi/4] first.
function sinCos32(x) {
  const octant = (Math.trunc(round32(x * round32(1.27323954473516))) + 1) & ~1;
  for (const part of [-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8]) {
    x = fusedMultiplyAdd(octant, round32(part), x); // pi/4 in three parts
  }
  const square = round32(x * x);
  let cos = round32(polynomial(square, COS) * square);
  cos = fusedMultiplyAdd(cos, square, -round32(square * 0.5));
  cos = round32(cos + 1);
  const sin = fusedMultiplyAdd(round32(polynomial(square, SIN) * square), x, x);
  const swapped = (octant & 2) !== 0;
  const [s, c] = swapped ? [cos, sin] : [sin, cos];
  return [(octant & 4) !== 0 ? -s : s, ((octant - 2) & 4) === 0 ? -c : c];
}

// Box and Muller: sixteen uniform numbers from `start` on become sixteen normal ones.
function toNormal16(numbers, start) {
  for (let i = start; i < start + 8; i++) {
    const radius = round32(Math.sqrt(round32(-2 * log32(round32(1 - numbers[i])))));
    const [sin, cos] = sinCos32(round32(round32(2 * Math.PI) * numbers[i + 8]));
    numbers[i] = round32(radius * cos);
    numbers[i + 8] = round32(radius * sin);
  }
}

// n standard normal numbers of a seed.
function randn(n, seed) {
  const next = mersenneTwister(seed);
  if (n < 16) return fewNormal(n, next);
  const numbers = new Float32Array(n);
  const uniform = () => (next() & 0xffffff) * 2 ** -24;
  for (let i = 0; i < n; i++) numbers[i] = uniform();
  for (let i = 0; i + 16 <= n; i += 16) toNormal16(numbers, i);
  if (n % 16) { // the last sixteen are drawn anew
    for (let i = n - 16; i < n; i++) numbers[i] = uniform();
    toNormal16(numbers, n - 16);
  }
  return numbers;
}

// Fewer than sixteen: pairs in double precision, each uniform number of 53 bits.
function fewNormal(n, next) {
  const numbers = new Float32Array(n);
  const uniform = () => {
    const high = next() & 0x1fffff;
    return (high * 2 ** 32 + next()) * 2 ** -53;
  };
  for (let i = 0; i < n; i += 2) {
    const angle = 2 * Math.PI * uniform();
    const radius = Math.sqrt(-2 * Math.log1p(-uniform()));
    numbers[i] = radius * Math.cos(angle);
    if (i + 1 < n) numbers[i + 1] = radius * Math.sin(angle);
  }
  return numbers;
}

// The latent of an integer seed: the same one for ever.
function seedLatent(seed, latentDim) {
  return randn(latentDim, seed);
}
