// A trained network in the page: its pictures or scores, and how its input should
// change to change them (the gradient). Forward and backward are written out for each
// layer; weights come from a safetensors file, as PyTorch saved them.
//
//   bytesOf(base64)              Uint8Array
//   tensorsOf(bytes)             {name: Float32Array} of a safetensors file (float16, 32)
//   network(plan, tensors, memory, {gradient = false})
//       plan: {input, layers}: the shape of one input, and the layers as Python writes
//       them (gan_utils.explore.page.plan): their names and settings in PyTorch;
//       tensors: of tensorsOf; memory: of matrix.js, one for each network. Gives
//         forward(x, n = 1, labels)  Float32Array: n outputs, one after the other, for n
//                                    inputs in x. labels: n numbers, for a D with labels
//         backward(d)                the gradient of a sum at the input of the last
//                                    forward, for the gradient d at its output; only
//                                    with gradient: true
//         labelOf(z)                 which label a G with labels draws for z, else null
//         inputSize, outputSize      numbers for one picture
//   toGrey(images)               Uint8ClampedArray, 0 ... 255, of numbers in [-1, 1]
//   softmax(logits)              probabilities
//
// A batch of n pictures with c channels is one array: picture by picture, channel by
// channel, row by row, as in PyTorch.

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// All 65,536 numbers of float16, made once.
let halves = null;

function halfTable() {
  if (halves) return halves;
  halves = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits >> 15 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    let size = (1 + fraction / 1024) * 2 ** (exponent - 15);
    if (exponent === 0) size = fraction * 2 ** -24;
    if (exponent === 31) size = fraction ? NaN : Infinity;
    halves[bits] = sign * size;
  }
  return halves;
}

// A safetensors file: eight bytes say how long its head is, the head (JSON) says where
// which tensor is. Counters of batches (whole numbers) are left out.
function tensorsOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = Number(view.getBigUint64(0, true));
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const tensors = {};
  for (const [name, { dtype, data_offsets: place }] of Object.entries(head)) {
    if (dtype !== "F16" && dtype !== "F32") continue;
    const [start, end] = place.map((offset) => 8 + length + offset);
    const data = bytes.slice(start, end).buffer;
    tensors[name] = dtype === "F32" ? new Float32Array(data)
      : Float32Array.from(new Uint16Array(data), (bits) => halfTable()[bits]);
  }
  return tensors;
}

// Pictures as bytes. Half a grey level is rounded to the even one, as torch.round does
// it; Math.round would go up.
function toGrey(images) {
  const grey = new Uint8ClampedArray(images.length);
  for (let i = 0; i < grey.length; i++) {
    const inside = Math.min(1, Math.max(-1, images[i]));
    grey[i] = Math.fround(Math.fround(inside + 1) * 127.5); // rounds half to even
  }
  return grey;
}

function softmax(logits) {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);

function network(plan, tensors, memory, { gradient = false } = {}) {
  let shape = plan.input; // of one picture, on its way through the layers
  const layers = folded(plan.layers, tensors).map((layer) => {
    const made = LAYERS[layer.op](layer, shape, memory, gradient);
    shape = made.shape || shape;
    return made;
  });
  const inputSize = sizeOf(plan.input);
  const outputSize = sizeOf(shape);
  const weightsEnd = memory.mark();
  let forwardEnd = weightsEnd;
  let batch = 0;

  function forward(input, n = 1, labels = null) {
    memory.reset(weightsEnd);
    let x = memory.alloc(n * inputSize);
    x.set(input);
    for (const layer of layers) x = layer.forward(x, n, labels);
    batch = n;
    forwardEnd = memory.mark();
    return x.slice();
  }

  function backward(gradientOfOutput) {
    if (!gradient) throw new Error("backward needs network(..., {gradient: true})");
    memory.reset(forwardEnd);
    let d = memory.alloc(batch * outputSize);
    d.set(gradientOfOutput);
    for (let i = layers.length - 1; i >= 0; i--) d = layers[i].backward(d, batch);
    return d.slice();
  }

  const labelOf = layers[0].labelOf || (() => null);
  return { forward, backward, labelOf, inputSize, outputSize };
}

// --- batch norm, folded ---

