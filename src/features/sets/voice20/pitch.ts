import { lazy } from '../../../core/lazy.js';
import { Autocorrelation } from './autocorrelation.js';
import { decibelsOf, wideFrame } from './level.js';
import { Peaks } from './peaks.js';

/** A frame with a lower peak counts as unvoiced. */
const PEAK = 0.5;
/** So does one that is further below the loudest, in dB. */
const RANGE = 35;
/** The second pass needs more voiced frames than this. */
const FEW = 5;
/** Semitones above 27.5 Hz of a recording without a voiced frame: 110 Hz. */
const UNKNOWN = 24;

/** Overwritten by each frame; an utterance is done before the next begins. */
const ofFrames = lazy(() => new Autocorrelation());

/** The pitch of each frame, and its level. */
export interface Pitch {
  /** Semitones above 27.5 Hz, [T]: a straight line between voiced frames. */
  readonly semitones: Float64Array;
  /** 1 or 0, [T] */
  readonly voiced: Float64Array;
  /** Height of the autocorrelation's peak at the period, 0 .. 0.999, [T] */
  readonly peak: Float64Array;
  /** In dB, [T] */
  readonly level: Float64Array;
}

/**
 * Pitch from the autocorrelation of 40 ms around each frame's middle (Boersma 1993), in two passes: the
 * second disfavours octaves far from the median of the first.
 *
 * @param signal without its mean, [N]
 * @param frames T
 */
export function pitchOf(signal: Float64Array, frames: number): Pitch {
  const level = new Float64Array(frames);
  const peaks = new Peaks();
  const autocorrelation = ofFrames();
  for (let t = 0; t < frames; t++) {
    const energy = wideFrame(signal, t, autocorrelation.frame);
    level[t] = decibelsOf(energy);
    autocorrelation.analyse(energy);
    peaks.add(autocorrelation.normalised);
  }
  const quiet = level.reduce((most, own) => Math.max(most, own), -Infinity) - RANGE;
  const isVoiced = (height: number, t: number): boolean => height > PEAK && level[t]! > quiet;
  let { octave, height } = peaks.choose();
  const sure = octave.filter((_, t) => isVoiced(height[t]!, t));
  if (sure.length > FEW) ({ octave, height } = peaks.choose(medianOf(sure)));
  const voiced = height.map((own, t) => (isVoiced(own, t) ? 1 : 0));
  const raw = octave.map((own) => 12 * (own - Math.log2(27.5)));
  const smooth = frames >= 5 ? medianOf5(raw) : raw;
  return { semitones: bridged(smooth, voiced), voiced, peak: height, level };
}

/** Sorts `values`; the mean of the middle two of an even number. */
function medianOf(values: Float64Array): number {
  values.sort();
  const half = values.length >> 1;
  return values.length % 2 === 1 ? values[half]! : (values[half - 1]! + values[half]!) / 2;
}

/** Running median of 5; past the ends there are zeros. */
function medianOf5(values: Float64Array): Float64Array {
  const five = new Float64Array(5);
  return values.map((_, t) => {
    for (let i = 0; i < 5; i++) five[i] = values[t + i - 2] ?? 0;
    return five.sort()[2]!;
  });
}

/** A straight line between voiced frames; before the first and after the last, its own value. */
function bridged(values: Float64Array, voiced: Float64Array): Float64Array {
  const out = new Float64Array(values.length).fill(UNKNOWN);
  let before = -1;
  for (let t = 0; t < values.length; t++) {
    if (voiced[t] === 0) continue;
    const [end, start] = [values[t]!, values[before] ?? values[t]!];
    const slope = (end - start) / (t - before);
    for (let s = before + 1; s < t; s++) out[s] = start + slope * (s - before);
    out[t] = end;
    before = t;
  }
  if (before >= 0) out.fill(values[before]!, before);
  return out;
}
