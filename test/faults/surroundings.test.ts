/** What a system does to a process that has done nothing wrong: stopped, hung up, cut short of files and memory. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeModel } from '../../src/model/folder.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import {
  adapterArgs,
  alstm,
  command,
  errorOf,
  filesIn,
  jsonLines,
  writeFiles,
} from '../cli/run-cli.js';
import { scratchFolder } from '../cli/scratch.js';
import { corpusFiles } from '../data/corpus-files.js';
import { tinyModel } from '../model/tiny-model.js';
import { countFrom, keepResults } from '../support/results.js';
import { newestStep } from './run-folders.js';
import { sizes } from './writing.js';

/** Seconds for which training is stopped. */
const stopped = countFrom('ALSTM_FAULT_STOPPED_SECONDS', 1);

const at = scratchFolder();
const unmount: string[] = [];
afterAll(() => unmount.forEach((path) => spawnSync('umount', [path])));
const common = (): string[] => ['--cache', at('cache'), ...adapterArgs()];
const train = (run: string, ...more: string[]): string[] => [
  ...['train', '--manifest', at('corpus', 'manifest.csv'), ...sizes, '--batch', '2'],
  ...['--out', at(run), ...more, ...common()],
];

beforeAll(async () => {
  await writeFiles(at('corpus'), corpusFiles(2));
  await writeModel(new NodeFiles(), at('model'), tinyModel());
});

const onLinux = test.skipIf(process.platform !== 'linux');

onLinux(
  'training that is stopped keeps its folder, by any path, and a hang-up leaves a checkpoint',
  { timeout: 120_000 + 1000 * stopped },
  async () => {
    const run = at('run');
    let child: ChildProcess | undefined;
    const first = alstm(train('run', '--epochs', '100000', '--patience', '0'), {
      onStart: (started) => (child = started),
      deadline: 110 + stopped,
    });
    await until(() => newestStep(run) > 0);
    child?.kill('SIGSTOP');
    const began = performance.now();
    symlinkSync(run, at('link'));
    for (const path of [at('link'), `${at('corpus')}/../run/`, ...bound(run)]) {
      const second = await alstm(['train', '--resume', '--out', path, ...common()]);
      expect(second.status).toBe(1);
      expect(errorOf(second).message).toContain(`is in use by process ${child?.pid}`);
    }
    await new Promise((go) => setTimeout(go, 1000 * stopped - (performance.now() - began)));
    const before = newestStep(run);
    child?.kill('SIGCONT');
    await until(() => newestStep(run) > before); // it goes on
    // nobody reads what it says any more, as after a terminal was closed
    child?.stdout?.destroy();
    child?.stderr?.destroy();
    child?.kill('SIGHUP');
    const ended = await first;
    expect(ended.status).toBe(130); // it stopped by itself
    const log = readFileSync(join(run, 'log.jsonl'), 'utf8').trim().split('\n');
    const epochs = log.map((line) => (JSON.parse(line) as { epoch: number }).epoch);
    expect(epochs).toEqual(epochs.map((_, i) => i + 1));
    expect(newestStep(run)).toBeGreaterThan(before);
    expect(filesIn(run).filter((name) => /\.tmp$|\.lock$/.test(name))).toEqual([]);
    keepResults('stopped', { seconds: stopped, stepsBefore: before, stepsAfter: newestStep(run) });
  },
);

/** The same folder mounted at another place, where that is possible. */
function bound(folder: string): string[] {
  const other = at('bound');
  mkdirSync(other);
  if (spawnSync('mount', ['--bind', folder, other]).status !== 0) return [];
  unmount.push(other);
  return [other];
}

async function until(is: () => boolean): Promise<void> {
  for (let look = 0; !is(); look++) {
    if (look === 2000) throw new Error('it did not come to pass within 40 s');
    await new Promise((go) => setTimeout(go, 20));
  }
}

describe.skipIf(process.platform !== 'linux')('with little', () => {
  const limited = (n: number): string[] => ['sh', '-c', `ulimit -n ${n} && exec "$0" "$@"`];
  const predict = (): string[] => ['predict', at('model'), at('corpus'), '--json', ...common()];

  test('40 descriptors: a line says so, and nothing is written', async () => {
    const args = ['features', at('corpus'), '--out', at('none'), ...common()];
    const ended = await alstm(args, { through: limited(40) });
    expect(ended).toEqual({
      status: 1,
      stdout: '',
      stderr: 'alstm: too many files are open\n  Raise the limit (ulimit -n): 256 are enough.\n',
    });
    expect(existsSync(at('none'))).toBe(false);
  });

  test('256 descriptors, and 200 MB of heap: enough', async () => {
    const env = { NODE_OPTIONS: '--max-old-space-size=200' };
    const ended = await alstm(predict(), { through: limited(256), env });
    expect(ended).toMatchObject({ status: 0 });
    expect(jsonLines(ended)).toHaveLength(6);
  });

  test('a reader that has enough, as `head` has: it ends quietly', async () => {
    const ended = await alstm(predict(), { closeAfter: 10 });
    expect(ended.status).toBe(0);
    expect(ended.stderr).not.toMatch(/^alstm:|EPIPE/m);
  });
});

describe.skipIf(process.platform !== 'linux')('results that go where no file is', () => {
  const corpus = (out: string): string[] => ['corpus', 'manifest', at('corpus'), '--out', out];

  /** Runs it with its standard output in a file. */
  async function printedTo(path: string, args: readonly string[]) {
    const out = openSync(path, 'a');
    const child = spawn(process.execPath, [command(), ...args], {
      stdio: ['ignore', out, 'pipe'],
    });
    closeSync(out);
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [status] = (await once(child, 'close')) as [number];
    return { status, stdout: '', stderr };
  }

  test('a full device: a line in words', async () => {
    const ended = await printedTo('/dev/full', ['corpus', 'manifest', at('corpus')]);
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('alstm: cannot write the results: the disk is full\n');
  });

  test('its own standard output, by whatever name: refused, and not replaced', async () => {
    const path = at('printed.csv');
    for (const out of ['/dev/stdout', path]) {
      const ended = await printedTo(path, corpus(out));
      expect(ended.status).toBe(1);
      expect(errorOf(ended).message).toBe(`cannot write ${out}: this command prints to it`);
      expect(statSync(path).size).toBe(0);
    }
  });

  test('a pipe or a device: refused at once, and still there', async () => {
    spawnSync('mkfifo', [at('pipe')]);
    for (const out of [at('pipe'), '/dev/full', '/dev/zero']) {
      const ended = await alstm(corpus(out));
      expect(ended.status).toBe(1);
      expect(errorOf(ended).message).toBe(`cannot write ${out}: it is not a regular file`);
      expect(statSync(out).isFile()).toBe(false);
    }
  });
});