// The layers of a plan with their weights W and bias. Where batch norm follows a linear
// layer or a convolution, its factors go into the weights of that layer.
function folded(plan, tensors) {
  const layers = [];
  for (const entry of plan) {
    const layer = { ...entry };
    if (entry.op.startsWith("BatchNorm")) {
      Object.assign(layer, factorsOf(entry, tensors));
      if (foldInto(layers, layer)) continue;
    }
    if (tensors[`${entry.name}.weight`] && !layer.factor) {
      const outputs = entry.out_channels || entry.out_features || 1;
      layer.W = tensors[`${entry.name}.weight`].slice();
      layer.bias = (tensors[`${entry.name}.bias`] || new Float32Array(outputs)).slice();
    }
    if (entry.op === "LabelledGenerator") layer.logShares = tensors.log_shares;
    if (entry.op === "ProjectionDiscriminator") layer.vectors = tensors["vectors.weight"];
    layers.push(layer);
  }
  return layers;
}

const isTransposed = (op) => op.includes("ConvTranspose");

// Batch norm of a trained network is y = factor x + shift, for each channel.
function factorsOf({ name, eps }, tensors) {
  const mean = tensors[`${name}.running_mean`];
  const weight = tensors[`${name}.weight`] || mean.map(() => 1); // affine=False has none
  const bias = tensors[`${name}.bias`] || mean.map(() => 0);
  const variance = tensors[`${name}.running_var`];
  const factor = Array.from(weight, (w, c) => w / Math.sqrt(variance[c] + eps));
  return { factor, shift: factor.map((f, c) => bias[c] - mean[c] * f) };
}

// Fold a norm into the layer before it; false where that has no weights. Behind an
// Unflatten or a PixelShuffle a channel of the norm belongs to several outputs of that
// layer, which follow each other.
function foldInto(layers, { factor, shift }) {
  let at = layers.length - 1;
  while (at >= 0 && ["Unflatten", "PixelShuffle"].includes(layers[at].op)) at--;
  if (at < 0 || !layers[at].W) return false;
  const { op, kernel_size: window, W, bias } = layers[at];
  const outputs = bias.length;
  const perChannel = outputs / factor.length;
  if (perChannel < 1) return false;
  const channel = (output) => Math.floor(output / perChannel);
  // W is (outputs, ...), but (inputs, outputs, k, k) in a transposed convolution
  const perOutput = isTransposed(op) ? window[0] ** 2 : W.length / outputs;
  for (let i = 0; i < W.length; i++) {
    W[i] *= factor[channel(Math.floor(i / perOutput) % outputs)];
  }
  for (let o = 0; o < outputs; o++) {
    bias[o] = bias[o] * factor[channel(o)] + shift[channel(o)];
  }
  return true;
}

// --- the layers ---

// By the names that PyTorch gives them. Each takes its part of the plan, the shape of
// one input, memory for its weights, and whether gradients are wanted. It gives
// {shape, forward(x, n), backward(d, n)}; shape is left out where it stays. What
// TensorFlow calls "same" pads, or cuts off, one more row and column at the end.
const LAYERS = {
  Linear: linear,
  Conv2d: convolution,
  ConvTranspose2d: transposedConvolution,
  SameConv2d: (layer, ...rest) => convolution({ ...layer, padding: [1], more: 1 }, ...rest),
  SameConvTranspose2d: (layer, ...rest) => transposedConvolution({ ...layer, more: 1 }, ...rest),
  BatchNorm1d: norm,
  BatchNorm2d: norm,
  ReLU: () => leaky({ negative_slope: 0 }),
  LeakyReLU: leaky,
  Tanh: tanh,
  Dropout: (_, shape) => reshaped(shape), // it does nothing after training
  PixelShuffle: ({ upscale_factor: r }, shape, memory) =>
    reordered(pixelShuffle(r, shape), memory),
  PixelUnshuffle: ({ downscale_factor: r }, shape, memory) =>
    reordered(pixelUnshuffle(r, shape), memory),
  MaxPool2d: maxPool,
  Unflatten: ({ unflattened_size: shape }) => reshaped(shape),
  Flatten: (_, shape) => reshaped([sizeOf(shape)]),
  LabelledGenerator: chosenLabel,
  ProjectionDiscriminator: projection,
};

function stored(array, memory) {
  const copy = memory.alloc(array.length);
  copy.set(array);
  return copy;
}

