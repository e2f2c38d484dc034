import { type ComplexArray, complexArray } from '../core/complex.js';
import { Fft } from '../core/fft.js';
import { windowedSinc } from './windowed-sinc.js';

/**
 * The low-pass between two rates: the response of libsamplerate's best converter (97% of the band, at
 * least 120 dB suppression above it), which is a sinc under a Kaiser window with these parameters. The reach
 * is in samples at the lower of the two rates.
 */
const CUTOFF = 0.965_728_4;
const REACH = 142.9;
const BETA = 16.05;

/** The second step, which interpolates a signal with room above its band: 150 dB. */
const SUPPRESSION = 150;
const SECOND_BETA = 0.1102 * (SUPPRESSION - 8.7);
/** With more phases between two samples, they are interpolated. */
const MOST_PHASES = 4096;
/** With less room above the band than this, the second step is long: then the first one doubles the rate. */
const ROOMY = 1.5;

/** Filters for resampling from one rate to another. */
export interface ResamplePlan {
  /** Samples per input sample after the first step. */
  readonly factor: 1 | 2;
  readonly fft: Fft;
  /** Half the length of the first filter, in samples at the middle rate. */
  readonly reach: number;
  /** Its transform, divided by the transform's length; it is real, because the filter is even. */
  readonly response: Float64Array;
  /** Taps of the second filter, even. */
  readonly taps: number;
  readonly phases: number;
  /** [phases + 1, taps]: the second filter at each phase between two samples. */
  readonly between: Float64Array;
}

/** The last plans: a corpus has few rates, and a plan takes as long as a fifth of a second of audio. */
const plans = new Map<string, ResamplePlan>();
const PLANS = 8;

/** The plan's transform keeps buffers between calls: no other may be in the middle of one. */
export function planResampling(from: number, to: number): ResamplePlan {
  const key = `${from} ${to}`;
  const plan = plans.get(key) ?? newPlan(from, to);
  plans.delete(key);
  plans.set(key, plan);
  for (const oldest of plans.keys()) if (plans.size > PLANS) plans.delete(oldest);
  return plan;
}

function newPlan(from: number, to: number): ResamplePlan {
  const scale = Math.min(1, to / from); // the lower rate relative to that of the input
  const factor = from / to >= ROOMY ? 1 : 2;
  const reach = Math.ceil((REACH / scale) * factor);
  const fft = new Fft(bestLength(reach));
  const step = to / greatestDivisor(from * factor, to);
  const phases = Math.min(step, MOST_PHASES);
  const band = Math.min(from, to) / (factor * from); // relative to the middle rate, both sides
  const taps = 2 * Math.ceil(((SUPPRESSION - 7.95) / (2.285 * 2 * Math.PI * (1 - band)) + 1) / 2);
  return {
    factor,
    fft,
    reach,
    response: responseOf(fft, scale, factor, reach),
    taps,
    phases,
    between: secondFilter(taps, phases),
  };
}

function responseOf(fft: Fft, scale: number, factor: number, reach: number): Float64Array {
  const filter = windowedSinc(CUTOFF * scale, REACH / scale, BETA);
  const { length } = fft;
  const input: ComplexArray = complexArray(length);
  for (let i = -reach; i <= reach; i++) {
    input.re[(i + length) % length] = filter(i / factor) / length;
  }
  return fft.transform(input).re.slice();
}

/** Tap t of a phase weights the sample t - taps / 2 + 1 samples from the one before the output position. */
function secondFilter(taps: number, phases: number): Float64Array {
  const filter = windowedSinc(1, taps / 2, SECOND_BETA);
  const between = new Float64Array((phases + 1) * taps);
  for (let p = 0; p <= phases; p++) {
    for (let t = 0; t < taps; t++) between[p * taps + t] = filter(p / phases - (t - taps / 2 + 1));
  }
  return between;
}

/** The transform length with the least work per output sample. */
function bestLength(reach: number): number {
  let best = 0;
  let least = Infinity;
  for (let five = 1; five <= 25; five *= 5) {
    for (let length = 256 * five; length <= 2 ** 21; length *= 4) {
      const work = (length * Math.log2(length)) / (length - 2 * reach);
      if (length > 2 * reach && work < least) [best, least] = [length, work];
    }
  }
  return best;
}

export function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
