import { joined } from '../core/concatenate.js';
import { type ComplexArray, complexArray } from '../core/complex.js';
import { AudioError } from '../core/errors.js';
import { greatestDivisor, planResampling, type ResamplePlan } from './resample-plan.js';

/** Largest ratio of the two rates, in either direction. */
const LARGEST_RATIO = 256;

/**
 * Resamples mono samples piece by piece: a low-pass by FFT (overlap-save,
 * Stockham 1966), at twice the rate if there is little room above its band, then a short interpolation
 * filter. The result does not depend on the division into pieces.
 */
export class Resampler {
  private readonly step: FirstStep | undefined;
  private readonly second: SecondStep | undefined;
  private taken = 0;

  /**
   * @param from in Hz, up to 256 times the other rate
   * @param to in Hz
   * @throws AudioError for rates that are not positive integers, or too far apart
   */
  constructor(
    readonly from: number,
    readonly to: number,
    name = 'samples',
  ) {
    checkRates(from, to, name);
    if (from === to) return;
    const plan = planResampling(from, to);
    this.step = new FirstStep(plan);
    this.second = new SecondStep(plan, from, to, this.step.firstOutput);
  }

  /** @returns the samples available so far, of any length; the argument itself if the rates agree */
  push(samples: Float32Array): Float32Array {
    if (this.step === undefined || this.second === undefined) return samples;
    this.taken += samples.length;
    return this.run(this.step, this.second, samples, Infinity);
  }

  /** @returns the rest: in total round(N to / from) samples, sample i at the time i / to */
  finish(): Float32Array {
    if (this.step === undefined || this.second === undefined) return new Float32Array(0);
    const length = Math.round((this.taken * this.to) / this.from);
    return this.run(this.step, this.second, undefined, length);
  }

  /** @param input undefined: zeros until there are `length` samples */
  private run(
    step: FirstStep,
    second: SecondStep,
    input: Float32Array | undefined,
    length: number,
  ): Float32Array {
    const parts: Float32Array[] = [];
    for (let at = 0; input === undefined ? second.made < length : at < input.length;) {
      at += input === undefined ? step.fillZeros() : step.fill(input, at);
      if (step.full) step.run((block) => parts.push(second.take(block, length)));
    }
    return joined(Float32Array, parts);
  }
}

/**
 * Resamples mono samples.
 *
 * @example
 * const slow = await resample(samples, 16_000, 8000);
 * console.log(slow.length); // 8000
 *
 * @param samples [N]
 * @returns [round(N to / from)], sample i at the time i / to; the argument itself if the rates agree
 * @throws AudioError as the constructor of `Resampler`
 */
export function resample(
  samples: Float32Array,
  from: number,
  to: number,
  name = 'samples',
): Promise<Float32Array> {
  return new Promise((resolve) => {
    const resampler = new Resampler(from, to, name);
    const start = resampler.push(samples);
    resolve(from === to ? start : joined(Float32Array, [start, resampler.finish()]));
  });
}

/** The low-pass, on two blocks at once: one as real, the other as imaginary part, because the filter is real. */
class FirstStep {
  /** The input of both blocks with half a filter before and after. */
  private readonly input: Float32Array;
  private filled: number;
  private readonly block: ComplexArray;
  /** Samples at the middle rate per block. */
  private readonly gives: number;
  /** Position of the first output sample, before that of the first input sample. */
  readonly firstOutput: number;

  constructor(private readonly plan: ResamplePlan) {
    const { fft, reach, factor, taps } = plan;
    this.gives = fft.length - 2 * reach - ((fft.length - 2 * reach) % 2);
    this.block = complexArray(fft.length);
    this.firstOutput = -taps;
    this.input = new Float32Array(Math.ceil((2 * this.gives + 2 * reach) / factor) + 1);
    this.filled = Math.ceil((reach + taps) / factor);
  }

  get full(): boolean {
    return this.filled === this.input.length;
  }

  /** @returns how many samples it consumed, starting at `at` */
  fill(samples: Float32Array, at: number): number {
    const count = Math.min(samples.length - at, this.input.length - this.filled);
    this.input.set(samples.subarray(at, at + count), this.filled);
    this.filled += count;
    return count;
  }

  fillZeros(): number {
    const count = this.input.length - this.filled;
    this.input.fill(0, this.filled);
    this.filled += count;
    return count;
  }

