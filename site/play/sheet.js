// A drawing as MNIST would have it: the ink scaled to 20 x 20, its centre of mass in the
// middle of 28 x 28 (LeCun et al. 1998). The same as `like_mnist` in notebook 09.
//
//   likeMnist(ink, side)   28 x 28 grey levels of side x side grey levels, white ink on
//                          black; null where there is no ink

const BOX = 20;

function likeMnist(ink, side) {
  const box = boxOf(ink, side);
  if (!box) return null;
  const { left, top, width, height } = box;
  const cropped = { width, height, grey: cut(ink, side, box) };
  const scale = BOX / Math.max(width, height);
  const small = resized(
    cropped, Math.max(1, roundEven(scale * width)), Math.max(1, roundEven(scale * height)),
  );
  const across = placeOf(sumsOf(small, (x) => x), small.width);
  const down = placeOf(sumsOf(small, (x, y) => y), small.height);
  const digit = new Uint8Array(28 * 28);
  for (let y = 0; y < small.height; y++) {
    for (let x = 0; x < small.width; x++) {
      digit[(down + y) * 28 + across + x] = small.grey[y * small.width + x];
    }
  }
  return digit;
}

// The smallest rectangle that holds all ink.
function boxOf(ink, side) {
  let [left, top, right, bottom] = [side, side, -1, -1];
  ink.forEach((value, i) => {
    if (!value) return;
    const [x, y] = [i % side, Math.floor(i / side)];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  });
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

function cut(ink, side, { left, top, width, height }) {
  return Uint8Array.from({ length: width * height }, (_, i) => {
    return ink[(top + Math.floor(i / width)) * side + left + (i % width)];
  });
}

// Each new pixel is the mean of those that fall into it: the box filter of Pillow,
// first along rows, then along columns.
function resized({ width, height, grey }, newWidth, newHeight) {
  const wide = new Uint8Array(newWidth * height);
  spans(width, newWidth).forEach(([from, to], x) => {
    for (let y = 0; y < height; y++) {
      wide[y * newWidth + x] = mean(from, to, (i) => grey[y * width + i]);
    }
  });
  const small = new Uint8Array(newWidth * newHeight);
  spans(height, newHeight).forEach(([from, to], y) => {
    for (let x = 0; x < newWidth; x++) {
      small[y * newWidth + x] = mean(from, to, (i) => wide[i * newWidth + x]);
    }
  });
  return { width: newWidth, height: newHeight, grey: small };
}

// Which old places [from, to) fall into each new one. Where a picture is enlarged, each
// new place has the one old place that it lies in.
function spans(size, newSize) {
  const scale = size / newSize;
  const reach = Math.max(1, scale) / 2;
  const perScale = 1 / Math.max(1, scale);
  return Array.from({ length: newSize }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const inside = (k) => (k - centre + 0.5) * perScale;
    let from = Math.max(0, Math.floor(centre - reach + 0.5));
    const last = Math.min(size, Math.floor(centre + reach + 0.5));
    while (inside(from) <= -0.5) from += 1;
    let to = from;
    while (to < last && inside(to) <= 0.5) to += 1;
    return [from, Math.max(to, from + 1)];
  });
}

function mean(from, to, at) {
  let sum = 0;
  for (let i = from; i < to; i++) sum += at(i);
  return Math.floor(sum / (to - from) + 0.5);
}

// The centre of mass along one axis.
function sumsOf({ width, grey }, axis) {
  let mass = 0;
  let moment = 0;
  grey.forEach((value, i) => {
    mass += value;
    moment += value * axis(i % width, Math.floor(i / width));
  });
  return moment / mass;
}

// Where the first row, or column, of `length` goes, so that the centre is at 13.5.
function placeOf(centre, length) {
  return Math.min(28 - length, Math.max(0, roundEven(13.5 - centre)));
}

// As Python's round: halves go to the even number.
function roundEven(value) {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down;
}
