import { beforeAll, describe, expect, it } from 'vitest';
import { cellData, loadExperimentData } from '../../../src/experiments/experiment-data.js';
import { collect, reportOf } from '../../../src/experiments/collect.js';
import { parseProtocol, type Protocol } from '../../../src/experiments/protocol.js';
import { runExperiment, type ExperimentOptions } from '../../../src/experiments/run-experiment.js';
import { readResult } from '../../../src/experiments/result.js';
import { standardisedBySpeaker } from '../../../src/experiments/svm/standardise.js';
import { scores } from '../../../src/metrics/metrics.js';
import { confusionOf } from '../../../src/experiments/scores.js';
import { loadLibsvm } from '../../../src/platform/node/libsvm.js';
import { MemoryFiles } from '../../support/memory-files.js';
import { corpusFiles } from '../../data/corpus-files.js';

const json = {
  format: 'alstm-protocol-1',
  name: 'svm',
  corpus: { format: 'manifest' },
  split: { kind: 'leave-one-speaker-out' },
  normalise: 'speaker',
  cells: [{ name: 'svm', svm: {} }],
  seeds: [4, 5],
};

const noDevice = (): Promise<never> => Promise.reject(new Error('a device was opened'));

async function run(own: MemoryFiles, protocol: Protocol, more: Partial<ExperimentOptions> = {}) {
  const data = await loadExperimentData(own, protocol, 'manifest.csv', {});
  const device = { engine: noDevice, reopen: noDevice };
  return runExperiment({
    ...device,
    svm: loadLibsvm,
    files: own,
    out: 'e',
    protocol,
    data,
    ...more,
  });
}

describe('the cell svm', () => {
  let files: MemoryFiles;
  const protocol = parseProtocol(json, 'p.json');

  beforeAll(async () => {
    files = new MemoryFiles(corpusFiles(8));
    const told = await run(files, protocol);
    // one job a fold, whatever the seeds, and no device
    expect(told).toEqual({ done: 3, total: 3, failed: [], interrupted: false });
  });

  it('recognises the two emotions of a made-up corpus in voices it has not heard', async () => {
    for (const speaker of ['ann', 'bob', 'cid']) {
      const result = await readResult(files, `e/runs/svm/${speaker}/seed-4`);
      expect(result).toMatchObject({ labels: ['anger', 'sadness'], cell: 'svm', fold: speaker });
      expect(result?.predictions.map((p) => p.speaker)).toEqual(new Array(8).fill(speaker));
      expect(scores(confusionOf(result!)).uar).toBeGreaterThan(0.9);
      expect(result?.settings).toMatchObject({ features: 'prosody36', functionals: 289, C: 2 });
    }
  });

  it('is reported on like any other', async () => {
    const report = await reportOf(files, await collect(files, ['e']), 'today');
    expect(report.missing).toEqual([]);
    expect(report.cells[0]).toMatchObject({ name: 'svm', runs: 3, curves: [] });
    expect(report.cells[0]?.scores.uar.mean).toBeGreaterThan(0.9);
  });

  it('takes C and gamma from its protocol', async () => {
    const own = new MemoryFiles(corpusFiles(8));
    const cells = [{ name: 'svm', svm: { c: 0.5, gamma: 0.01 } }];
    await run(own, parseProtocol({ ...json, cells }, 'p.json'), { folds: ['bob'] });
    const result = await readResult(own, 'e/runs/svm/bob/seed-4');
    expect(result?.settings).toMatchObject({ C: 0.5, gamma: 0.01 });
    const before = await readResult(files, 'e/runs/svm/bob/seed-4');
    expect(result?.predictions).not.toEqual(before?.predictions);
  });

  it('scales by the training set alone where the protocol does not normalise by speaker', async () => {
    const own = new MemoryFiles(corpusFiles(8));
    const byTraining = parseProtocol({ ...json, normalise: 'training' }, 'p.json');
    await run(own, byTraining, { folds: ['ann'] });
    const result = await readResult(own, 'e/runs/svm/ann/seed-4');
    expect(result?.settings).toMatchObject({ normalisation: 'training' });
  });

  it('is refused plainly without a solver', async () => {
    const told = await run(new MemoryFiles(corpusFiles(8)), protocol, { svm: undefined });
    expect(told.done).toBe(0);
    expect(told.failed[0]?.reason).toBe(
      'the cell svm is a support vector classifier, but no solver was given',
    );
  });

  it('shares features in memory with the cells that want the same', async () => {
    const cells = [
      { name: 'svm', svm: {} },
      { name: 'by speaker', settings: { model: { recurrent: { cell: 'lstm' } } } },
      { name: 'by utterance', settings: { features: { normalise: 'utterance' } } },
      { name: 'by training set', settings: { features: { normalise: 'training' } } },
    ];
    const several = parseProtocol({ ...json, cells }, 'p.json');
    const data = await loadExperimentData(files, several, 'manifest.csv', {});
    const [svm, speaker, utterance, training] = several.cells.map((cell) => cellData(data, cell));
    expect(speaker?.items).toBe(svm?.items);
    expect(training?.items).toBe(svm?.items);
    expect(utterance?.items).not.toBe(svm?.items);
    expect(utterance?.source.normalise).toBeUndefined(); // the default
    expect(training?.source.normalise).toBe('training');
    const alone = await loadExperimentData(files, protocol, 'manifest.csv', {});
    expect(data.summary).toEqual(alone.summary);
  });
});

describe('functionals by speaker', () => {
  it('have mean 0 and variance 1 for each, and 0 where they do not vary', () => {
    const rows = [
      [1, 5],
      [3, 5],
      [10, 5],
      [30, 6],
    ].map((row) => Float64Array.from(row));
    expect(standardisedBySpeaker(rows, ['a', 'a', 'b', 'b']).map((row) => [...row])).toEqual([
      [-1, 0],
      [1, 0],
      [-1, -1],
      [1, 1],
    ]);
  });
});
