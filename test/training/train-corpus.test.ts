/** `train` of a corpus in one call: as the command does it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import {
  NodeFiles,
  open,
  readRunConfig,
  train,
  type EpochLog,
  type TrainCorpusOptions,
} from '../../src/index.js';
import { adapterArgs, alstmHere } from '../cli/run-cli.js';
import { corpusFiles } from '../data/corpus-files.js';
import { testAdapter } from '../support/gpu.js';

const files = new NodeFiles();
let folder: string;
const at = (...names: string[]) => join(folder, ...names);
const tiny = () => ({
  ...{ adapter: testAdapter(), cache: at('cache'), workers: 1, tune: false },
  ...({ preset: 'alstm-1', units: 4, inputUnits: 4, headHidden: 4, batch: 4, lr: 0.01 } as const),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alstm-one-call-'));
  for (const [path, bytes] of Object.entries(corpusFiles(4)))
    await files.write(at('corpus', path), bytes);
});
afterAll(() => rm(folder, { recursive: true }));

it('trains as the command does, also where a signal stops it and it resumes, and its model opens', async () => {
  const epochs: EpochLog[] = [];
  const found: number[] = [];
  const controller = new AbortController();
  const data = at('corpus', 'manifest.csv');
  const stopped = await train({
    ...tiny(),
    ...{ corpus: 'manifest', data, out: at('run'), heads: ['emotion'], epochs: 2, seed: 3 },
    ...{ classWeights: 'balanced', warmup: '10%', labelSmoothing: 0.1 },
    signal: controller.signal,
    onEpoch: (epoch) => {
      epochs.push(epoch);
      controller.abort();
    },
    onFeatures: (done) => found.push(done),
  });
  expect(stopped).toMatchObject({ run: at('run'), stopped: 'interrupted', log: epochs });
  expect(epochs).toHaveLength(1);
  expect(Math.max(...found)).toBe(8);

  const { adapter, cache } = tiny();
  const own = { adapter, cache, out: at('run'), resume: true, workers: 1 };
  await expect(train({ ...own, epochs: 3 })).rejects.toThrow('`epochs` was given together');
  const { run, model, best, log, stopped: ended } = await train({ ...own, data });
  expect({ ended, epochs: log.length }).toEqual({ ended: 'epochs', epochs: 2 });
  expect(best?.epoch).toBeGreaterThan(0);
  expect(await files.list(model)).toContain('README.md');

  const command = await alstmHere([
    ...['train', '--corpus', 'manifest', '--data', data, '--out', at('command')],
    ...['--preset', 'alstm-1', '--units', '4', '--input-units', '4', '--head-hidden', '4'],
    ...['--batch', '4', '--lr', '0.01', '--heads', 'emotion', '--epochs', '2', '--seed', '3'],
    ...['--class-weights', 'balanced', '--warmup', '10%', '--label-smoothing', '0.1'],
    ...['--no-tune', '--workers', '1', '--cache', at('cache'), ...adapterArgs()],
  ]);
  expect(command.status).toBe(0);
  expect(await readRunConfig(files, run)).toEqual(await readRunConfig(files, at('command')));
  expect(await files.read(join(model, 'model.safetensors'))).toEqual(
    await files.read(at('command', 'model', 'model.safetensors')),
  );

  const alstm = await open(model, { adapter: testAdapter() });
  const { label, score = 0 } = await alstm.predict(at('corpus', 'cid-0.wav'));
  alstm.close();
  expect(['anger', 'sadness']).toContain(label);
  expect(score).toBeGreaterThanOrEqual(0.5);
});

it('names the option that is wrong, and writes nothing', async () => {
  const good = { ...tiny(), manifest: at('corpus', 'manifest.csv'), out: at('wrong') };
  const refused = async (more: Record<string, unknown>) => {
    const failure: unknown = await train({ ...good, ...more } as TrainCorpusOptions).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(UsageError);
    const { message, hint } = failure as UsageError;
    return `${message} | ${hint}`;
  };
  expect(await refused({ epoch: 3 })).toBe('train has no option "epoch" | Did you mean epochs?');
  expect(await refused({ learningRate: 1 })).toMatch(/^train has no option "learningRate"/);
  expect(await refused({ epochs: 0 })).toMatch(
    /^train's `epochs` is 0, expected an integer of at least 1/,
  );
  expect(await refused({ cell: 'rnn' })).toMatch(
    /^train's `cell` is "rnn", expected one of "lstm"/,
  );
  expect(await refused({ warmup: '8' })).toMatch(/^train's `warmup` is "8", expected steps/);
  expect(await refused({ corpus: 'nemo', data: 'x' })).toMatch(/^`manifest` was given together/);
  expect(await refused({ manifest: undefined })).toMatch(/^train was given no recordings/);
  expect(await refused({ out: undefined })).toMatch(/^train was not told where to write/);
  expect(await refused({ kappa: 2 })).toMatch(/^`kappa` was given, but .*`normalise: 'speaker'`/);
  expect(await refused({ validationShare: 0 })).toMatch(/Keep the last one \(`keep: 'last'`\)/);
  expect(await files.exists(at('wrong'))).toBe(false);
});
