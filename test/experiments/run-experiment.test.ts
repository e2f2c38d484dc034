import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CorpusError, UsageError } from '../../src/core/errors.js';
import { unfinishedName } from '../../src/core/files.js';
import { labelSets } from '../../src/corpora/labels.js';
import { datasetOf } from '../../src/data/dataset.js';
import { digestOf } from '../../src/data/digest.js';
import {
  cellData,
  keepDataSummary,
  loadExperimentData,
  type ExperimentData,
} from '../../src/experiments/experiment-data.js';
import { featuresOfFile } from '../../src/features/utterance.js';
import type { Job } from '../../src/experiments/jobs.js';
import { parseProtocol } from '../../src/experiments/protocol.js';
import { runExperiment, type ExperimentOptions } from '../../src/experiments/run-experiment.js';
import type { Engine } from '../../src/gpu/engine.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';
import { corpusFiles } from '../data/corpus-files.js';
import { tinySet } from '../features/tiny-set.js';
import { registerFeatureSet } from '../../src/features/sets/registry.js';
import { loadLibsvm } from '../../src/platform/node/libsvm.js';
import { readResult, type JobResult } from '../../src/experiments/result.js';
import { readRunConfig } from '../../src/runs/folder.js';

// under a name of its own: the registry is that of all files of tests in this process
registerFeatureSet(tinySet({ id: 'tiny-experiment' }));

const units = { frontend: { units: 4 }, recurrent: { cell: 'lstm', units: 4 } };
const protocol = parseProtocol(
  {
    format: 'alstm-protocol-1',
    name: 'tiny',
    corpus: { format: 'manifest' },
    split: { kind: 'leave-one-speaker-out' },
    settings: { model: units, training: { epochs: 2, batch: 4, checkpointSteps: 1 } },
    heads: { hidden: 0 },
    cells: [{ name: 'LSTM' }],
    seeds: [1],
  },
  'p.json',
);
const corpus = corpusFiles(8);

let files: MemoryFiles;
let data: ExperimentData;
let engine: Engine;
let whole: Record<string, string>;

/** An experiment whose device can be replaced. */
function options(own: MemoryFiles, more: Partial<ExperimentOptions> = {}): ExperimentOptions {
  return {
    engine: () => Promise.resolve(engine),
    reopen: async () => {
      engine.close();
      engine = await openEngine({ adapter: testAdapter() });
      return engine;
    },
    files: own,
    out: 'e',
    protocol,
    data,
    ...more,
  };
}

async function resultsIn(own: MemoryFiles): Promise<Record<string, string>> {
  const speakers = ['ann', 'bob', 'cid'];
  const read = async (speaker: string) => {
    const bytes = await own.read(`e/runs/LSTM/${speaker}/seed-1/result.json`);
    return [speaker, new TextDecoder().decode(bytes)];
  };
  return Object.fromEntries((await Promise.all(speakers.map(read))) as [string, string][]);
}

beforeAll(async () => {
  engine = await openEngine({ adapter: testAdapter() });
  files = new MemoryFiles({ ...corpus });
  data = await loadExperimentData(files, protocol, 'manifest.csv', {});
  const told = await runExperiment(options(files));
  expect(told).toEqual({ done: 3, total: 3, failed: [], interrupted: false });
  whole = await resultsIn(files);
}, 120_000);

afterAll(() => engine.close());

