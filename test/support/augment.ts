import type { AugmentConfig } from '../../src/core/augment.js';
import { threefry2x32 } from '../../src/core/random.js';
import { ratioOf, type Cut } from '../../src/session/augment.js';

type Stream = readonly [number, number];

const WORDS = 2 ** 32;

/** A run of at most `limit` among n. */
function runOf([a, b]: readonly [number, number], n: number, limit: number) {
  const length = Math.floor((a * (limit + 1)) / WORDS);
  const first = Math.floor((b * (n - length + 1)) / WORDS);
  return (i: number): boolean => i >= first && i < first + length;
}

/** Which frames and features of an utterance are masked. */
export function masked(
  config: AugmentConfig,
  [key0, key1]: Stream,
  utterance: number,
  length: number,
  features: number,
) {
  const { timeMasks = 0, timeMaskShare = 0, featureMasks = 0, featureMaskShare = 0 } = config;
  const draw = (i: number) => threefry2x32(key0, key1, utterance, i);
  const limit = Math.floor(Math.fround(Math.fround(timeMaskShare) * length));
  const inTime = Array.from({ length: timeMasks }, (_, i) => runOf(draw(2 + 2 * i), length, limit));
  const most = Math.floor(featureMaskShare * features);
  const inFeature = Array.from({ length: featureMasks }, (_, i) =>
    runOf(draw(3 + 2 * i), features, most),
  );
  return {
    time: (t: number): boolean => inTime.some((run) => run(t)),
    feature: (c: number): boolean => inFeature.some((run) => run(c)),
  };
}

/** Factor and offset of a feature. */
export function augmentFactors(
  { gain = 0, offset = 0 }: AugmentConfig,
  [key0, key1]: Stream,
  utterance: number,
  feature: number,
): [number, number] {
  const [a, b] = threefry2x32(key0, key1, utterance, 65536 + feature);
  const radius = Math.sqrt(-2 * Math.log((a + 1) / WORDS));
  const angle = (2 * Math.PI * b) / WORDS;
  return [1 + gain * radius * Math.cos(angle), offset * radius * Math.sin(angle)];
}

/** The frame of a cut that is nearest to frame t of the stretched one. */
export function sourceOf(cut: Cut, t: number): number {
  return Math.min(cut.kept - 1, Math.floor(((2 * t + 1) * ratioOf(cut)) / WORDS));
}

/** Twin of shaders/frames/augment.wgsl for one utterance, in f64. */
export function augmentTwin(
  config: AugmentConfig,
  stream: Stream,
  utterance: {
    readonly cut: Cut;
    readonly utterance: number;
    readonly features: number;
    readonly width: number;
    /** Of the cut, [kept, width]. */
    readonly frames: ArrayLike<number>;
  },
): Float64Array {
  const { cut, utterance: id, features, width, frames } = utterance;
  const mask = masked(config, stream, id, cut.length, features);
  const factors = Array.from({ length: features }, (_, c) => augmentFactors(config, stream, id, c));
  return Float64Array.from({ length: cut.length * width }, (_, i) => {
    const [t, c] = [Math.floor(i / width), i % width];
    const [gain, offset] = factors[c] ?? [0, 0];
    if (c >= features || mask.time(t) || mask.feature(c)) return 0;
    return gain * (frames[sourceOf(cut, t) * width + c] ?? NaN) + offset;
  });
}

/** N(0, 1) of a counter. */
function normal([a, b]: readonly [number, number]): number {
  return Math.sqrt(-2 * Math.log((a + 1) / WORDS)) * Math.cos((2 * Math.PI * b) / WORDS);
}

/** Twin of shaders/frames/augment_functionals.wgsl for one utterance of F features. */
export function functionalsTwin(
  config: AugmentConfig,
  [key0, key1]: Stream,
  utterance: number,
  values: ArrayLike<number>,
): Float64Array {
  const { functionalNoise = 0, functionalOffset = 0, functionalDropout = 0 } = config;
  const { functionalMasks = 0, functionalMaskShare = 0 } = config;
  const draw = (i: number) => threefry2x32(key0, key1, utterance, i);
  const features = (values.length - 1) / 8;
  const most = Math.floor(functionalMaskShare * features);
  const masks = Array.from({ length: functionalMasks }, (_, i) =>
    runOf(draw(327680 + i), features, most),
  );
  return Float64Array.from(values, (value, k) => {
    if ((draw(262144 + k)[0] >>> 16) / 65536 < Math.fround(functionalDropout)) return 0;
    const noisy = value + functionalNoise * normal(draw(131072 + k));
    if (k === values.length - 1) return noisy;
    const feature = k % features;
    if (masks.some((run) => run(feature))) return 0;
    return noisy + functionalOffset * normal(draw(196608 + feature));
  });
}
