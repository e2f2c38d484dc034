import type { BitReader } from './flac-bits.js';

/** Samples of a channel; float64 if 33 bits must fit. */
export type Samples = Int32Array | Float64Array;

/** Products and sums up to here are exact as 32-bit integers. */
const INTEGER_BITS = 32;
/** Products of a prediction that are added at once. */
const FOUR = 4;
const FIXED: readonly (readonly number[])[] = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

/**
 * Decodes a channel of a frame (RFC 9639 section 9.2).
 *
 * @param bits per sample, one more in a side channel
 * @returns whether the bits are valid
 */
export function readSubframe(reader: BitReader, samples: Samples, bits: number): boolean {
  if (reader.unsigned(1) !== 0) return false;
  const type = reader.unsigned(6);
  const wasted = reader.unsigned(1) === 0 ? 0 : reader.unary() + 1;
  const depth = bits - wasted;
  if (depth < 1) return false;
  if (!readSamples(reader, samples, type, depth) || reader.over) return false;
  if (wasted > 0) for (let i = 0; i < samples.length; i++) samples[i]! *= 2 ** wasted;
  return true;
}

function readSamples(reader: BitReader, samples: Samples, type: number, bits: number): boolean {
  if (type === 0) {
    samples.fill(reader.signed(bits));
    return true;
  }
  if (type === 1) {
    for (let i = 0; i < samples.length; i++) samples[i] = reader.signed(bits);
    return true;
  }
  const order = type >= 32 ? type - 31 : type - 8;
  if (type < 8 || (type > 12 && type < 32) || order > samples.length) return false;
  for (let i = 0; i < order; i++) samples[i] = reader.signed(bits);
  if (type < 32) {
    if (!readResidual(reader, samples, order)) return false;
    predict(samples, FIXED[order]!, 0, bits + 4 <= INTEGER_BITS);
    return true;
  }
  const precision = reader.unsigned(4) + 1;
  const shift = reader.signed(5);
  if (precision === 16 || shift < 0) return false;
  const coefficients = Array.from({ length: order }, () => reader.signed(precision));
  if (!readResidual(reader, samples, order)) return false;
  const needed = bits + precision + Math.ceil(Math.log2(order));
  predict(samples, coefficients, shift, needed <= INTEGER_BITS);
  return true;
}

/** Section 9.2.7: partitions with one Rice parameter each. */
function readResidual(reader: BitReader, samples: Samples, order: number): boolean {
  const method = reader.unsigned(2);
  if (method > 1) return false;
  const parameterBits = method === 0 ? 4 : 5;
  const partitions = 2 ** reader.unsigned(4);
  const length = samples.length / partitions;
  if (!Number.isInteger(length) || length < order) return false;
  for (let p = 0; p < partitions && !reader.over; p++) {
    const from = p === 0 ? order : p * length;
    const to = (p + 1) * length;
    const parameter = reader.unsigned(parameterBits);
    if (parameter < 2 ** parameterBits - 1) reader.rice(samples, from, to, parameter);
    else {
      const bits = reader.unsigned(5);
      for (let i = from; i < to; i++) samples[i] = reader.signed(bits);
    }
  }
  return true;
}

/** Adds to each residual the prediction from the previous samples, in place. */
function predict(
  samples: Samples,
  coefficients: readonly number[],
  shift: number,
  integers: boolean,
): void {
  const order = coefficients.length;
  if (order === 0) return;
  if (integers) {
    // By fours: with zeros after the coefficients, once there are as many samples to go back to.
    const padded = FOUR * Math.ceil(order / FOUR);
    const weights = new Int32Array(padded);
    weights.set(coefficients);
    for (let i = order; i < Math.min(padded, samples.length); i++) {
      let sum = 0;
      for (let j = 0; j < order; j++) sum = (sum + Math.imul(weights[j]!, samples[i - 1 - j]!)) | 0;
      samples[i]! += sum >> shift;
    }
    for (let i = padded; i < samples.length; i++) {
      let sum = 0;
      for (let j = 0, at = i - 1; j < padded; j += FOUR, at -= FOUR) {
        const a = Math.imul(weights[j]!, samples[at]!);
        const b = Math.imul(weights[j + 1]!, samples[at - 1]!);
        const c = Math.imul(weights[j + 2]!, samples[at - 2]!);
        const d = Math.imul(weights[j + 3]!, samples[at - 3]!);
        sum = (sum + ((((a + b) | 0) + ((c + d) | 0)) | 0)) | 0;
      }
      samples[i]! += sum >> shift;
    }
    return;
  }
  const weights = Float64Array.from(coefficients);
  const scale = 2 ** -shift;
  for (let i = order; i < samples.length; i++) {
    let sum = 0; // exact: below 2^53
    for (let j = 0; j < order; j++) sum += weights[j]! * samples[i - 1 - j]!;
    samples[i]! += Math.floor(sum * scale);
  }
}
