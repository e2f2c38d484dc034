import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32, crc32c } from '../../src/core/crc.js';
import { parseCsv } from '../../src/core/csv.js';
import type { Engine } from '../../src/gpu/engine.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { mergeSettings } from '../../src/runs/settings.js';
import type { EpochLog } from '../../src/runs/log.js';
import { besideJsonl, DerivedLogs } from '../../src/runs/log-formats.js';
import { readLog } from '../../src/runs/log.js';
import { readRunConfig } from '../../src/runs/folder.js';
import { train, type TrainOptions } from '../../src/training/trainer.js';
import { testAdapter } from '../support/gpu.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';
import { syntheticData, tinySettings } from '../data/synthetic.js';
import { bitwiseCrc32c, readEvents } from './tfrecord.js';

const entry = (epoch: number): EpochLog => ({
  epoch,
  step: 200 * epoch,
  seconds: 1.5,
  train: { total: 0.1 + 0.2, tasks: { emotion: 0.3, 'a,b': 2 } },
  validation: { total: 1, tasks: { emotion: 1 }, accuracy: 0.5, maf: 0.4, uar: 0.25 },
  learningRate: 1e-3,
  gradientNorm: 2,
  framesPerSecond: 1e4,
  best: epoch === 1,
});

const tasks = ['emotion', 'a,b'];
const both = ['csv', 'tensorboard'] as const;

function eventPath(files: MemoryFiles): string {
  const found = files.paths().filter((path) => path.includes('tfevents'));
  expect(found).toHaveLength(1);
  return found[0] ?? '';
}

async function csvOf(files: MemoryFiles): Promise<Record<string, string>[]> {
  const text = new TextDecoder().decode(await files.read('run/log.csv'));
  const [header, ...rows] = parseCsv(text, 'log.csv').map(({ fields }) => fields);
  return rows.map((row) => {
    expect(row).toHaveLength(header?.length ?? 0);
    return Object.fromEntries(row.map((value, i) => [header?.[i] ?? '', value]));
  });
}

describe('CRC', () => {
  it('is that of the known check text, and of bytes of the definition', () => {
    const check = new TextEncoder().encode('123456789');
    expect(crc32(check)).toBe(0xcbf43926);
    expect(crc32c(check)).toBe(0xe3069283);
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * i) % 251);
    expect(crc32c(bytes)).toBe(bitwiseCrc32c(bytes));
  });
});

describe('logs beside log.jsonl', () => {
  it('are named once each, in one order, jsonl not among them', () => {
    expect(besideJsonl(['tensorboard', 'jsonl', 'csv', 'csv'])).toEqual(both);
    expect(besideJsonl(['jsonl'])).toBeUndefined();
  });

  it('as CSV give every number in full, and quote tasks', async () => {
    const files = new MemoryFiles();
    await new DerivedLogs(files, 'run', ['csv'], tasks).write([entry(1), entry(2)]);
    const rows = await csvOf(files);
    expect(rows.map(({ epoch, step, best }) => [epoch, step, best])).toEqual([
      ['1', '200', 'true'],
      ['2', '400', 'false'],
    ]);
    expect(rows[0]).toMatchObject({
      'train/loss': '0.30000000000000004',
      'train/loss/a,b': '2',
      'validation/loss/a,b': '',
      'validation/uar': '0.25',
      'optimiser/learning_rate': '0.001',
    });
  });

  it('as events give every number at its step, with checksums that hold', async () => {
    const files = new MemoryFiles();
    const logs = new DerivedLogs(files, 'run', ['tensorboard'], tasks);
    await logs.write([]);
    const path = eventPath(files);
    const early = await files.read(path);
    await logs.write([entry(1), entry(2)]);
    const file = await files.read(eventPath(files));
    expect(eventPath(files)).toBe(path);
    expect(file.slice(0, early.length)).toEqual(early); // who is reading it can go on
    const [version, first, second, ...more] = readEvents(file);
    expect(more).toEqual([]);
    expect(version?.version).toBe('brain.Event:2');
    expect([first?.step, second?.step]).toEqual([200, 400]);
    expect((second?.wallTime ?? 0) - (version?.wallTime ?? 0)).toBe(3);
    expect(first?.scalars).toMatchObject({
      'train/loss': Math.fround(0.3),
      'train/loss/a,b': 2,
      'validation/accuracy': 0.5,
      'progress/epoch': 1,
    });
    expect(first?.scalars).not.toHaveProperty('validation/loss/a,b');
    file[60] = (file[60] ?? 0) ^ 1;
    expect(() => readEvents(file)).toThrow('wrong checksum');
  });

  it('are not written where nothing changes', async () => {
    const files = new MemoryFiles();
    const logs = new DerivedLogs(files, 'run', both, tasks);
    await logs.write([entry(1)]);
    const writes = () => files.log.filter((line) => line.startsWith('write')).length;
    const before = writes();
    await logs.write([entry(1)]);
    expect(writes()).toBe(before);
    await logs.write([]);
    expect(await csvOf(files)).toEqual([]);
  });
});

describe('train with logs', () => {
  const data = syntheticData();
  const settings = mergeSettings(tinySettings, { training: { epochs: 2 } });
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ adapter: testAdapter() });
  }, 120_000);
  afterAll(() => engine.close());

  const start = (files: MemoryFiles, more: Partial<TrainOptions> = {}) =>
    train({ engine, files, out: 'run', data, settings, logFormats: [...both], ...more });

  it('goes on with the same logs after a crash, every epoch once', async () => {
    const files = new MemoryFiles();
    let dead = false;
    let events = 0;
    files.failOn((op, path) => {
      // the second epoch is in log.jsonl and log.csv, but neither in the events nor in a checkpoint
      dead ||= op === 'write' && path.includes('tfevents') && ++events === 2;
      return dead ? diskFull(path) : undefined;
    });
    await expect(start(files)).rejects.toThrow('the disk is full');
    files.failOn(() => undefined);
    expect(await csvOf(files)).toHaveLength(2);
    const before = eventPath(files);
    await expect(start(files, { resume: true, logFormats: ['csv'] })).rejects.toThrow(
      'run was started with logFormats ["csv","tensorboard"], now it is ["csv"]',
    );
    const { log } = await start(files, { resume: true, logFormats: undefined });
    expect(eventPath(files)).toBe(before);
    expect(log).toEqual(await readLog(files, 'run'));
    const rows = await csvOf(files);
    expect(rows.map((row) => Number(row['train/loss']))).toEqual(log.map((e) => e.train.total));
    const records = readEvents(await files.read(before)).slice(1);
    expect(records.map(({ step }) => step)).toEqual(log.map(({ step }) => step));
    expect((await readRunConfig(files, 'run')).logFormats).toEqual(both);
    // a run that has ended makes up for a log that was lost
    await files.remove('run/log.csv');
    await start(files, { resume: true, logFormats: undefined });
    expect(await csvOf(files)).toHaveLength(2);
  });
});
