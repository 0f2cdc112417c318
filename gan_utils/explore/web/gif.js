// Films of grey pictures as a GIF89a file, which every browser and editor plays.
//
//   gifOf(frames, width, height, ms = 80)   Uint8Array: the file; frames: an array of
//                                           grey pictures (Uint8Array, row by row),
//                                           each shown for ms milliseconds, in a loop
//   enlarged(grey, width, scale)            a picture with each pixel scale x scale
//   besides(pictures, width, gap)           pictures of one size side by side, white
//                                           between: {grey, width}
//
// The format: https://www.w3.org/Graphics/GIF/spec-gif89a.txt. The pixels are packed by
// LZW (Welch 1984): a run that was seen before becomes one number.

function gifOf(frames, width, height, ms = 80) {
  const bytes = [...latin("GIF89a"), ...short(width), ...short(height)];
  bytes.push(0xf7, 0, 0); // 256 colours follow
  for (let grey = 0; grey < 256; grey++) bytes.push(grey, grey, grey);
  bytes.push(0x21, 0xff, 11, ...latin("NETSCAPE2.0"), 3, 1, 0, 0, 0); // loops for ever
  for (const frame of frames) {
    bytes.push(0x21, 0xf9, 4, 0, ...short(Math.round(ms / 10)), 0, 0); // how long
    bytes.push(0x2c, 0, 0, 0, 0, ...short(width), ...short(height), 0); // where
    const packed = lzw(frame);
    bytes.push(8); // bits of a pixel
    for (let i = 0; i < packed.length; i += 255) {
      const block = packed.slice(i, i + 255);
      bytes.push(block.length);
      for (const byte of block) bytes.push(byte);
    }
    bytes.push(0);
  }
  bytes.push(0x3b);
  return Uint8Array.from(bytes);
}

const latin = (text) => Array.from(text, (letter) => letter.charCodeAt(0));
const short = (number) => [number & 255, number >> 8]; // two bytes, the low one first

const CLEAR = 256; // forget all runs
const END = 257;

// Pixels of 8 bits, packed. A number has 9 bits at first and more as runs are learnt.
function lzw(pixels) {
  const bytes = [];
  let buffer = 0, filled = 0; // bits that wait for a whole byte
  let runs, next, size; // known runs, the number of the next one, bits of a number

  function put(code) {
    buffer |= code << filled;
    for (filled += size; filled >= 8; filled -= 8) {
      bytes.push(buffer & 255);
      buffer >>>= 8;
    }
  }

  function forget() {
    runs = new Map(); // (number of a run, next pixel) -> number of the longer run
    next = END + 1;
    size = 9;
  }

  forget();
  put(CLEAR);
  let run = pixels[0];
  for (let i = 1; i < pixels.length; i++) {
    const longer = run * 256 + pixels[i];
    if (runs.has(longer)) {
      run = runs.get(longer);
      continue;
    }
    put(run);
    if (next === 4096) { // 12 bits are the most
      put(CLEAR);
      forget();
    } else {
      if (next === 1 << size) size++;
      runs.set(longer, next++);
    }
    run = pixels[i];
  }
  put(run);
  put(END);
  if (filled > 0) bytes.push(buffer & 255);
  return bytes;
}

function enlarged(grey, width, scale) {
  const height = grey.length / width;
  const large = new Uint8Array(grey.length * scale * scale);
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const pixel = Math.floor(y / scale) * width + Math.floor(x / scale);
      large[y * width * scale + x] = grey[pixel];
    }
  }
  return large;
}

function besides(pictures, width, gap = 4) {
  const height = pictures[0].length / width;
  const all = pictures.length * (width + gap) - gap;
  const grey = new Uint8Array(all * height).fill(255);
  pictures.forEach((picture, i) => {
    for (let y = 0; y < height; y++) {
      grey.set(picture.subarray(y * width, (y + 1) * width), y * all + i * (width + gap));
    }
  });
  return { grey, width: all };
}
