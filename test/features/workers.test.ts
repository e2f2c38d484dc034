import { describe, expect, it } from 'vitest';
import { AudioError, UsageError } from '../../src/core/errors.js';
import type { StoredFeatures } from '../../src/features/utterance.js';
import { featuresInOrder } from '../../src/features/workers/in-order.js';
import type { Reply, Request } from '../../src/features/workers/job.js';
import { RecordingPool, type ThreadEvents } from '../../src/features/workers/pool.js';
import {
  InThisThread,
  type RecordingWorkers,
} from '../../src/features/workers/recording-workers.js';
import { serveRecordings } from '../../src/features/workers/serve.js';
import { encodeWav } from '../../src/audio/wav.js';
import { MemoryFiles } from '../support/memory-files.js';
import { tinySet } from './tiny-set.js';

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** A "thread" in this one, of which a test decides when it answers or ends. */
class HandThread {
  readonly asked: Extract<Request, { id: number }>[] = [];
  terminated = false;

  constructor(readonly events: ThreadEvents) {}

  post(request: Request): void {
    if ('job' in request) this.asked.push(request);
    else this.events.reply({ closed: true });
  }
  busy(): void {}
  terminate(): Promise<void> {
    this.terminated = true;
    return Promise.resolve();
  }

  get paths(): string[] {
    return this.asked.map(({ job }) => job.path);
  }

  answer(path: string, reply: { value: number } | { warning: string } = { value: 1 }): void {
    const { id } = this.asked.find(({ job }) => job.path === path)!;
    if ('value' in reply) this.asked.splice(this.paths.indexOf(path), 1);
    this.events.reply({ id, ...reply });
  }
}

function poolOf(size: number) {
  const threads: HandThread[] = [];
  const start = (events: ThreadEvents): HandThread => {
    const thread = new HandThread(events);
    threads.push(thread);
    queueMicrotask(() => events.reply({ ready: true }));
    return thread;
  };
  return { pool: new RecordingPool({ files: new MemoryFiles(), size, start }), threads };
}

/** What became of a promise so far. */
function watch(promise: Promise<number>): { state: unknown } {
  const watched: { state: unknown } = { state: 'open' };
  promise.then(
    (value) => (watched.state = value),
    (error: unknown) => (watched.state = error),
  );
  return watched;
}

describe('a pool', () => {
  it('starts threads when there is work, and gives each two recordings at most', async () => {
    const { pool, threads } = poolOf(2);
    expect(threads).toHaveLength(0);
    const all = ['a', 'b', 'c', 'd', 'e'].map((path) => pool.seconds(path));
    await turn();
    expect(threads.map(({ paths }) => paths)).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ]);
    threads[1]?.answer('b', { value: 7 });
    expect(await all[1]).toBe(7);
    expect(threads[1]?.paths).toEqual(['d', 'e']);
    for (const thread of threads) for (const path of thread.paths) thread.answer(path);
    expect(await Promise.all(all)).toEqual([1, 7, 1, 1, 1]);
    await pool.close();
    expect(threads.every(({ terminated }) => terminated)).toBe(true);
    await expect(pool.seconds('f')).rejects.toThrow(UsageError);
  });

  it('replaces a thread that ends, and finds out by itself which recording was to blame', async () => {
    const { pool, threads } = poolOf(1);
    const good = watch(pool.seconds('good'));
    const bad = watch(pool.seconds('bad'));
    const next = watch(pool.seconds('next'));
    await turn();
    expect(threads[0]?.paths).toEqual(['good', 'bad']);
    threads[0]?.events.ended('out of memory');
    await turn();
    expect(threads[1]?.paths).toEqual(['good']); // alone
    threads[1]?.answer('good');
    expect(threads[1]?.paths).toEqual(['bad']);
    threads[1]?.events.ended('out of memory');
    await turn();
    expect(threads[2]?.paths).toEqual(['next']);
    threads[2]?.answer('next');
    await turn();
    expect([good.state, next.state]).toEqual([1, 1]);
    expect(bad.state).toBeInstanceOf(AudioError);
    expect(bad.state).toMatchObject({
      message: 'bad: the worker thread that read it ended: out of memory',
      hint: expect.stringContaining('--workers 1') as string,
    });
    await pool.close();
  });

  it('works without threads where none starts, and says so once', async () => {
    const files = new MemoryFiles({ 'a.wav': encodeWav(new Float32Array(1600), 16000) });
    const warnings: string[] = [];
    const start = (events: ThreadEvents): HandThread => {
      setTimeout(() => events.ended('no memory for a stack'), 0);
      return new HandThread(events);
    };
    const warn = (line: string): void => void warnings.push(line);
    const pool = new RecordingPool({ files, size: 3, start, warn });
    const four = ['a.wav', 'a.wav', 'a.wav', 'a.wav'].map((path) => pool.seconds(path));
    expect(await Promise.all(four)).toEqual([0.1, 0.1, 0.1, 0.1]);
    expect(warnings).toEqual([
      'no worker thread can be started (no memory for a stack): recordings are read one after the other',
    ]);
  });

  it('computes features of a set that threads do not have in this thread', async () => {
    const files = new MemoryFiles({ 'a.wav': encodeWav(new Float32Array(1600).fill(0.1), 16000) });
    const start = (): never => {
      throw new Error('no thread is to be started');
    };
    const pool = new RecordingPool({ files, size: 2, start });
    const set = tinySet();
    const found = await pool.features('a.wav', { featureSet: set });
    const here = new InThisThread(files);
    expect(found).toEqual(await here.features('a.wav', { featureSet: set }));
    // Another object under the name of one of the package's sets is not that set.
    const named = { ...set, id: 'prosody36' };
    expect((await pool.features('a.wav', { featureSet: named })).features).toEqual(found.features);
  });

  it('does not begin what was stopped before, and fails unfinished work when it is closed', async () => {
    const { pool, threads } = poolOf(1);
    const signal = { aborted: false };
    const all = ['a', 'b', 'c'].map((path) => watch(pool.seconds(path, { signal })));
    await turn();
    signal.aborted = true;
    threads[0]?.answer('a');
    await turn();
    expect(all.map(({ state }) => state)).toEqual([1, 'open', expect.any(UsageError)]);
    await pool.close();
    await turn();
    expect(all[1]?.state).toBeInstanceOf(UsageError);
  });
});

