import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/core/config.js';
import type { FeatureRows } from '../../src/features/rows.js';
import type { Evaluation } from '../../src/metrics/metrics.js';
import type { Answer } from '../../src/inference/answer-sums.js';
import type { FrameBatch } from '../../src/session/types.js';
import { datasetOf } from '../../src/data/dataset.js';
import { labelledOf, score } from '../../src/scoring/score.js';
import { decidingHead, validate } from '../../src/scoring/validation.js';

const heads = [
  { task: 'gender', classes: 2, hidden: 0, weight: 0.5 },
  { task: 'emotion', classes: 3, hidden: 0, weight: 2, class_weights: [1, 3, 1] },
  { task: 'speaker', classes: 2, hidden: 0, weight: 7 },
];
const model = { heads } as unknown as ModelConfig;
const labels = { gender: ['f', 'm'], emotion: ['a', 'b', 'c'] };
const utterances = [
  { path: '0.wav', labels: { gender: 'f', emotion: 'b' } },
  { path: '1.wav', labels: { gender: 'm' } },
  { path: '2.wav', labels: { gender: 'm', emotion: 'a' } },
  { path: '3.wav', labels: { emotion: 'c' } },
];
const frames = [3, 1, 2, 4];
const dataset = datasetOf(
  utterances,
  frames.map((T, i) => ({ normalised: new Float32Array(36 * T).fill(i), seconds: 1 })),
  labels,
);

/** By utterance, of each head. */
const logits = [
  [
    [2, 0],
    [0, 1, 0],
    [5, 5],
  ],
  [
    [1, 0],
    [9, 0, 0],
    [5, 5],
  ],
  [
    [0, 3],
    [0, 2, 1],
    [5, 5],
  ],
  [
    [0, 0],
    [0, 0, 4],
    [5, 5],
  ],
];

const softmax = (x: readonly number[]): number[] => {
  const total = x.reduce((sum, v) => sum + Math.exp(v), 0);
  return x.map((v) => Math.exp(v) / total);
};
const lossOf = (row: number, head: number, target: number): number =>
  -Math.log(softmax(logits[row]![head]!)[target]!);

/** Answers as the logits have them, which knows utterances by their features. */
async function ask({ lengths, read }: FeatureRows): Promise<Answer[]> {
  const features = await read([...Array.from(lengths).keys()]);
  return features.map((matrix) => ({
    logits: logits[matrix[0]!]!.map((own) => Float64Array.from(own)),
    probabilities: logits[matrix[0]!]!.map((own) => Float64Array.from(softmax(own))),
    attention: new Float32Array(),
  }));
}

describe('score', () => {
  it('gives the loss and the scores of every head, from the same answers', async () => {
    const { total, heads: found, answers } = await score(model, dataset, ask, { labels });
    const gender = (lossOf(0, 0, 0) + lossOf(1, 0, 1) + lossOf(2, 0, 1)) / 3;
    const emotion = (3 * lossOf(0, 1, 1) + lossOf(2, 1, 0) + lossOf(3, 1, 2)) / 5;
    expect(found['gender']?.loss).toBeCloseTo(gender, 12);
    expect(found['emotion']?.loss).toBeCloseTo(emotion, 12);
    expect(total).toBeCloseTo(0.5 * gender + 2 * emotion, 12);
    expect(found['gender']?.evaluation).toMatchObject({
      confusion: [
        [1, 0],
        [1, 1],
      ],
      labels: ['f', 'm'],
      utterances: 3,
    });
    expect(found['emotion']?.evaluation).toMatchObject({
      confusion: [
        [0, 1, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      accuracy: 2 / 3,
    });
    expect(answers).toHaveLength(4);
  });

  it('of a head without labels has a loss of 0 and no scores', async () => {
    expect((await score(model, dataset, ask)).heads['speaker']).toEqual({ loss: 0 });
  });

  it('asks about the rows that are wanted alone', async () => {
    const asked: number[][] = [];
    const rows = labelledOf(dataset, heads[1]!);
    expect(rows).toEqual([0, 2, 3]);
    const { heads: found } = await score(
      model,
      dataset,
      (own) => {
        asked.push(Array.from(own.lengths));
        return ask(own);
      },
      { rows },
    );
    expect(asked).toEqual([[3, 2, 4]]);
    expect(found['gender']?.evaluation).toMatchObject({ utterances: 2, labels: ['0', '1'] });
    expect(found['gender']?.loss).toBeCloseTo((lossOf(0, 0, 0) + lossOf(2, 0, 1)) / 2, 12);
  });

  it('is NaN where an answer is not finite', async () => {
    const bad = async (rows: FeatureRows): Promise<Answer[]> => {
      const answers = await ask(rows);
      answers[1]!.logits[0]![1] = Infinity;
      return answers;
    };
    const { total, heads: found } = await score(model, dataset, bad);
    expect(total).toBeNaN();
    expect(found).toEqual({
      gender: { loss: NaN },
      emotion: { loss: NaN },
      speaker: { loss: NaN },
    });
  });
});

describe('validate', () => {
  const predict = ({ features, lengths }: FrameBatch) => {
    let at = 0;
    const rows = Array.from(lengths, (T) => features[36 * ((at += T) - T)]!);
    const of = (make: (own: number[]) => number[]) =>
      Object.fromEntries(
        heads.map(({ task }, h) => [
          task,
          Float32Array.from(rows.flatMap((row) => make(logits[row]![h]!))),
        ]),
      );
    return Promise.resolve({
      logits: of((own) => own),
      probabilities: of(softmax),
      attention: [],
      pooled: new Float32Array(),
    });
  };

  it('reports all losses, and the scores of the head that decides', async () => {
    expect(decidingHead(model).task).toBe('emotion');
    const given = { ...dataset, normalisation: { scope: 'speaker' } as const };
    const found = await validate(model, given, predict, { windows: 2, frames: 5 });
    const { total, heads: scores } = await score(model, dataset, ask);
    const { accuracy, maf, uar } = scores['emotion']!.evaluation as Evaluation;
    expect(found).toEqual({
      total: expect.closeTo(total, 6) as number,
      tasks: {
        gender: expect.closeTo(scores['gender']!.loss, 6) as number,
        emotion: expect.closeTo(scores['emotion']!.loss, 6) as number,
        speaker: 0,
      },
      ...{ accuracy, maf, uar },
    });
  });

  it('refuses a dataset without a label of it', async () => {
    const targets = { emotion: new Int32Array(4).fill(-1) };
    const given = { ...dataset, targets, normalisation: { scope: 'speaker' } as const };
    await expect(validate(model, given, predict)).rejects.toThrow('no utterance has a label');
  });
});
