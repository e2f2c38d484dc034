import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.js';
import { functionalsOf } from '../../src/features/functionals.js';
import { normaliseAll } from '../../src/features/normalise.js';
import {
  functionalsIn,
  joinMoments,
  momentsOfRecording,
  ownMoments,
  priorOf,
  statisticsOfSpeaker,
} from '../../src/features/speaker-moments.js';
import { applyStatistics, statisticsOf } from '../../src/features/statistics.js';
import { normalisedFor } from '../../src/inference/normalised.js';

const F = 4;
const random = new Random(11, 'moments');

/** Like a pitch in Hz, a level in dB, a tiny energy, and a constant. */
function recording(frames: number, voice: number): Float32Array {
  const columns = [
    () => 200 + 40 * voice + random.normal(),
    () => -60 + 8 * voice + 5 * random.normal(),
    () => 1e-4 * Math.abs(voice + random.normal()),
    () => 1234.5,
  ];
  return Float32Array.from({ length: frames * F }, (_, i) => columns[i % F]!());
}

const ann = [recording(40, 1), recording(90, 1), recording(7, 1)];
const bob = [recording(30, -1), recording(55, -1)];
const moments = (raw: readonly Float32Array[]) =>
  joinMoments(raw.map((own) => ownMoments(own, F, true)));
const of = (x: number, y: number) => expect(x).toBeCloseTo(y, 6);

describe('moments', () => {
  it('give the mean and deviation of a speaker as two passes over all frames do', () => {
    const { frames } = statisticsOfSpeaker(moments(ann));
    const direct = statisticsOf(ann, F);
    for (let d = 0; d < F; d++) {
      expect(Math.abs(frames.mean[d]! / direct.mean[d]! - 1)).toBeLessThan(1e-12);
      const deviation = direct.deviation[d]!;
      expect(Math.abs(frames.deviation[d]! - deviation)).toBeLessThanOrEqual(1e-9 * deviation);
    }
    expect(frames.deviation[3]).toBe(0);
  });

  it('of functionals count each recording once', () => {
    const rows = ann.map((own) => functionalsOf(own, F));
    const { functionals } = statisticsOfSpeaker(moments(ann));
    const direct = statisticsOf(rows, 8 * F + 1);
    direct.mean.forEach((mean, d) => {
      of(functionals?.mean[d] ?? NaN, mean);
      of(functionals?.deviation[d] ?? NaN, direct.deviation[d]!);
    });
  });

  it('add up, however the recordings come', () => {
    const [first, second, third] = ann.map((own) => ownMoments(own, F, true));
    const steps = joinMoments([joinMoments([first!, second!]), third!]);
    const whole = moments(ann);
    expect(steps.recordings).toBe(3);
    expect(steps.frameCount).toBe(137);
    whole.frames.square.forEach((x, d) => of(steps.frames.square[d]! / x, 1));
    whole.functionals?.mean.forEach((x, d) => of(steps.functionals?.mean[d] ?? NaN, x));
    expect(functionalsIn(first!)).toEqual(functionalsOf(ann[0]!, F));
    expect(joinMoments([momentsOfRecording(ann[0]!, F), second!]).functionals).toBeUndefined();
  });
});

describe('a prior', () => {
  const prior = priorOf([moments(ann), moments(bob)], 2);

  it('is the mean of the speakers, not of their recordings', () => {
    const [a, b] = [moments(ann), moments(bob)];
    prior.frames.mean.forEach((x, d) => of(x, (a.frames.mean[d]! + b.frames.mean[d]!) / 2));
    prior.frames.square.forEach((x, d) =>
      of(x / ((a.frames.square[d]! + b.frames.square[d]!) / 2), 1),
    );
    expect(prior.kappa).toBe(2);
  });

  it('draws first and second moments alike, by n and kappa', () => {
    const own = moments(bob);
    const { frames, functionals } = statisticsOfSpeaker(own, prior);
    for (const [got, m, m0] of [
      [frames, own.frames, prior.frames],
      [functionals, own.functionals, prior.functionals],
    ] as const) {
      m?.mean.forEach((mean, d) => {
        const first = (2 * mean + 2 * m0!.mean[d]!) / 4;
        const second = (2 * m.square[d]! + 2 * m0!.square[d]!) / 4;
        of(got?.mean[d] ?? NaN, first);
        const variance = Math.max(0, second - first ** 2);
        expect(Math.abs(got!.deviation[d]! ** 2 - variance)).toBeLessThan(1e-9 * second + 1e-30);
      });
    }
    expect(frames.deviation[3]).toBe(0); // constant for everybody
  });

  it('stands alone where nothing is known, and gives way as recordings come', () => {
    const nothing = statisticsOfSpeaker(undefined, prior).frames;
    prior.frames.mean.forEach((x, d) => expect(nothing.mean[d]).toBe(x));
    const far = (n: number): number => {
      const known = { ...moments(bob), recordings: n };
      return Math.abs(
        statisticsOfSpeaker(known, prior).frames.mean[0]! - moments(bob).frames.mean[0]!,
      );
    };
    expect(far(1)).toBeGreaterThan(far(10));
    of(far(10) / far(1), 3 / 12);
    const exact = statisticsOfSpeaker(moments(bob), { ...prior, kappa: 0 }).frames;
    expect(exact).toEqual(statisticsOfSpeaker(moments(bob)).frames);
    expect(statisticsOfSpeaker(undefined, { ...prior, kappa: 0 }).frames).toEqual(nothing);
    expect(() => statisticsOfSpeaker(undefined)).toThrow(RangeError);
  });

  it('normalises a single recording to finite values, functionals too', () => {
    const normalisation = { scope: 'speaker', prior } as const;
    const ready = normalisedFor(normalisation, [bob[0]!], F);
    const [features] = ready.features;
    const [functionals] = ready.functionals ?? [];
    expect(ready.speakerRecordings).toEqual([1]);
    expect(features?.every(Number.isFinite)).toBe(true);
    expect(functionals).toHaveLength(8 * F + 1);
    const statistics = statisticsOfSpeaker(ownMoments(bob[0]!, F, true), prior);
    expect(features).toEqual(applyStatistics(bob[0]!, statistics.frames));
    expect(features?.some((x) => Math.abs(x) > 0.5)).toBe(true);
    // the minimum of a constant feature is the same for everybody
    expect(functionals?.[2 * F + 3]).toBe(0);
  });

  it('is what normaliseAll takes for each of its speakers', () => {
    const normalisation = { scope: 'speaker', prior } as const;
    const raw = [ann[0]!, bob[0]!, ann[1]!, ann[2]!, bob[1]!];
    const names = ['a', 'b', 'a', 'a', 'b'];
    const got = normaliseAll(normalisation, raw, names, { dimensions: F });
    const [a, b] = [ann, bob].map((own) => statisticsOfSpeaker(moments(own), prior).frames);
    raw.forEach((own, i) => {
      expect(got[i]).toEqual(applyStatistics(own, (names[i] === 'a' ? a : b)!));
    });
  });
});
