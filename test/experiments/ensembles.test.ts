import { describe, expect, it } from 'vitest';
import { besidesCells } from '../../src/experiments/besides.js';
import { ensemblesOf } from '../../src/experiments/ensembles.js';
import { jobsOf } from '../../src/experiments/jobs.js';
import { parseProtocol, protocolHash } from '../../src/experiments/protocol.js';
import type { JobResult } from '../../src/experiments/result.js';
import { cellScores, type DoneJob } from '../../src/experiments/scores.js';
import { svmSentences } from '../../src/report/experiment/words.js';
import type { CellReport, ExperimentReport } from '../../src/report/experiment/types.js';

const labels = ['anger', 'joy'];
const folds = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name, testSpeakers: [name] }));
const json = {
  format: 'alstm-protocol-1',
  name: 'ensembles',
  corpus: { format: 'manifest' },
  split: { kind: 'leave-one-speaker-out' },
  cells: [{ name: 'net' }, { name: 'svm', svm: {} }],
  seeds: [0, 1],
  report: { combine: [['net', 'svm']], prior: { anger: 1, joy: 1 } },
};
const protocol = parseProtocol(json, 'p.json');

/** Probability of anger of an angry and of a joyful recording. */
const answers: Record<string, readonly [number, number]> = {
  'net 0': [0.9, 0.7], // the second is wrong
  'net 1': [0.45, 0.2], // the first is wrong
  'svm 0': [0.6, 0.65], // the second is wrong
};

function doneOf(skip = ''): DoneJob[] {
  return jobsOf(protocol, folds)
    .filter((job) => `${job.cell.name} ${job.fold.name} ${job.seed}` !== skip)
    .map((job) => {
      const angry = answers[`${job.cell.name} ${job.seed}`]!;
      const predictions = angry.map((p, truth) => ({
        path: `${job.fold.name}-${truth}.wav`,
        speaker: job.fold.name,
        truth,
        scores: [p, 1 - p],
      }));
      // in another order each time: utterances are matched by path
      if (job.seed === 1) predictions.reverse();
      return { job, result: { labels, predictions, cell: job.cell.name } as unknown as JobResult };
    });
}

describe('the ensembles of an experiment', () => {
  it('average the probabilities of the seeds, and of the cells that are to be combined', () => {
    const found = ensemblesOf(protocol, doneOf());
    expect(found.map(({ name, models, done }) => [name, models, done.length])).toEqual([
      ['net × 2 seeds', 2, 6],
      ['net + svm', 2, 12],
      ['net × 2 seeds + svm', 3, 6],
    ]);
    const angerOf = (i: number, k: number) =>
      found[i]!.done[k]!.result.predictions.toSorted((a, b) => a.truth - b.truth).map(
        ({ scores: [p = NaN] }) => Number(p.toFixed(6)),
      );
    expect(angerOf(0, 0)).toEqual([0.675, 0.45]);
    expect(angerOf(1, 0)).toEqual([0.75, 0.675]); // seed 0 and svm
    expect(angerOf(1, 1)).toEqual([0.525, 0.425]); // seed 1 and the same svm
    expect(angerOf(2, 0)).toEqual([0.6375, 0.55]); // the cells weigh alike
    expect(found[1]!.done.map(({ job }) => job.seed).slice(0, 2)).toEqual([0, 1]);
  });

  it('leave out a fold in which a model is missing', () => {
    const found = ensemblesOf(protocol, doneOf('net b 1'));
    const foldsOf = (i: number) => found[i]!.done.map(({ job }) => job.fold.name).join('');
    expect([foldsOf(0), foldsOf(1), foldsOf(2)]).toEqual(['acdef', 'aabccddeeff', 'acdef']);
  });

  it('are refused where the models were not tested alike', () => {
    const done = doneOf().map((one) =>
      one.job.seed === 1
        ? { ...one, result: { ...one.result, predictions: one.result.predictions.slice(1) } }
        : one,
    );
    expect(() => ensemblesOf(protocol, done)).toThrow('are not of the same recordings');
  });
});

describe('the report beside the cells', () => {
  const done = doneOf();
  const cells = ['net', 'svm'].map((name) => ({
    name,
    ...cellScores(
      done.filter(({ job }) => job.cell.name === name),
      labels,
      'speaker',
    ),
  })) as unknown as CellReport[];
  const found = besidesCells(protocol, { speaker: {}, folds }, cells, done, labels, 'speaker');

  it('says plainly where the support vector classifier is beaten', () => {
    const sentences = svmSentences({ cells, ...found } as unknown as ExperimentReport);
    expect(sentences).toEqual([
      'The support vector classifier svm has a UAR of 50.0\u00a0%.',
      'net does not beat it: ±0.0 points (±0.0 to ±0.0).',
      'net × 2 seeds beats it: +50.0 points (+50.0 to +50.0).',
      'net + svm beats it: +25.0 points (+25.0 to +25.0).',
      'net × 2 seeds + svm does not beat it: ±0.0 points (±0.0 to ±0.0).',
    ]);
  });

  it('has the scores with a prior correction apart, and the scores themselves without', () => {
    const { prior } = found;
    expect(prior?.shares).toEqual({ anger: 0.5, joy: 0.5 });
    const uar = Object.fromEntries(prior!.rows.map(({ name, scores }) => [name, scores.uar.mean]));
    // the order of the two recordings decides: right for the net, wrong for the svm
    expect(uar).toMatchObject({ net: 1, svm: 0, 'net × 2 seeds': 1 });
    expect(cells[0]?.scores.uar.mean).toBe(0.5);
  });

  it('changes nothing of what the runs depend on', async () => {
    const rest = JSON.parse(JSON.stringify({ ...json, report: undefined })) as unknown;
    expect(await protocolHash(parseProtocol(rest, 'p'))).toBe(await protocolHash(protocol));
  });

  it.each([
    [[['net', 'other']], 'combine names the cell "other", which there is not'],
    [[['net']], 'combine names net, expected two cells or more'],
    [[['net', 'net']], 'combine names net, net, expected two'],
  ])('refuses to combine %j', (combine, message) => {
    expect(() => parseProtocol({ ...json, report: { combine } }, 'p.json')).toThrow(message);
  });
});