  /** @param take receives the next samples at the middle rate, valid until it returns */
  run(take: (block: Float64Array) => void): void {
    const { plan, input, block, gives } = this;
    const { fft, reach, factor, response } = plan;
    // The input's start at the middle rate is a multiple of `factor`; the block's may be after it.
    const lead = factor * Math.ceil((reach + plan.taps) / factor) - (reach + plan.taps);
    const { re, im } = block;
    spread(input, lead, factor, re);
    spread(input, lead + gives, factor, im);
    const spectrum = fft.transform(block);
    const { re: xr, im: xi } = spectrum;
    // With real and imaginary parts swapped, the transform is its own inverse.
    for (let k = 0; k < re.length; k++) {
      const h = response[k]!;
      const real = xr[k]! * h;
      re[k] = xi[k]! * h;
      im[k] = real;
    }
    const result = fft.transform(block);
    take(result.im.subarray(reach, reach + gives));
    take(result.re.subarray(reach, reach + gives));
    const used = (2 * gives) / factor;
    input.copyWithin(0, used);
    this.filled -= used;
  }
}

/** Every `factor`-th of `out` is a sample, those between are 0; `out` begins at place `from` of that row. */
function spread(samples: Float32Array, from: number, factor: number, out: Float64Array): void {
  if (factor > 1) out.fill(0);
  const skipped = (factor - (from % factor)) % factor;
  let n = (from + skipped) / factor;
  for (let i = skipped; i < out.length; i += factor) out[i] = samples[n++]!;
}

/** The interpolation filter between samples at the middle rate. */
class SecondStep {
  /** The last samples of the previous blocks, then the current one. */
  private samples: Float64Array;
  private held = 0;
  /** Position of the first of them at the middle rate. */
  private start: number;
  /** Number of output samples so far. */
  made = 0;
  /** Position of the next sample: whole samples at the middle rate, and the rest as a fraction over `to`. */
  private place = 0;
  private rest = 0;
  private readonly advance: number;
  private readonly parts: number;

  constructor(
    private readonly plan: ResamplePlan,
    from: number,
    to: number,
    firstOutput: number,
  ) {
    const divisor = greatestDivisor(from * plan.factor, to);
    this.advance = (from * plan.factor) / divisor;
    this.parts = to / divisor;
    this.start = firstOutput;
    this.samples = new Float64Array(plan.fft.length + 2 * plan.taps);
  }

  /** @returns the samples that the block completes, up to `length` in total */
  take(block: Float64Array, length: number): Float32Array {
    if (this.made >= length) return new Float32Array(0);
    this.samples.set(block, this.held);
    this.held += block.length;
    const half = this.plan.taps / 2;
    const end = this.start + this.held;
    const count = Math.ceil(((end - half - this.place) * this.parts - this.rest) / this.advance);
    const output = new Float32Array(Math.max(0, Math.min(count, length - this.made)));
    for (let i = 0; i < output.length; i++) output[i] = this.next();
    this.made += output.length;
    const used = Math.min(this.held, Math.max(0, this.place - half + 1 - this.start));
    this.samples.copyWithin(0, used, this.held);
    this.held -= used;
    this.start += used;
    return output;
  }

  private next(): number {
    const { plan, samples, parts } = this;
    const { taps, between, phases } = plan;
    const phase = (this.rest * phases) / parts;
    const row = Math.floor(phase);
    const part = phase - row;
    let weight = row * taps;
    let at = this.place - taps / 2 + 1 - this.start;
    let sum = 0;
    if (part === 0) {
      // An even number of taps, in two sums: one alone would wait for itself.
      let other = 0;
      for (const end = at + taps; at < end; at += 2, weight += 2) {
        sum += between[weight]! * samples[at]!;
        other += between[weight + 1]! * samples[at + 1]!;
      }
      sum += other;
    } else {
      for (const end = at + taps; at < end; at++, weight++) {
        const before = between[weight]!;
        sum += (before + part * (between[weight + taps]! - before)) * samples[at]!;
      }
    }
    this.rest += this.advance;
    const whole = Math.floor(this.rest / parts);
    this.place += whole;
    this.rest -= whole * parts;
    return sum;
  }
}

function checkRates(from: number, to: number, name: string): void {
  for (const rate of [from, to]) {
    if (Number.isSafeInteger(rate) && rate >= 1 && rate < 2 ** 31) continue;
    throw new AudioError(
      `${name}: a sampling rate of ${rate} Hz is not a positive integer`,
      `Convert the recording to ${to / 1000} kHz with another program.`,
    );
  }
  if (Math.max(from / to, to / from) > LARGEST_RATIO) {
    throw new AudioError(
      `${name}: ${from} and ${to} Hz are more than a factor of ${LARGEST_RATIO} apart`,
      `Convert the recording to ${to / 1000} kHz with another program.`,
    );
  }
}