/** Workers that take a while, the later ones less. */
class SlowWorkers implements RecordingWorkers {
  readonly size = 2;
  readonly apart = true;
  readonly begun: string[] = [];
  now = 0;
  most = 0;

  async features(
    path: string,
    { warn }: { readonly warn?: (line: string) => void } = {},
  ): Promise<StoredFeatures> {
    this.begun.push(path);
    this.most = Math.max(this.most, ++this.now);
    await new Promise((resolve) => setTimeout(resolve, 8 - (this.begun.length % 8)));
    warn?.(`of ${path}`);
    this.now--;
    if (path === 'bad') throw new AudioError('bad: damaged', 'Copy it again.');
    const features = new Float32Array(4);
    return { frames: 1, features, normalised: features, seconds: 1, digest: path, stored: false };
  }
  samples = (): never => {
    throw new Error('not asked for');
  };
  seconds = this.samples;
  close = (): Promise<void> => Promise.resolve();
}

describe('featuresInOrder', () => {
  const paths = Array.from({ length: 30 }, (_, i) => (i === 11 ? 'bad' : `${i}.wav`));

  async function* oneByOne(): AsyncGenerator<string> {
    for (const path of paths) {
      await turn();
      yield path;
    }
  }

  it.each([
    ['a list', () => paths],
    ['paths that come one by one', oneByOne],
  ])(
    'keeps the order of %s, of their errors and warnings; few are under way',
    async (_, source) => {
      const workers = new SlowWorkers();
      const told: string[] = [];
      const warn = (line: string): void => void told.push(line);
      for await (const { path, value, error } of featuresInOrder(workers, source(), { warn })) {
        told.push(value?.digest ?? (error as AudioError).hint);
        expect(path).toBe(paths[(told.length - 1) >> 1]);
      }
      expect(told).toEqual(
        paths.flatMap((path) => [`of ${path}`, path === 'bad' ? 'Copy it again.' : path]),
      );
      expect(workers.most).toBeGreaterThan(2);
      expect(workers.most).toBeLessThanOrEqual(8);
    },
  );

  it.each(['a break', 'an error'])('left early by %s, it leaves nothing under way', async (how) => {
    const workers = new SlowWorkers();
    const loop = async (): Promise<void> => {
      for await (const { path } of featuresInOrder(workers, paths)) {
        if (path !== '3.wav') continue;
        if (how === 'a break') break;
        throw new Error('the disk is full');
      }
    };
    const ended = loop();
    if (how === 'a break') await ended;
    else await expect(ended).rejects.toThrow('the disk is full');
    expect(workers.now).toBe(0);
    expect(workers.begun.length).toBeLessThanOrEqual(4 + 8);
  });
});

it('a thread sends what this one would have, and keeps its own buffers', async () => {
  const samples = Float32Array.from({ length: 1600 }, (_, n) => Math.sin(n / 9));
  const files = new MemoryFiles({ 'a.wav': encodeWav(samples, 16000) });
  const sent: Reply[] = [];
  const serve = serveRecordings(files, (reply) => void sent.push(reply));
  serve({ id: 1, job: { kind: 'samples', path: 'a.wav', needs: { rate: 16000, window: 400 } } });
  serve({ id: 2, job: { kind: 'features', path: 'a.wav', options: { warns: false } } });
  while (sent.length < 2) await turn();
  const here = new InThisThread(files);
  const expected = [
    { id: 1, value: await here.samples('a.wav', { rate: 16000, window: 400 }) },
    { id: 2, value: await here.features('a.wav') },
  ];
  expect(structuredClone(sent)).toEqual(expected);
  expect(sent).toEqual(expected);
});
