import { describe, expect, it } from 'vitest';
import { augmentFunctionals } from '../../src/kernels/frames/augment_functionals.js';
import { augment } from '../../src/kernels/frames/augment.js';
import { cutOf, ratioOf } from '../../src/session/augment.js';
import {
  augmentFactors,
  augmentTwin,
  functionalsTwin,
  masked,
  sourceOf,
} from '../support/augment.js';
import { testGpu } from '../support/gpu.js';
import { Draw, expectClose, layUtterances, runKernel } from '../support/kernel.js';

const stream = [0x12345678, 0x9abcdef0] as const;
const everything = {
  ...{ timeMasks: 2, timeMaskShare: 0.2, featureMasks: 2, featureMaskShare: 0.4 },
  ...{ gain: 0.1, offset: 0.2, stretch: 0.15, crop: 0.2 },
};

/** Runs the kernel on utterances of these lengths; the identity of row r is 40 + 3 r. */
async function run(given: readonly number[], features: number, config = everything) {
  const draw = new Draw('augment');
  const width = Math.ceil(features / 4) * 4;
  const rows = given.map((length, r) => {
    const utterance = 40 + 3 * r;
    return { utterance, cut: cutOf(config, stream, utterance, length) };
  });
  const { frames, sequences } = layUtterances(rows.map(({ cut }) => cut.length));
  const sources = new Uint32Array(rows.length * 4);
  const parts = rows.map(({ cut }) => draw.values(cut.kept * width));
  let first = 0;
  rows.forEach(({ cut, utterance }, r) => {
    sources.set([first, cut.kept, ratioOf(cut), utterance], 4 * r);
    first += cut.kept;
  });
  const values = Float32Array.from(parts.flatMap((part) => [...part]));
  const { out } = await runKernel(await testGpu(), augment, {
    uniforms: {
      rows: rows.length,
      steps: frames,
      longest: Math.max(...rows.map(({ cut }) => cut.length)),
      source_frames: first,
      width,
      features,
      time_masks: config.timeMasks,
      time_share: config.timeMaskShare,
      feature_masks: config.featureMasks,
      feature_limit: Math.floor(config.featureMaskShare * features),
      gain: config.gain,
      offset: config.offset,
      stream_0: stream[0],
      stream_1: stream[1],
    },
    buffers: { frames: values, sources, sequences, out: frames * width },
  });
  const expected = rows.flatMap(({ cut, utterance }, r) => [
    ...augmentTwin(config, stream, { cut, utterance, features, width, frames: parts[r]! }),
  ]);
  return { out: out ?? new Float32Array(), expected, rows, width };
}

