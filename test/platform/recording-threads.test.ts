import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { AudioError, FileError, FormatError, WriteError } from '../../src/core/errors.js';
import { loadTrainingData, type RunData } from '../../src/data/source.js';
import { registerExternalSet } from '../../src/features/sets/registry.js';
import { RecordingPool } from '../../src/features/workers/pool.js';
import type { RecordingWorkers } from '../../src/features/workers/recording-workers.js';
import { usableCores } from '../../src/platform/node/cores.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { recordingThreads } from '../../src/platform/node/recording-threads.js';
import { startThread } from '../../src/platform/node/start-thread.js';
import { alstm, alstmHere, filesIn, jsonLines, writeFiles } from '../cli/run-cli.js';
import { scratchFolder } from '../cli/scratch.js';
import { corpusFiles } from '../data/corpus-files.js';

const at = scratchFolder();
const files = new NodeFiles();
const manifest = (): string => at('corpus', 'manifest.csv');

/** Recordings of which some are damaged: one each of what commands skip. */
beforeAll(async () => {
  const corpus = corpusFiles(4);
  const first = corpus['ann-1.wav'] as Uint8Array;
  await writeFiles(at('corpus'), {
    ...corpus,
    'ann-1.wav': first.subarray(0, 100),
    'ann-2.wav': 'no recording',
    'bob-3.wav': encodeWav(new Float32Array(40), 16000),
  });
});

async function withThreads<T>(use: (workers: RecordingWorkers) => Promise<T>): Promise<T> {
  const workers = recordingThreads({ workers: 2 });
  try {
    return await use(workers);
  } finally {
    await workers.close();
  }
}

describe('with two threads all is as with one, to the bit', () => {
  /** What a data set holds, and all that was said while it was read. */
  async function read(workers: RecordingWorkers | undefined, cache: string): Promise<unknown> {
    const told: unknown[] = [];
    const data: RunData = await loadTrainingData(
      files,
      { corpus: 'manifest', path: manifest(), seed: 1, validationShare: 0.3, speeds: [0.9] },
      {
        cache,
        ...(workers && { workers }),
        warn: (line) => told.push(line),
        onProgress: (done, total) => told.push([done, total]),
      },
    );
    const { training, validation } = data;
    const sides = [training, validation].map(async (side) => {
      const all = await side.read(Array.from(side.lengths, (_, row) => row));
      return { lengths: side.lengths, targets: side.targets, all };
    });
    return { told, sides: await Promise.all(sides), labels: data.labels };
  }

  it('loading a corpus', async () => {
    const one = await read(undefined, at('cache-one'));
    const two = await withThreads((workers) => read(workers, at('cache-two')));
    expect(two).toEqual(one);
    expect((one as { told: unknown[] }).told.filter((x) => typeof x === 'string')).toHaveLength(3);
    expect(filesIn(at('cache-two'))).toEqual(filesIn(at('cache-one')));
    for (const name of filesIn(at('cache-one'))) {
      const bytes = readFileSync(at('cache-one', name));
      expect(readFileSync(at('cache-two', name)).equals(bytes)).toBe(true);
    }
    expect(await withThreads((workers) => read(workers, at('cache-two')))).toEqual(one); // again
  });

  it.each([['features'], ['corpus']])('the command %s', async (command) => {
    const run = async (workers: string) => {
      const args =
        command === 'corpus'
          ? ['corpus', 'manifest', manifest(), '--json']
          : ['features', at('corpus'), '--set', 'voice20+delta', '--out', at('out'), '--json'];
      const cache = at(`cache-of-${workers}`);
      const ended = await alstmHere([...args, '--workers', workers], { cache, threads: true });
      const written = filesIn(at('out')).map((name) => [name, readFileSync(at('out', name))]);
      return { ...ended, written };
    };
    const one = await run('1');
    expect(await run('2')).toEqual(one);
    expect(one.stdout).toContain('ann-2.wav');
    expect(one.status).toBe(command === 'corpus' ? 0 : 1);
  });
});

describe('an error of a thread', () => {
  it('is of the class that it has in this one, with its hint', async () => {
    await withThreads(async (workers) => {
      const here = recordingThreads({ workers: 1 });
      for (const [name, Kind] of [
        ['none.wav', FileError],
        ['ann-1.wav', AudioError],
        ['bob-3.wav', AudioError],
      ] as const) {
        const fails = (own: RecordingWorkers): Promise<Error & { hint: string }> =>
          own.features(at('corpus', name)).then(
            () => expect.unreachable(),
            (error: Error & { hint: string }) => error,
          );
        const [there, known] = [await fails(workers), await fails(here)];
        expect(there).toBeInstanceOf(Kind);
        expect({ ...there, message: there.message }).toEqual({ ...known, message: known.message });
        expect(there.hint).not.toBe('');
      }
    });
  });

  it('of the cache is thrown, or warned of where there is somebody to warn', async () => {
    await writeFiles(at(), { 'no-folder': 'a file' });
    const options = { cache: at('no-folder') };
    await withThreads(async (workers) => {
      const recording = at('corpus', 'bob-0.wav');
      await expect(workers.features(recording, options)).rejects.toThrow(WriteError);
      const told: string[] = [];
      const warn = (line: string): void => void told.push(line);
      expect(await workers.features(recording, { ...options, warn })).toMatchObject({
        stored: false,
      });
      expect(told).toEqual([expect.stringContaining('the features are not stored')]);
    });
  });

  it('of external features, which are read in this thread, is theirs', async () => {
    const set = registerExternalSet('external:threads', { dimensions: 2, hopMs: 10 }, 'here');
    await writeFiles(at(), { 'wide.csv': '1,2,3\n4,5,6\n' });
    await withThreads(async (workers) => {
      const read = workers.features(at('wide.csv'), { featureSet: set });
      await expect(read).rejects.toThrow(FormatError);
    });
  });
});

