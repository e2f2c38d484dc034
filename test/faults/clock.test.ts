/** A clock that jumps by a day or a year: nothing that is computed, locked or kept depends on it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeAll, describe, expect, it, test, vi } from 'vitest';
import { NodeFiles } from '../../src/platform/node/files.js';
import { readLog } from '../../src/runs/log.js';
import { readRunConfig } from '../../src/runs/folder.js';
import { train, type TrainOptions } from '../../src/training/trainer.js';
import { filesIn, writeFiles, adapterArgs, alstm } from '../cli/run-cli.js';
import { scratchFolder } from '../cli/scratch.js';
import { testEngine } from '../support/engine.js';
import { corpusFiles } from '../data/corpus-files.js';
import { syntheticData, tinySettings } from '../data/synthetic.js';
import { timelessRun } from './run-folders.js';

const DAY = 86_400_000;
const YEAR = 365 * DAY;
/** Where the clock stands at each look, against the true time. */
const JUMPS = [0, -DAY, YEAR, -3 * DAY, -60 * YEAR];

const at = scratchFolder();
const files = new NodeFiles();

async function trainTo(run: string, more: Partial<TrainOptions> = {}): Promise<void> {
  const data = syntheticData();
  const settings = { ...tinySettings, training: { ...tinySettings.training, checkpointSteps: 2 } };
  const engine = await testEngine();
  const logFormats = ['csv', 'tensorboard'] as const;
  await train({ engine, files, out: at(run), data, settings, seed: 5, logFormats, ...more });
}

/** Makes the clock of this process jump. */
function jump(): void {
  const trueNow = Date.now.bind(Date);
  let looks = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => trueNow() + (JUMPS[looks++ % JUMPS.length] ?? 0));
}

afterEach(() => void vi.restoreAllMocks());

describe('training', () => {
  beforeAll(() => trainTo('whole'));

  it('gives the same bits, and no time below zero', async () => {
    jump();
    await trainTo('jumping');
    vi.restoreAllMocks();
    expect(timelessRun(at('jumping'))).toEqual(timelessRun(at('whole')));
    const log = await readLog(files, at('jumping'));
    expect(log).toHaveLength(3);
    for (const { seconds, framesPerSecond } of log) {
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThan(3600);
      expect(framesPerSecond).toBeGreaterThan(0);
    }
  });

  it('interrupted, and gone on with at an earlier time, gives the same bits', async () => {
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    await trainTo('earlier', { signal: stop.signal, onProgress });
    jump();
    await trainTo('earlier', { resume: true });
    expect(timelessRun(at('earlier'))).toEqual(timelessRun(at('whole')));
  });

  it('writes one event file, of a clock that was never set too', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(0); // 1970
    await trainTo('unset');
    const events = readdirSync(at('unset')).filter((name) => name.startsWith('events.'));
    expect(events).toEqual(['events.out.tfevents.0000000000.alstm']);
  });

  it('can be gone on with where the clock for durations hardly moves', async () => {
    vi.spyOn(performance, 'now').mockReturnValue(1000);
    await trainTo('coarse', { settings: { ...tinySettings, training: { epochs: 1, batch: 3 } } });
    vi.restoreAllMocks();
    const [entry] = await readLog(files, at('coarse'));
    expect(entry?.framesPerSecond).toBeGreaterThan(0);
    expect((await readRunConfig(files, at('coarse'))).training.epochs).toBe(1);
  });
});

test('the command gives the same bits while its clock jumps', async () => {
  await writeFiles(at('corpus'), corpusFiles());
  const clock =
    `const now = Date.now; const jumps = ${JSON.stringify(JUMPS)}; let looks = 0;` +
    'Date.now = () => now() + jumps[looks++ % jumps.length];';
  const preload = `--import data:text/javascript,${encodeURIComponent(clock)}`;
  const sizes = [
    '--preset',
    'alstm-1',
    '--units',
    '4',
    '--frontend-units',
    '4',
    '--head-hidden',
    '4',
    '--epochs',
    '2',
  ];
  const args = (run: string): string[] => [
    ...['train', '--manifest', at('corpus', 'manifest.csv'), '--out', at(run), ...sizes],
    ...['--log-format', 'csv,tensorboard', '--cache', at('cache'), ...adapterArgs()],
  ];
  const still = await alstm(args('still'));
  const jumping = await alstm(args('moving'), { env: { NODE_OPTIONS: preload } });
  expect([still.status, jumping.status]).toEqual([0, 0]);
  expect(jumping.stderr).not.toMatch(/NaN|Infinity|-\d+\.\d s/);
  expect(timelessRun(at('moving'))).toEqual(timelessRun(at('still')));

  // features that seem to be of the future are taken, and recordings are known by what they hold
  const entries = filesIn(at('cache', 'features')).map((name) => at('cache', 'features', name));
  expect(entries).toHaveLength(12); // of the training side
  const future = new Date(Date.now() + YEAR);
  for (const path of entries) utimesSync(path, future, future);
  const [first = '', second = ''] = [at('corpus', 'ann-0.wav'), at('corpus', 'ann-2.wav')];
  const [a, b] = [readFileSync(first), readFileSync(second)];
  writeFileSync(first, b);
  writeFileSync(second, a);
  const past = new Date(Date.now() - YEAR);
  for (const path of [first, second]) utimesSync(path, past, past);
  const swapped = await alstm(args('swapped'));
  expect(swapped).toMatchObject({ status: 0 });
  expect(swapped.stderr).not.toContain('warning');
  for (const path of entries) expect(statSync(path).mtimeMs).toBeGreaterThan(Date.now() + YEAR / 2);
  const digest = (run: string) =>
    (
      JSON.parse(readFileSync(at(run, 'config.json'), 'utf8')) as {
        data: { training: { digest: string } };
      }
    ).data.training.digest;
  expect(digest('moving')).toBe(digest('still'));
  expect(digest('swapped')).not.toBe(digest('still'));
});

describe('a lock, however old or new it seems,', () => {
  const lock = (): string => at('locked', '.lock');

  /** Sets the times of the lock file, and the clock. */
  function seemToBe(milliseconds: number): void {
    const time = new Date(Date.now() + milliseconds);
    utimesSync(lock(), time, time);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() - milliseconds);
  }

  async function child(): Promise<ChildProcess> {
    const started = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(started, 'spawn');
    return started;
  }

  it.each([-YEAR, YEAR])('is not taken from one that lives (%d ms)', async (milliseconds) => {
    const release = await files.lock(lock());
    seemToBe(milliseconds);
    await expect(files.lock(lock())).rejects.toThrow(`is in use by process ${process.pid}`);
    await release();
  });

  it.each([-YEAR, YEAR])('is taken over from one that was killed (%d ms)', async (milliseconds) => {
    const holder = await child();
    const release = await files.lock(lock());
    const own = JSON.parse(readFileSync(lock(), 'utf8')) as object;
    await release();
    const stat = `/proc/${holder.pid}/stat`; // of Linux
    const fields = existsSync(stat) ? readFileSync(stat, 'utf8').split(') ')[1]?.split(' ') : [];
    const began = fields?.[19] ?? '';
    writeFileSync(lock(), JSON.stringify({ ...own, pid: holder.pid, began }));
    seemToBe(milliseconds);
    await expect(files.lock(lock())).rejects.toThrow(`is in use by process ${holder.pid}`);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (
      await files.lock(lock())
    )();
  });
});
