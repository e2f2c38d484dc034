import { describe, expect, it } from 'vitest';
import { acrossOf } from '../../src/experiments/across.js';
import type { Collected } from '../../src/experiments/collect.js';
import { jobsOf } from '../../src/experiments/jobs.js';
import { parseProtocol } from '../../src/experiments/protocol.js';
import type { JobResult } from '../../src/experiments/result.js';
import { compare } from '../../src/experiments/statistics.js';
import { acrossMarkdown, acrossText } from '../../src/report/experiment/across.js';

const labels = ['anger', 'joy'];

/** Recordings of a speaker that a cell gets right, of five angry and five joyful ones each. */
type Right = (cell: string, speaker: string, seed: number) => readonly [number, number];

function experimentOf(
  corpus: string,
  folder: string,
  folds: readonly (readonly string[])[],
  right: Right,
  cells: readonly object[] = [{ name: 'a' }, { name: 'b' }],
): Collected {
  const protocol = parseProtocol(
    {
      format: 'alstm-protocol-1',
      name: folder,
      corpus: { format: 'manifest' },
      split: { kind: 'leave-one-speaker-out' },
      cells,
      seeds: [0, 1],
    },
    'p.json',
  );
  const jobs = jobsOf(
    protocol,
    folds.map((testSpeakers) => ({ name: testSpeakers.join('+'), testSpeakers })),
  );
  const done = jobs.map((job) => ({
    job,
    run: '',
    result: {
      labels,
      cell: job.cell.name,
      predictions: job.fold.testSpeakers.flatMap((speaker) =>
        [0, 1].flatMap((truth) =>
          [0, 1, 2, 3, 4].map((i) => {
            const correct = i < right(job.cell.name, speaker, job.seed)[truth]!;
            const anger = (truth === 0) === correct ? 0.8 : 0.3;
            return { path: `${speaker}${truth}${i}`, speaker, truth, scores: [anger, 1 - anger] };
          }),
        ),
      ),
    } as unknown as JobResult,
  }));
  const speaker = Object.fromEntries(folds.flat().map((name) => [name, 10]));
  const data = { corpus, speaker } as unknown as Collected['data'];
  return { folders: [folder], protocol, hash: folder, data, jobs, done };
}

const one = experimentOf('emodb', 'e1', [['03', '08'], ['09'], ['10']], (cell, speaker, seed) =>
  cell === 'a' ? [3, 2] : [speaker === '03' ? 5 : 4, 2 + seed],
);
const two = experimentOf('nemo', 'e2', [['EB'], ['KS'], ['MP']], (cell, speaker) =>
  cell === 'a' ? [5, 5] : [speaker === 'MP' ? 4 : 5, 5],
);

describe('experiments on several corpora', () => {
  it('are compared speaker by speaker, whatever the folds', () => {
    const report = acrossOf([one, two]);
    expect(report.corpora).toEqual([
      { name: 'emodb', folders: ['e1'] },
      { name: 'nemo', folders: ['e2'] },
    ]);
    const a = report.cells.find(({ name }) => name === 'a');
    expect(a).toMatchObject({ speakers: 7, ensemble: false, byCorpus: { emodb: 0.5, nemo: 1 } });
    expect(a?.uar.mean).toBeCloseTo((4 * 0.5 + 3 * 1) / 7, 12);
    // b minus a by hand; in emodb the mean over both seeds
    const differences = [0.25, 0.15, 0.15, 0.15, 0, 0, -0.1];
    const strata = [...new Array<string>(4).fill('x'), ...new Array<string>(3).fill('y')];
    const zero = differences.map(() => 0);
    const expected = compare(differences, zero, 0, strata);
    const found = report.comparisons.find(({ cell }) => cell === 'b')!;
    expect(found).toMatchObject({ baseline: 'a', units: 7 });
    expect(found.difference).toBeCloseTo(0.6 / 7, 12);
    expect(found.p).toBe(expected.p);
    found.interval?.forEach((end, i) => expect(end).toBeCloseTo(expected.interval![i]!, 12));
    expect(found.byCorpus['emodb']).toBeCloseTo(0.175, 12);
    expect(found.byCorpus['nemo']).toBeCloseTo(-0.1 / 3, 12);
  });

  it('of one format are distinguished by their speakers', () => {
    const other = { ...two, data: { ...two.data, corpus: 'emodb' } };
    const report = acrossOf([one, other]);
    expect(report.corpora.map(({ name }) => name)).toEqual(['emodb (e1)', 'emodb (e2)']);
  });

  it('compare what all corpora have, and ensembles with the support vector classifier', () => {
    const cells = [{ name: 'a' }, { name: 'svm', svm: {} }];
    const right: Right = () => [4, 4];
    const with1 = experimentOf('emodb', 'e1', [['03'], ['08']], right, [...cells, { name: 'c' }]);
    const with2 = experimentOf('nemo', 'e2', [['EB'], ['KS'], ['MP']], right, cells);
    const report = acrossOf([with1, with2]);
    expect(report.cells.map(({ name }) => name)).toEqual(['a', 'svm', 'a × 2 seeds']);
    expect(report.comparisons.map(({ cell, baseline }) => `${cell} - ${baseline}`)).toEqual([
      'svm - a',
      'a × 2 seeds - svm',
    ]);
  });

  it('are refused with the same cell of the same corpus twice, or fewer than two in common', () => {
    const again = { ...one, folders: ['e3'] };
    expect(() => acrossOf([one, again])).toThrow('e1 and e3 both have the cell a on emodb');
    const strange = experimentOf('nemo', 'e2', [['EB']], () => [5, 5], [
      { name: 'a' },
      { name: 'x' },
    ]);
    expect(() => acrossOf([one, strange])).toThrow('emodb, nemo have one cell in common');
  });

  it('are one table of text, and of Markdown', () => {
    const report = acrossOf([one, two]);
    expect(acrossText(report)).toMatch(
      /^b +a +7 +\+8\.6 \(\+[\d.]+ to \+[\d.]+\) +0\.\d{3} +\+17\.5 +−3\.3$/m,
    );
    const rows = acrossMarkdown(report)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(rows.map((row) => row.split('|').length - 2)).toEqual([5, 5, 5, 5, 5, 5, 7, 7, 7]);
  });
});
