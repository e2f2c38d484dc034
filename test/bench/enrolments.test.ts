import { expect, it } from 'vitest';
import {
  atHand,
  enrolmentTable,
  measureEnrolment,
  answersBy,
  type Tested,
  type TestRecording,
} from '../../bench/enrolments.js';
import { largest } from '../../src/metrics/metrics.js';
import { Random } from '../../src/core/random.js';
import { joinMoments, ownMoments, priorOf } from '../../src/features/speaker-moments.js';

const random = new Random(2, 'enrolments');

/** One feature: the voice's own level, plus 1 for class 1 and minus 1 for class 0, and noise. */
function recording(speaker: string, level: number, truth: number): TestRecording {
  const raw = Float32Array.from(
    { length: 20 },
    () => level + (truth === 1 ? 1 : -1) + 0.1 * random.normal(),
  );
  const moments = ownMoments(raw, 1, false);
  return { speaker, truth, frames: 20, moments, read: () => Promise.resolve(raw) };
}

const voice = (speaker: string, level: number) =>
  Array.from({ length: 20 }, (_, i) => recording(speaker, level, i % 2));
const recordings = [...voice('ann', 6), ...voice('bob', -6)];
const momentsOf = (own: readonly TestRecording[]) => joinMoments(own.map(({ moments }) => moments));

/** Says class 1 for features above the speaker's mean. */
const tested: Tested = {
  prior: priorOf([momentsOf(voice('dan', 0)), momentsOf(voice('eve', 0.5))], 1),
  recordings,
  ask: async (rows) => {
    const read = await rows.read([...recordings.keys()]);
    return read.map((features) => {
      const mean = features.reduce((sum, x) => sum + x, 0) / features.length;
      return mean > 0 ? [0, 1] : [1, 0];
    });
  },
};

it('is as good as chance where nothing is known of the voice, and right where all is', async () => {
  const measured = await measureEnrolment([tested], [0, 1, 10, 'all'], [0.3, 10], 3, 2);
  const uar = (known: unknown, kappa: number) =>
    measured.find((own) => own.known === known && own.kappa === kappa)?.uar;
  expect(uar(0, 0.3)).toEqual([0.5]);
  expect(uar('all', 0.3)).toEqual([1]);
  expect(uar(1, 10)).toHaveLength(3);
  const mean = (values: readonly number[] = []) =>
    values.reduce((sum, x) => sum + x, 0) / values.length;
  expect(mean(uar(10, 0.3))).toBeGreaterThan(mean(uar(10, 10)));
  expect(enrolmentTable(measured)).toMatch(
    /^\| recordings at hand \| κ = 0.3 \| κ = 10 \|\n\| --- \| ---: \| ---: \|\n\| none: m₀ alone \| 0.500 \| 0.500 \|\n\| 1 \| 0\.\d{3} ± 0\.\d{3} \|/,
  );
});

it('draws by seed, each speaker apart, more including less', () => {
  const at = (known: number, draw: number) => atHand(recordings, known, draw);
  expect(at(3, 1)).toEqual(at(3, 1));
  expect(at(3, 1)).not.toEqual(at(3, 2));
  const three = at(3, 1)!;
  expect(three.map(({ recordings: n }) => n)).toEqual(recordings.map(() => 3));
  expect(three[0]!.frames.mean[0]).toBeGreaterThan(3);
  expect(three.at(-1)!.frames.mean[0]).toBeLessThan(-3);
  const [one, two] = [at(1, 1)![0]!, at(2, 1)![0]!];
  const second = 2 * two.frames.mean[0]! - one.frames.mean[0]!;
  const own = recordings.map(({ moments }) => moments.frames.mean[0]!);
  expect(own.some((mean) => Math.abs(mean - second) < 1e-9)).toBe(true);
  expect(at(0, 1)).toBeUndefined();
});

it('normalises a recording by itself alone', async () => {
  const all = await answersBy(tested, 'itself', 0, 0);
  // its own mean is 0 then, so that noise decides
  const counts = all.filter((own, i) => largest(own) === recordings[i]!.truth).length;
  expect(counts).toBeLessThan(recordings.length);
});
