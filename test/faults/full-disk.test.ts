/** A disk that is really full, a few kilobytes more or less: one line, nothing half-written, and it goes on after. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isUnfinished } from '../../src/core/files.js';
import { adapterArgs, alstm, errorOf, filesIn } from '../cli/run-cli.js';
import { scratchFolder } from '../cli/scratch.js';
import { countFrom, keepResults } from '../support/results.js';
import {
  prepareWriting,
  sizes as small,
  writingCommands,
  written,
  type Writing,
} from './writing.js';

/** How many sizes of the space that is left each command meets. */
const sizes = countFrom('ALSTM_FAULT_FULL_DISKS', 1);
const DISK = 2 ** 20;
/** Names of a command that is tried in every run of the tests; the others as well where there are more sizes. */
const usual = ['export --hf', 'predict --out .csv'];

const at = scratchFolder();
const names = [
  ...['corpus --out', 'features --out', 'export --onnx', 'export --hf', 'enrol'],
  ...['predict --out .jsonl', 'predict --out .csv', 'predict --out .parquet', 'experiment --out'],
  'train --out',
].filter((name) => sizes > 1 || usual.includes(name));
const disk = (): string => at('disk');
let mounted = false;
const refusals: { command: string; left: number; message: string }[] = [];

beforeAll(async () => {
  await prepareWriting(at);
  mkdirSync(disk());
  const args = ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs', disk()];
  mounted = process.getuid?.() === 0 && spawnSync('mount', args).status === 0;
}, 60_000);
afterAll(() => {
  if (mounted) spawnSync('umount', [disk()]);
});

/** Fills the disk but for so many bytes, in whole pages. */
function fillBut(left: number): void {
  const { bavail, bsize } = statfsSync(disk());
  writeFileSync(at('disk', 'filling'), new Uint8Array(Math.max(0, bavail * bsize - left)));
}

function commandOf(name: string): Pick<Writing, 'args' | 'again'> {
  return name === 'train --out' ? { args: train } : writingCommands(at)[name]!;
}

/** Trains, or goes on with what is there. */
function train(folder: string): string[] {
  const run = join(folder, 'run');
  const common = ['--cache', at('cache'), ...adapterArgs()];
  if (existsSync(join(run, 'config.json'))) return ['train', '--resume', '--out', run, ...common];
  const data = ['--manifest', at('corpus', 'manifest.csv'), '--epochs', '2', '--checkpoint-every'];
  return ['train', ...data, '3', ...small, '--out', run, ...common];
}

describe.each(names)('%s', (name) => {
  test('refused, then done', { timeout: 30_000 + sizes * 40_000 }, async (ctx) => {
    if (!mounted) return ctx.skip('a tmpfs cannot be mounted here');
    const writing = commandOf(name);
    const whole = at('whole', name); // as deep as those on the disk: a manifest's paths are relative
    mkdirSync(whole, { recursive: true });
    expect(await alstm(writing.args(whole))).toMatchObject({ status: 0 });
    for (const left of readdirSync(disk())) rmSync(join(disk(), left), { recursive: true });
    const bytes = filesIn(whole).length * 4096;
    for (let i = 0; i < sizes; i++) {
      const folder = at('disk', `${i}`);
      mkdirSync(folder);
      const left = 4096 * Math.floor((i * bytes) / sizes / 4096);
      fillBut(left);
      const ended = await alstm(writing.args(folder));
      if (ended.status === 0) break; // there was room enough
      expect(ended.status).toBe(1);
      const { message, hint } = errorOf(ended);
      expect(message).toMatch(
        /^cannot (write|make the folder|create the folder) .*: the disk is full$/,
      );
      expect(hint).toContain('Free some space');
      expect(filesIn(folder).filter((path) => isUnfinished(path.split('/').at(-1)!))).toEqual([]);
      refusals.push({ command: name, left, message: message.replace(at(), '') });
      rmSync(at('disk', 'filling'));
      const again = await alstm([...writing.args(folder), ...(writing.again ?? [])]);
      expect(again).toMatchObject({ status: 0 });
      expect(written(folder)).toEqual(written(whole));
      rmSync(folder, { recursive: true });
    }
    expect(refusals.filter(({ command }) => command === name).length).toBeGreaterThan(0);
  });
});

test('the refusals are kept', (ctx) => {
  if (!mounted) return ctx.skip('a tmpfs cannot be mounted here');
  keepResults('full-disk', { refused: refusals.length, goneOn: refusals.length, refusals });
});