// (rows, columns) -> (columns, rows), into memory.
function transposed(matrix, rows, columns, memory) {
  const other = memory.alloc(matrix.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) other[c * rows + r] = matrix[r * columns + c];
  }
  return other;
}

const reshaped = (shape) => ({ shape, forward: (x) => x, backward: (d) => d });

// y = W x + bias, W (outputs, inputs).
function linear({ W, bias }, shape, memory, gradient) {
  const outputs = bias.length;
  const inputs = W.length / outputs;
  const weights = stored(W, memory);
  const turned = gradient ? transposed(W, outputs, inputs, memory) : null;
  return {
    shape: [outputs],
    forward(x, n) {
      const y = memory.alloc(n * outputs);
      memory.product(x, weights, y, n, outputs, inputs);
      for (let i = 0; i < y.length; i++) y[i] += bias[i % outputs];
      return y;
    },
    backward(d, n) {
      const dx = memory.alloc(n * inputs);
      memory.product(d, turned, dx, n, inputs, outputs);
      return dx;
    },
  };
}

// A convolution looks at a large picture through a window that stops at each point of
// a small one; each stop is a row of numbers, times the weights. A transposed
// convolution is the same run backwards, from the small picture to the large one. So
// both need `gather` (large to rows) and `scatter` (rows added to large) alone.
function convolution(layer, [channels, height, width], memory, gradient) {
  const { W, bias, kernel_size: [k], stride: [stride], padding: [padding], more = 0 } = layer;
  const large = { channels, height, width };
  const stops = (size) => Math.floor((size + 2 * padding + more - k) / stride) + 1;
  const small = { channels: bias.length, height: stops(height), width: stops(width) };
  const window = { large, small, k, stride, padding };
  const down = toSmall(window, W, memory);
  const up = gradient ? toLarge(window, W, memory) : null;
  return {
    shape: [small.channels, small.height, small.width],
    forward: (x, n) => withBias(down(x, n), bias, small),
    backward: up,
  };
}

function transposedConvolution(layer, [channels, height, width], memory, gradient) {
  const { W, bias, kernel_size: [k], stride: [stride], padding: [padding], more = 0 } = layer;
  const [added] = layer.output_padding;
  const small = { channels, height, width };
  const span = (size) => (size - 1) * stride - 2 * padding + k + added - more;
  const large = { channels: bias.length, height: span(height), width: span(width) };
  const window = { large, small, k, stride, padding };
  const up = toLarge(window, W, memory);
  const down = gradient ? toSmall(window, W, memory) : null;
  return {
    shape: [large.channels, large.height, large.width],
    forward: (x, n) => withBias(up(x, n), bias, large),
    backward: down,
  };
}

// Adds bias[c] to channel c, in place.
function withBias(y, bias, { height, width }) {
  const area = height * width;
  for (let i = 0, c = 0; i < y.length; i += area, c = (c + 1) % bias.length) {
    const b = bias[c];
    for (let p = i; p < i + area; p++) y[p] += b;
  }
  return y;
}

// Large pictures -> small ones: gather, then one product. W (small, large k k).
function toSmall(window, W, memory) {
  const { large, small, k } = window;
  const weights = stored(W, memory);
  const row = large.channels * k * k;
  const stops = small.height * small.width;
  const largeSize = large.channels * large.height * large.width;
  const smallSize = small.channels * stops;
  return (x, n) => {
    const y = memory.alloc(n * smallSize);
    const rows = memory.alloc(stops * row);
    for (let b = 0; b < n; b++) {
      gather(window, x, b * largeSize, rows);
      const part = y.subarray(b * smallSize, (b + 1) * smallSize);
      memory.product(weights, rows, part, small.channels, stops, row);
    }
    return y;
  };
}

// Small pictures -> large ones: one product, then scatter.
function toLarge(window, W, memory) {
  const { large, small, k } = window;
  const row = large.channels * k * k;
  const turned = transposed(W, small.channels, row, memory);
  const stops = small.height * small.width;
  const largeSize = large.channels * large.height * large.width;
  const smallSize = small.channels * stops;
  return (x, n) => {
    const y = memory.alloc(n * largeSize);
    const rows = memory.alloc(stops * row);
    for (let b = 0; b < n; b++) {
      const before = memory.mark();
      const part = x.subarray(b * smallSize, (b + 1) * smallSize);
      const points = transposed(part, small.channels, stops, memory);
      memory.product(points, turned, rows, stops, row, small.channels);
      scatter(window, rows, y, b * largeSize);
      memory.reset(before);
    }
    return y;
  };
}