describe('augment', () => {
  it('gives what the twin in f64 gives: gains, offsets, masks, frames', async () => {
    for (const features of [1, 6, 36, 56]) {
      const { out, expected } = await run([150, 97, 64, 33, 7, 1], features);
      expectClose(out, expected, 1e-6, `${features} features`);
      // exactly the masked values are 0, and the padding
      expect(Array.from(out, (x) => x === 0)).toEqual(expected.map((x) => x === 0));
    }
  });

  it('copies the frames where all is off', async () => {
    const off = Object.fromEntries(Object.keys(everything).map((key) => [key, 0]));
    const { out, expected, rows } = await run([70, 3], 8, off as typeof everything);
    expect(rows.map(({ cut }) => cut)).toEqual([
      { first: 0, kept: 70, length: 70 },
      { first: 0, kept: 3, length: 3 },
    ]);
    expect([...out]).toEqual(expected);
  });

  it('takes each source frame at least once where it is stretched, none twice where it is shrunk', () => {
    for (const [kept, length] of [
      [100, 115],
      [100, 85],
      [40_000, 46_000],
      [40_000, 34_000],
      [3, 2],
    ] as const) {
      const cut = { first: 0, kept, length };
      const taken = Array.from({ length }, (_, t) => sourceOf(cut, t));
      expect(taken.toSorted((a, b) => a - b)).toEqual(taken);
      expect(new Set(taken).size).toBe(Math.min(kept, length));
      expect(Math.max(...taken)).toBeLessThan(kept);
      taken.forEach((source, t) => {
        expect(Math.abs(source - (((t + 0.5) * kept) / length - 0.5))).toBeLessThan(0.5001);
      });
    }
  });

  it('draws gains with the right mean and deviation, and masks up to their limits', () => {
    const gains: number[] = [];
    const lengths: number[] = [];
    for (let utterance = 0; utterance < 500; utterance++) {
      for (let c = 0; c < 4; c++) {
        gains.push(...augmentFactors({ gain: 1, offset: 1 }, stream, utterance, c));
      }
      const mask = masked({ timeMasks: 1, timeMaskShare: 0.2 }, stream, utterance, 100, 56);
      lengths.push(Array.from({ length: 100 }, (_, t) => mask.time(t)).filter(Boolean).length);
    }
    const values = gains.map((x, i) => (i % 2 === 0 ? x - 1 : x));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(deviation - 1)).toBeLessThan(0.05);
    expect(Math.min(...lengths)).toBe(0);
    expect(Math.max(...lengths)).toBe(20);
  });

  it('cuts within its bounds', () => {
    const kept = new Set<number>();
    const firsts = new Set<number>();
    for (let utterance = 0; utterance < 3000; utterance++) {
      const cut = cutOf(everything, stream, utterance, 100);
      expect(cut.first + cut.kept).toBeLessThanOrEqual(100);
      expect(Math.abs(cut.length / cut.kept - 1)).toBeLessThanOrEqual(0.15 + 0.5 / cut.kept);
      kept.add(cut.kept);
      firsts.add(cut.first);
    }
    expect(Math.min(...kept)).toBe(80);
    expect(Math.max(...kept)).toBe(100);
    expect(Math.max(...firsts)).toBe(20);
  });
});

describe('augment_functionals', () => {
  it('gives what the twin in f64 gives', async () => {
    const draw = new Draw('functionals');
    for (const [rows, count] of [
      [1, 9],
      [5, 49],
      [3, 449],
    ] as const) {
      const features = (count - 1) / 8;
      const width = Math.ceil(count / 4) * 4;
      const values = draw.values(rows * width);
      const positions = Uint32Array.from({ length: rows * 4 }, (_, i) =>
        i % 4 === 0 ? 40 + 3 * Math.floor(i / 4) : 7,
      );
      const { out } = await runKernel(await testGpu(), augmentFunctionals, {
        uniforms: {
          ...{ rows, width, count, features, noise: 0.3, offset: 0.5, threshold: 0.25 },
          ...{ masks: 2, mask_limit: Math.floor(0.4 * features) },
          ...{ stream_0: stream[0], stream_1: stream[1] },
        },
        buffers: { values, positions, out: rows * width },
      });
      const config = {
        ...{ functionalNoise: 0.3, functionalOffset: 0.5, functionalDropout: 0.25 },
        ...{ functionalMasks: 2, functionalMaskShare: 0.4 },
      };
      const expected = Array.from({ length: rows }, (_, r) => {
        const own = values.subarray(r * width, r * width + count);
        const padding = new Array<number>(width - count).fill(0);
        return [...functionalsTwin(config, stream, 40 + 3 * r, own), ...padding];
      }).flat();
      expectClose(out, expected, 1e-6);
      expect(Array.from(out ?? [], (x) => x === 0)).toEqual(expected.map((x) => x === 0));
      if (features < 6) continue;
      // what masks hide, they hide in every functional of a feature
      const hidden = (r: number) =>
        Array.from({ length: features }, (_, c) =>
          Array.from({ length: 8 }, (_, n) => n * features + c).every(
            (k) => expected[r * width + k] === 0,
          ),
        );
      const masked = Array.from({ length: rows }, (_, r) => hidden(r)).flat();
      expect(masked).toContain(true);
      expect(masked).toContain(false);
      expect(expected.filter((x) => x === 0).length / expected.length).toBeGreaterThan(0.25);
    }
  });
});
