import { Random } from '../../src/core/random.js';
import type { Utterance } from '../../src/corpora/corpus.js';
import { labelSets } from '../../src/corpora/labels.js';
import { FEATURE_COUNT } from '../../src/features/sets/prosody36/settings.js';
import { datasetOf } from '../../src/data/dataset.js';
import type { RunData } from '../../src/data/source.js';
import type { RunSettings } from '../../src/runs/settings.js';

const emotions = ['anger', 'neutral', 'sadness'];
const speakers = ['ann', 'bob'];

/** Features of 20 to 40 frames: noise, and a mean over the frames that tells the emotion. */
function features(random: Random, emotion: number): Float32Array {
  const frames = 20 + random.integer(21);
  return Float32Array.from(
    { length: frames * FEATURE_COUNT },
    (_, i) => random.normal() + (i % 3 === emotion ? 0.6 : -0.3),
  );
}

/** Training and validation utterances that a tiny model learns to tell apart in a few epochs. */
export function syntheticData(training = 13, validation = 6, seed = 1): RunData {
  const random = new Random(seed, 'synthetic');
  const make = (side: string, count: number) =>
    Array.from({ length: count }, (_, i) => {
      const [emotion, speaker] = [i % emotions.length, i % speakers.length];
      const labels: Record<string, string> = { speaker: speakers[speaker] ?? '' };
      if (i % 7 !== 6) labels['emotion'] = emotions[emotion] ?? ''; // some are unlabelled
      const utterance: Utterance = { path: `${side}/${i}.wav`, labels };
      const normalised = features(random, emotion);
      return { utterance, item: { normalised, seconds: normalised.length / 3600 } };
    });
  const sides = [make('training', training), make('validation', validation)] as const;
  const labels = labelSets(sides[0].map(({ utterance }) => utterance));
  const [first, second] = sides.map((side) =>
    datasetOf(
      side.map(({ utterance }) => utterance),
      side.map(({ item }) => item),
      labels,
    ),
  );
  if (first === undefined || second === undefined) throw new Error('two sides');
  return { labels, training: first, validation: second };
}

/** A model of 8 units with everything on that draws random bits, in batches of 3. */
export const tinySettings: RunSettings = {
  preset: 'alstm-1',
  model: {
    frontend: { units: 8 },
    recurrent: { units: 8, offsets: [3, 1], period: 3 },
    heads: [
      { task: 'emotion', hidden: 8 },
      { task: 'speaker', hidden: 0 },
    ],
    dropout: 0.25,
  },
  training: { epochs: 3, batch: 3, learningRate: 0.01, patience: 0 },
};