// rows[stop, (c k + i) k + j] = what the window sees of the picture that begins at
// x[start]. What lies outside of it stays 0.
function gather({ large, small, k, stride, padding }, x, start, rows) {
  const { channels, height, width } = large;
  let at = 0;
  for (let stopY = 0; stopY < small.height; stopY++) {
    for (let stopX = 0; stopX < small.width; stopX++) {
      const left = stopX * stride - padding;
      const first = Math.max(0, -left); // columns of the window inside the picture
      const end = Math.min(k, width - left);
      for (let c = 0; c < channels; c++) {
        for (let i = 0; i < k; i++, at += k) {
          const y = stopY * stride - padding + i;
          if (y < 0 || y >= height) continue;
          const line = start + (c * height + y) * width + left;
          for (let j = first; j < end; j++) rows[at + j] = x[line + j];
        }
      }
    }
  }
}

// The way back: each row is added where its window stood.
function scatter({ large, small, k, stride, padding }, rows, x, start) {
  const { channels, height, width } = large;
  let at = 0;
  for (let stopY = 0; stopY < small.height; stopY++) {
    for (let stopX = 0; stopX < small.width; stopX++) {
      const left = stopX * stride - padding;
      const first = Math.max(0, -left);
      const end = Math.min(k, width - left);
      for (let c = 0; c < channels; c++) {
        for (let i = 0; i < k; i++, at += k) {
          const y = stopY * stride - padding + i;
          if (y < 0 || y >= height) continue;
          const line = start + (c * height + y) * width + left;
          for (let j = first; j < end; j++) x[line + j] += rows[at + j];
        }
      }
    }
  }
}

// Batch norm that could not be folded.
function norm({ factor, shift }, shape, memory) {
  const area = sizeOf(shape.slice(1));
  const channel = (i) => Math.floor(i / area) % factor.length;
  return {
    forward(x) {
      const y = memory.alloc(x.length);
      for (let i = 0; i < x.length; i++) y[i] = factor[channel(i)] * x[i] + shift[channel(i)];
      return y;
    },
    backward(d) {
      for (let i = 0; i < d.length; i++) d[i] *= factor[channel(i)];
      return d;
    },
  };
}

// LeakyReLU, in place; ReLU has slope 0. The sign of the output is that of the input.
function leaky({ negative_slope: slope }) {
  let y;
  return {
    forward(x) {
      for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] *= slope;
      y = x;
      return y;
    },
    backward(d) {
      for (let i = 0; i < d.length; i++) if (!(y[i] > 0)) d[i] *= slope;
      return d;
    },
  };
}

function tanh() {
  let y;
  return {
    forward(x) {
      for (let i = 0; i < x.length; i++) x[i] = Math.tanh(x[i]);
      y = x;
      return y;
    },
    backward(d) {
      for (let i = 0; i < d.length; i++) d[i] *= 1 - y[i] * y[i];
      return d;
    },
  };
}

// The largest of each size x size block; its gradient goes to where it was.
function maxPool({ kernel_size: size }, [channels, height, width], memory) {
  const rows = Math.floor(height / size);
  const columns = Math.floor(width / size);
  let from; // for each output, which input it is
  let inputs;
  return {
    shape: [channels, rows, columns],
    forward(x, n) {
      const y = memory.alloc(n * channels * rows * columns);
      from = new Int32Array(y.length);
      inputs = x.length;
      for (let o = 0; o < y.length; o++) {
        const plane = Math.floor(o / (rows * columns)) * height * width;
        const top = (Math.floor(o / columns) % rows) * size;
        const left = (o % columns) * size;
        let best = plane + top * width + left;
        for (let i = top; i < top + size; i++) {
          for (let j = left; j < left + size; j++) {
            if (x[plane + i * width + j] > x[best]) best = plane + i * width + j;
          }
        }
        from[o] = best;
        y[o] = x[best];
      }
      return y;
    },
    backward(d) {
      const dx = memory.alloc(inputs);
      for (let o = 0; o < d.length; o++) dx[from[o]] += d[o];
      return dx;
    },
  };
}