describe('an experiment', () => {
  it.each([
    [1, 'resuming from step'], // in training
    [2, 'computing the batch again'], // when the test side is scored
  ])(
    'goes on where the device is lost after epoch %i, to the same results',
    async (epoch, line) => {
      const own = new MemoryFiles({ ...corpus });
      const lines: string[] = [];
      let lost = 0;
      const told = await runExperiment(
        options(own, {
          log: (text) => lines.push(text),
          onProgress: (job, progress) => {
            if (progress.kind !== 'epoch' || progress.log.epoch !== epoch) return;
            if (lost > 0 || job.fold.name !== 'bob') return;
            lost++;
            engine.gpu.device.destroy();
          },
        }),
      );
      expect({ lost, ...told }).toMatchObject({ lost: 1, done: 3, failed: [] });
      expect(lines.filter((text) => text.includes(line))).toHaveLength(1);
      expect(await resultsIn(own)).toEqual(whole);
    },
  );

  it('gives the same results where its features do not fit in memory', async () => {
    const own = new MemoryFiles({ ...corpus });
    const how = { cache: 'cache', featureMemory: 12_000 };
    const part = await loadExperimentData(own, protocol, 'manifest.csv', how);
    const { items } = cellData(part, protocol.cells[0]!);
    expect(items.filter(({ matrix }) => matrix === undefined).length).toBeGreaterThan(12);
    await runExperiment(options(own, { data: part }));
    expect(await resultsIn(own)).toEqual(whole);
  });

  it('trains and tests cells on features of their own, each as if it were alone', async () => {
    const own = new MemoryFiles({ ...corpus });
    const features = { features: { set: 'tiny-experiment' } };
    const cells = [
      { name: 'other', settings: { ...features, model: { recurrent: { units: 3 } } } },
      { name: 'LSTM' },
      { name: 'svm', svm: {}, settings: features },
    ];
    const mixed = parseProtocol({ ...protocol, cells }, 'p.json');
    const loaded = await loadExperimentData(own, mixed, 'manifest.csv', {});
    const how = { protocol: mixed, data: loaded, svm: loadLibsvm, folds: ['bob'] };
    expect(await runExperiment(options(own, how))).toMatchObject({ done: 3, failed: [] });
    const resultOf = (cell: string) => readResult(own, `e/runs/${cell}/bob/seed-1`);
    expect((await resultOf('LSTM'))?.predictions).toEqual(
      (JSON.parse(whole['bob']!) as JobResult).predictions,
    );
    expect((await readRunConfig(own, 'e/runs/other/bob/seed-1')).features).toEqual({
      set: 'tiny-experiment',
    });
    expect((await resultOf('svm'))?.settings).toMatchObject({
      features: 'tiny-experiment',
      functionals: 25,
    });
    expect(loaded.summary.hash).not.toBe(data.summary.hash);
    // the same data again are the same
    expect(await runExperiment(options(own, how))).toMatchObject({ done: 3, total: 3 });
  });

  it('that has a hash of features, as older ones do, goes on with it on the same data alone', async () => {
    const hash = await digestOf(
      datasetOf(
        data.utterances,
        await Promise.all(
          cellData(data, protocol.cells[0]!).items.map(async ({ path, seconds }) => {
            const { normalised } = await featuresOfFile(files, path);
            return { normalised, seconds };
          }),
        ),
        labelSets(data.utterances),
      ),
    );
    const own = new MemoryFiles({ ...corpus });
    await keepDataSummary(own, 'e', { ...data, summary: { ...data.summary, hash } });
    const normalised = { ...protocol, normalise: 'training' } as const;
    const raw = await loadExperimentData(own, normalised, 'manifest.csv', {});
    for (const again of [data, raw]) {
      expect((await keepDataSummary(own, 'e', again)).summary.hash).toBe(hash);
    }
    await runExperiment(options(own));
    const results = Object.values(await resultsIn(own)).map((text) => JSON.parse(text) as object);
    expect(results).toEqual(
      Object.values(whole).map((text) => ({ ...(JSON.parse(text) as object), data: hash })),
    );
    expect(await runExperiment(options(own))).toMatchObject({ done: 3, total: 3 });
    const other = new MemoryFiles({ ...corpus, 'ann-0.wav': corpus['ann-1.wav']! });
    const changed = await loadExperimentData(other, protocol, 'manifest.csv', {});
    await expect(runExperiment(options(own, { data: changed }))).rejects.toThrow(
      'the data differ from those that e was started with',
    );
  });

  it('stops when it is told to, and the same call goes on', async () => {
    const own = new MemoryFiles({ ...corpus });
    const stop = new AbortController();
    const cut = await runExperiment(
      options(own, {
        signal: stop.signal,
        onResult: (_job, _result, { done }) => {
          if (done === 1) stop.abort();
        },
      }),
    );
    expect(cut).toMatchObject({ done: 1, total: 3, interrupted: true });
    const begun: string[] = [];
    const rest = options(own, { onJob: ({ fold }) => void begun.push(fold.name) });
    expect(await runExperiment(rest)).toMatchObject({ done: 3, interrupted: false });
    expect(begun).toEqual(['bob', 'cid']);
    expect(await resultsIn(own)).toEqual(whole);
  });

  it('begins a job in a folder that a crash has left before its config.json', async () => {
    const own = new MemoryFiles({ ...corpus });
    const folder = 'e/runs/LSTM/bob/seed-1';
    const unfinished = `${folder}/${unfinishedName('0'.repeat(36))}`;
    for (const path of [`${folder}/.lock`, unfinished]) await own.write(path, 'half');
    expect(await runExperiment(options(own))).toMatchObject({ done: 3, failed: [] });
    expect(await resultsIn(own)).toEqual(whole);
    expect(own.log).not.toContain(`remove ${folder}`); // another process may have begun in it
  });

  it('refuses a fold that can never be scored before it trains any, and takes the others', async () => {
    const text = corpus['manifest.csv'] as string;
    const joyful = text.replaceAll(/^(cid-[01]\.wav),\w+/gm, '$1,joy');
    const own = new MemoryFiles({ ...corpus, 'manifest.csv': joyful });
    const with3 = await loadExperimentData(own, protocol, 'manifest.csv', {});
    const jobs: string[] = [];
    const all = { data: with3, onJob: ({ fold }: Job) => void jobs.push(fold.name) };
    const refused = runExperiment(options(own, all));
    await expect(refused).rejects.toThrow(CorpusError);
    await expect(refused).rejects.toThrow(
      'fold cid: the test side has the emotion "joy" (2 utterances), which no training utterance has',
    );
    await expect(refused).rejects.toMatchObject({
      hint: expect.stringContaining('(--folds ann,bob)') as string,
    });
    // a part that holds none of its jobs is refused alike
    const part = { shard: { index: 0, count: 3 } };
    await expect(runExperiment(options(own, { ...all, ...part }))).rejects.toThrow('fold cid: ');
    expect(own.paths().filter((path) => path.startsWith('e/'))).toEqual([]);
    expect(jobs).toEqual([]);
    const others = await runExperiment(options(own, { ...all, folds: ['ann'] }));
    expect(others).toMatchObject({ done: 1, total: 1, failed: [] });
    expect(jobs).toEqual(['ann']);
  });

  it('refuses class weights that suit no fold before it trains any', async () => {
    const own = new MemoryFiles({ ...corpus });
    for (const classWeights of [{ joy: 2 }, [1, 2, 3]]) {
      const unsuited = { ...protocol, heads: { hidden: 0, classWeights } };
      const refused = runExperiment(options(own, { protocol: unsuited }));
      await expect(refused).rejects.toThrow(UsageError);
      await expect(refused).rejects.toThrow(/^a class weight was given for "joy"|^3 class weights/);
    }
    expect(own.paths().filter((path) => path.startsWith('e/'))).toEqual([]);
  });

  it('reports a job that fails, and does the others', async () => {
    const own = new MemoryFiles({ ...corpus });
    await own.write('e/runs/LSTM/bob/seed-1/config.json', '{"format":"alstm-run-1"}');
    const told = await runExperiment(options(own));
    expect(told).toMatchObject({ done: 2, total: 3, interrupted: false });
    expect(told.failed).toMatchObject([{ job: 'LSTM bob seed 1' }]);
    expect(told.failed[0]?.reason).toContain('config.json');
  });
});