describe('a thread that ends', () => {
  /** Ends on some recordings; of others it says 1. */
  const module = `
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', async ({ id, job }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (job.path.startsWith('exit')) process.exit(3);
      if (job.path.startsWith('bug')) throw new Error('a bug');
      if (job.path.startsWith('memory')) for (const all = []; ; ) all.push(new Array(1e6).fill({}));
      parentPort.postMessage({ id, value: 1 });
    });
    parentPort.postMessage({ ready: true });`;

  it('costs the recording that it worked on, and no other', async () => {
    writeFileSync(at('ends.mjs'), module);
    const url = pathToFileURL(at('ends.mjs'));
    const limits = { maxOldGenerationSizeMb: 32 };
    const pool = new RecordingPool({
      files,
      size: 2,
      start: (events) => startThread(events, url, limits),
    });
    const paths = ['a', 'exit.wav', 'b', 'c', 'bug.wav', 'd', 'memory.wav', 'e', 'f'];
    const all = await Promise.allSettled(paths.map((path) => pool.seconds(path)));
    await pool.close();
    const told = all.map((own) => (own.status === 'fulfilled' ? own.value : String(own.reason)));
    const ended = (path: string, why: string): string =>
      `AudioError: ${path}: the worker thread that read it ended: ${why}`;
    expect(told).toEqual([
      1,
      ended('exit.wav', 'exit status 3'),
      ...[1, 1],
      ended('bug.wav', 'a bug'),
      1,
      ended('memory.wav', 'out of memory'),
      ...[1, 1],
    ]);
  });

  it('before it has begun is none: the work is done without', async () => {
    const warnings: string[] = [];
    const pool = new RecordingPool({
      files,
      size: 2,
      start: (events) => startThread(events, pathToFileURL(at('none.mjs'))),
      warn: (line) => void warnings.push(line),
    });
    const recording = at('corpus', 'bob-0.wav');
    const [first, second] = await Promise.all([pool.seconds(recording), pool.seconds(recording)]);
    expect(first).toBeGreaterThan(0.3);
    expect(second).toBe(first);
    expect(warnings).toEqual([expect.stringContaining('no worker thread can be started')]);
  });
});

it('idle threads do not keep the process alive', async () => {
  const module = pathToFileURL(resolve('dist/platform/node/recording-threads.js')).href;
  const code = `
    const { recordingThreads } = await import(${JSON.stringify(module)});
    const workers = recordingThreads({ workers: 2 });
    const seconds = await workers.seconds(${JSON.stringify(at('corpus', 'bob-0.wav'))});
    console.log(seconds > 0.3);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(stdout).toBe('true\n');
});

it('Ctrl-C ends threads at work, with nothing half-written', async () => {
  const noise = Float32Array.from({ length: 16000 * 5 }, (_, n) => Math.sin(n * n));
  const names = Array.from({ length: 16 }, (_, i) => `${i}.wav`);
  const wav = (i: number): Uint8Array => encodeWav(noise.subarray(i), 16000);
  await writeFiles(at('long'), Object.fromEntries(names.map((name, i) => [name, wav(i)])));
  const args = ['features', at('long'), '--out', at('long-out'), '--json', '--workers', '2'];
  const ended = await alstm([...args, '--cache', at('long-cache')], {
    onStart: (child) => child.stdout?.once('data', () => child.kill('SIGINT')),
  });
  expect(ended).toMatchObject({ status: 130, stderr: '' });
  expect(jsonLines(ended).length).toBeLessThan(names.length);
  const written = [...filesIn(at('long-cache')), ...filesIn(at('long-out'))];
  expect(written.length).toBeGreaterThan(0);
  expect(written.filter((name) => !name.endsWith('.safetensors'))).toEqual([]);
}, 30_000);

describe('usableCores', () => {
  const system = (known: Record<string, string>) => (path: string) =>
    known[path.slice(path.lastIndexOf('/') + 1)];

  it.each([
    ['none', {}, 8],
    ['none said', { 'cpu.max': 'max 100000\n' }, 8],
    ['two and a half', { 'cpu.max': '250000 100000\n' }, 3],
    ['a tenth', { 'cpu.max': '10000 100000\n' }, 1],
    ['more than there are', { 'cpu.max': '6400000 100000\n' }, 8],
    ['two, of version 1', { 'cpu.cfs_quota_us': '200000\n', 'cpu.cfs_period_us': '100000\n' }, 2],
    ['none, of version 1', { 'cpu.cfs_quota_us': '-1\n', 'cpu.cfs_period_us': '100000\n' }, 8],
  ])('within a limit of %s', (_, known, cores) => {
    expect(usableCores(8, system(known))).toBe(cores);
  });
});