// y[i] = x[from[i]] in each picture.
function reordered({ shape, from }, memory) {
  const size = from.length;
  return {
    shape,
    forward(x) {
      const y = memory.alloc(x.length);
      for (let i = 0; i < x.length; i++) y[i] = x[i - (i % size) + from[i % size]];
      return y;
    },
    backward(d) {
      const dx = memory.alloc(d.length);
      for (let i = 0; i < d.length; i++) dx[i - (i % size) + from[i % size]] = d[i];
      return dx;
    },
  };
}

// (c r r, h, w) -> (c, h r, w r): out[c, y r + i, x r + j] = in[c r r + i r + j, y, x].
function pixelShuffle(r, [channels, height, width]) {
  const shape = [channels / (r * r), height * r, width * r];
  const from = new Int32Array(sizeOf(shape));
  for (let o = 0; o < from.length; o++) {
    const x = o % shape[2];
    const y = Math.floor(o / shape[2]) % shape[1];
    const c = Math.floor(o / (shape[1] * shape[2]));
    const channel = (c * r + (y % r)) * r + (x % r);
    from[o] = (channel * height + Math.floor(y / r)) * width + Math.floor(x / r);
  }
  return { shape, from };
}

// The way back.
function pixelUnshuffle(r, [channels, height, width]) {
  const shape = [channels * r * r, height / r, width / r];
  const back = pixelShuffle(r, shape).from;
  const from = new Int32Array(back.length);
  back.forEach((source, o) => { from[source] = o; });
  return { shape, from };
}

// --- labels ---

// The first layer of a G with labels (gan_utils/recipes/labels.py): STYLE numbers of z
// are the style, the largest of the others, weighed by the shares of the labels, says
// what to draw. Out come the style times `width`, and `strength` at that label's place.
function chosenLabel({ logShares, style, strength, width }, [size], memory) {
  function stretch(numbers, start) {
    for (let i = start; i < start + style; i++) numbers[i] *= width;
  }
  function labelOf(z, start = 0) {
    let best = 0;
    let most = -Infinity;
    for (let l = 0; l < logShares.length; l++) {
      const uniform = Math.fround(normalShare(z[start + style + l]));
      const value = logShares[l] - Math.log(-Math.log(uniform));
      if (value > most) [best, most] = [l, value];
    }
    return best;
  }
  return {
    labelOf,
    forward(z, n) {
      const y = memory.alloc(z.length);
      for (let b = 0; b < n; b++) {
        const start = b * size;
        y.set(z.subarray(start, start + style), start);
        stretch(y, start);
        y[start + style + labelOf(z, start)] = strength;
      }
      return y;
    },
    backward(d, n) { // to choose a label has no gradient
      for (let b = 0; b < n; b++) {
        stretch(d, b * size);
        d.fill(0, b * size + style, (b + 1) * size);
      }
      return d;
    },
  };
}

// The share of a normal distribution below x. Marsaglia 2004: a series of terms that
// all have the sign of x.
function normalShare(x) {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let term = x;
  let sum = x;
  for (let i = 3; Math.abs(term) > 1e-17 * Math.abs(sum); i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

// The last layer of a D with labels: the plain logit, and how well the features agree
// with a vector of the label (Miyato and Koyama 2018, eq. 4).
function projection({ W, bias, vectors }, shape, memory) {
  const size = W.length;
  let labels;
  return {
    shape: [1],
    forward(x, n, asked) {
      if (!asked) throw new Error("this discriminator needs a label for each picture");
      labels = Array.from(asked);
      const y = memory.alloc(n);
      for (let b = 0; b < n; b++) {
        const vector = labels[b] * size;
        y[b] = bias[0];
        for (let i = 0; i < size; i++) y[b] += x[b * size + i] * (W[i] + vectors[vector + i]);
      }
      return y;
    },
    backward(d, n) {
      const dx = memory.alloc(n * size);
      for (let b = 0; b < n; b++) {
        const vector = labels[b] * size;
        for (let i = 0; i < size; i++) dx[b * size + i] = d[b] * (W[i] + vectors[vector + i]);
      }
      return dx;
    },
  };
}
