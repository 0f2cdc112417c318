// Memory for a network's numbers, and the one product that all its layers need.
//
//   plainMemory()                     in JavaScript alone
//   await wasmMemory(bytes, mb = 64)  in WebAssembly; bytes: matrix.wasm, a Uint8Array
//   await bestMemory(bytes, mb = 64)  in WebAssembly where the browser has it, with
//                                     SIMD, else in JavaScript
//
// All three give the same four functions, and `engine`, what computes in words:
//
//   alloc(n)                   Float32Array(n) of zeros
//   mark(), reset(mark)        free all that was allocated since mark()
//   product(A, B, C, m, n, k)  C[i, j] = sum over c < k of A[i, c] B[j, c], for arrays
//                              that alloc gave: A (m, k), B (n, k), C (m, n)
//
// A network has a memory of its own: it resets it with each forward pass.

function plainMemory() {
  return {
    engine: "plain JavaScript",
    alloc: (n) => new Float32Array(n),
    mark: () => 0,
    reset: () => {},
    product: plainProduct,
  };
}

// Four rows of A times four rows of B at once: each number is read once for four
// products. Rows that are left over are done one by one.
function plainProduct(A, B, C, m, n, k) {
  const m4 = m - (m % 4);
  const n4 = n - (n % 4);
  for (let i = 0; i < m4; i += 4) {
    for (let j = 0; j < n4; j += 4) block4x4(A, B, C, i, j, n, k);
    for (let j = n4; j < n; j++) {
      for (let row = i; row < i + 4; row++) C[row * n + j] = dot(A, B, row * k, j * k, k);
    }
  }
  for (let i = m4; i < m; i++) {
    for (let j = 0; j < n; j++) C[i * n + j] = dot(A, B, i * k, j * k, k);
  }
}

// The sum of k products, from A[a] and B[b] on. Four sums: additions need not wait for
// each other.
function dot(A, B, a, b, k) {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  const end = a + k;
  for (; a + 4 <= end; a += 4, b += 4) {
    s0 += A[a] * B[b];
    s1 += A[a + 1] * B[b + 1];
    s2 += A[a + 2] * B[b + 2];
    s3 += A[a + 3] * B[b + 3];
  }
  for (; a < end; a++, b++) s0 += A[a] * B[b];
  return s0 + s1 + s2 + s3;
}

// C[i ... i + 3, j ... j + 3].
function block4x4(A, B, C, i, j, n, k) {
  const a0 = i * k, a1 = a0 + k, a2 = a1 + k, a3 = a2 + k;
  const b0 = j * k, b1 = b0 + k, b2 = b1 + k, b3 = b2 + k;
  let c00 = 0, c01 = 0, c02 = 0, c03 = 0, c10 = 0, c11 = 0, c12 = 0, c13 = 0;
  let c20 = 0, c21 = 0, c22 = 0, c23 = 0, c30 = 0, c31 = 0, c32 = 0, c33 = 0;
  for (let c = 0; c < k; c++) {
    const x0 = A[a0 + c], x1 = A[a1 + c], x2 = A[a2 + c], x3 = A[a3 + c];
    const y0 = B[b0 + c], y1 = B[b1 + c], y2 = B[b2 + c], y3 = B[b3 + c];
    c00 += x0 * y0; c01 += x0 * y1; c02 += x0 * y2; c03 += x0 * y3;
    c10 += x1 * y0; c11 += x1 * y1; c12 += x1 * y2; c13 += x1 * y3;
    c20 += x2 * y0; c21 += x2 * y1; c22 += x2 * y2; c23 += x2 * y3;
    c30 += x3 * y0; c31 += x3 * y1; c32 += x3 * y2; c33 += x3 * y3;
  }
  let at = i * n + j;
  C[at] = c00; C[at + 1] = c01; C[at + 2] = c02; C[at + 3] = c03;
  at += n;
  C[at] = c10; C[at + 1] = c11; C[at + 2] = c12; C[at + 3] = c13;
  at += n;
  C[at] = c20; C[at + 1] = c21; C[at + 2] = c22; C[at + 3] = c23;
  at += n;
  C[at] = c30; C[at + 1] = c31; C[at + 2] = c32; C[at + 3] = c33;
}

// mb: megabytes for the weights and for one forward and backward pass. They are taken
// at once: to grow later would cut off the arrays that were given out before. A page
// of WebAssembly's memory has 64 kB.
async function wasmMemory(bytes, mb = 64) {
  const { instance } = await WebAssembly.instantiate(bytes);
  const { memory, product } = instance.exports;
  memory.grow(mb * 16);
  const buffer = memory.buffer;
  let top = 0;

  function alloc(n) {
    const start = top;
    top = (top + 4 * n + 15) & ~15; // the next multiple of 16
    if (top > buffer.byteLength) {
      throw new Error(`${mb} MB are too few for this network: give wasmMemory more`);
    }
    return new Float32Array(buffer, start, n).fill(0);
  }

  // WebAssembly sums groups of four; what is left over of k is added here.
  function wholeProduct(A, B, C, m, n, k) {
    product(A.byteOffset, B.byteOffset, C.byteOffset, m, n, k);
    if (k % 4 === 0) return;
    const done = k - (k % 4);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        for (let c = done; c < k; c++) C[i * n + j] += A[i * k + c] * B[j * k + c];
      }
    }
  }

  const reset = (mark) => { top = mark; };
  const engine = "WebAssembly";
  return { engine, alloc, mark: () => top, reset, product: wholeProduct };
}

async function bestMemory(bytes, mb = 64) {
  try {
    return await wasmMemory(bytes, mb);
  } catch (error) { // no WebAssembly, no SIMD, or not enough memory
    return plainMemory();
  }
}
