const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The bits of the f16 nearest to a number; ties go to the even one, what is too large to infinity. */
function halfBits(x: number): number {
  single[0] = x;
  const word = bits[0] ?? 0;
  const sign = (word >>> 16) & 0x8000;
  const size = Math.abs(x);
  if (Number.isNaN(size)) return sign | 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // steps of f16 at this size: 2^-24 below 2^-14, else 2^-10 of the power of two below
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const steps = size / 2 ** (exponent - 10);
  const floor = Math.floor(steps);
  const rest = steps - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  // a carry out of the fraction runs into the exponent, as it should
  return sign | ((exponent + 14) * 1024 + rounded);
}

function fromHalfBits(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Numbers as f16 in memory. */
export function packHalves(values: ArrayLike<number>): Uint16Array {
  return Uint16Array.from(values, halfBits);
}

export function unpackHalves(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, fromHalfBits);
}

/** Numbers as f16 can hold them. */
export function roundToHalves(values: ArrayLike<number>): Float32Array {
  return unpackHalves(packHalves(values));
}
