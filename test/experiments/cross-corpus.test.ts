import { beforeAll, describe, expect, it } from 'vitest';
import { collect, reportOf } from '../../src/experiments/collect.js';
import { loadExperimentData } from '../../src/experiments/experiment-data.js';
import { parseProtocol } from '../../src/experiments/protocol.js';
import { readResult } from '../../src/experiments/result.js';
import { runExperiment } from '../../src/experiments/run-experiment.js';
import { foldsOf } from '../../src/experiments/split-rule.js';
import { loadLibsvm } from '../../src/platform/node/libsvm.js';
import { renderExperiment } from '../../src/report/experiment/report.js';
import { experimentMarkdown } from '../../src/report/experiment/text.js';
import { MemoryFiles } from '../support/memory-files.js';
import { corpusFiles } from '../data/corpus-files.js';

const protocol = parseProtocol(
  {
    format: 'alstm-protocol-1',
    name: 'two corpora',
    corpus: {
      format: 'manifest+manifest-2',
      corpora: [{ corpus: 'manifest' }, { corpus: 'manifest' }],
    },
    split: { kind: 'train-on-one-corpus' },
    settings: { features: { normalise: 'speaker' } },
    cells: [{ name: 'svm', svm: {} }],
    seeds: [0],
  },
  'p.json',
);

describe('a split by corpus', () => {
  const utterances = ['a/1', 'a/2', 'b/1', 'c/1'].map((speaker) => ({
    path: speaker,
    labels: { emotion: 'joy', speaker },
    corpus: speaker[0]!,
  }));

  it('leaves each corpus out once', () => {
    expect(foldsOf({ kind: 'leave-one-corpus-out' }, utterances)).toEqual([
      { name: 'a', testSpeakers: ['a/1', 'a/2'] },
      { name: 'b', testSpeakers: ['b/1'] },
      { name: 'c', testSpeakers: ['c/1'] },
    ]);
  });

  it('trains on each alone', () => {
    expect(foldsOf({ kind: 'train-on-one-corpus' }, utterances)[1]).toEqual({
      name: 'b',
      testSpeakers: ['a/1', 'a/2', 'c/1'],
      trainSpeakers: ['b/1'],
    });
  });

  it('needs two corpora', () => {
    const one = utterances.map(({ path, labels }) => ({ path, labels }));
    expect(() => foldsOf({ kind: 'leave-one-corpus-out' }, one)).toThrow('needs two or more');
  });
});

describe('an experiment on two corpora', () => {
  let files: MemoryFiles;

  beforeAll(async () => {
    const one = Object.entries(corpusFiles(6));
    const two = Object.entries(corpusFiles(8));
    files = new MemoryFiles({
      ...Object.fromEntries(one.map(([path, content]) => [`one/${path}`, content])),
      ...Object.fromEntries(two.map(([path, content]) => [`two/${path}`, content])),
    });
    const data = await loadExperimentData(files, protocol, ['one', 'two'], {});
    const noDevice = (): Promise<never> => Promise.reject(new Error('a device was opened'));
    const device = { engine: noDevice, reopen: noDevice, svm: loadLibsvm };
    const told = await runExperiment({ ...device, files, out: 'e', protocol, data });
    expect(told).toMatchObject({ done: 2, failed: [] });
  });

  it('tests on the speakers of the other corpus', async () => {
    const result = await readResult(files, 'e/runs/svm/manifest/seed-0');
    const speakers = new Set(result?.predictions.map(({ speaker }) => speaker));
    expect([...speakers]).toEqual(['manifest-2/ann', 'manifest-2/bob', 'manifest-2/cid']);
  });

  it('has a table of what was trained on and what was tested on', async () => {
    const report = await reportOf(files, await collect(files, ['e']), 'today');
    expect(
      report.crossCorpus?.rows.map(({ trainedOn, testedOn }) => [trainedOn, testedOn]),
    ).toEqual([
      ['manifest', 'manifest-2'],
      ['manifest-2', 'manifest'],
    ]);
    for (const { models } of report.crossCorpus?.rows ?? []) {
      expect(models).toMatchObject([{ name: 'svm', speakers: 3 }]);
      expect(models[0]!.uar.mean).toBeGreaterThan(0.8);
    }
    expect(experimentMarkdown(report)).toMatch(/^\| manifest \| manifest-2 \| 3 \| [\d.]+/m);
    expect(renderExperiment(report)).toContain('UAR by corpus');
  });
});
