/** Folders that nobody may write to: one clear line, nothing half-written, and no cache is no obstacle. */
import { cpSync, mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeModel } from '../../src/model/folder.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { adapterArgs, alstm, alstmHere, errorOf, filesIn, writeFiles } from '../cli/run-cli.js';
import type { CliOptions } from '../cli/run-cli.js';
import { scratchFolder } from '../cli/scratch.js';
import { tinyModel } from '../model/tiny-model.js';
import type { Ended } from '../support/process.js';
import { corpusFiles } from '../data/corpus-files.js';
import { failingBelow, permit, refusing } from './refused.js';

const at = scratchFolder();
const sizes = [
  '--preset',
  'alstm-1',
  '--units',
  '4',
  '--frontend-units',
  '4',
  '--head-hidden',
  '0',
  '--epochs',
  '1',
];
const plain = ['--cell', 'lstm', '--unidirectional', '--pooling', 'mean'];
const data = (): string[] => ['--manifest', at('corpus', 'manifest.csv')];
const common = (): string[] => ['--cache', at('cache'), ...adapterArgs()];
const train = (out: string): string[] => [
  ...['train', ...data(), ...sizes, ...plain, '--out', out],
  ...common(),
];

/** Commands that write below a folder. */
const writing: Readonly<Record<string, (folder: string) => string[]>> = {
  'train --out': (folder) => train(`${folder}/run`),
  'train --resume': (folder) => ['train', '--resume', '--out', `${folder}/begun`, ...common()],
  'train --trace': (folder) => [
    ...train(`${at('traced')}-${basename(folder)}`),
    '--trace',
    `${folder}/trace.json`,
  ],
  'features --out': (folder) => [
    'features',
    at('corpus'),
    '--out',
    `${folder}/features`,
    ...common(),
  ],
  'corpus --out': (folder) => ['corpus', 'manifest', at('corpus'), '--out', `${folder}/new.csv`],
  'export --onnx': (folder) => ['export', at('model'), '--onnx', `${folder}/model.onnx`],
  'export --hf': (folder) => ['export', at('model'), '--hf', `${folder}/hf`],
  'experiment --out': (folder) => [
    ...['experiment', ...data(), '--cells', 'lstm', '--seeds', '0', ...sizes],
    ...['--out', `${folder}/experiment`, ...common()],
  ],
};

beforeAll(async () => {
  await writeFiles(at('corpus'), corpusFiles(6));
  await writeModel(new NodeFiles(), at('model'), tinyModel());
  expect(await alstmHere(train(at('begun')))).toMatchObject({ status: 0 });
});

/** A folder with a run in it. */
function folderOf(name: string): string {
  mkdirSync(at(name));
  cpSync(at('begun'), at(name, 'begun'), { recursive: true });
  return at(name);
}

function expectRefusal(ended: Ended, folder: string, reason: string): void {
  expect(ended).toMatchObject({ status: 1, stdout: '' });
  const { message, hint } = errorOf(ended);
  expect(message).toContain(folder);
  expect(message).toMatch(new RegExp(`^cannot (write|make the folder) .*: ${reason}$`));
  expect(hint).not.toBe('');
}

const commands = Object.keys(writing);
const quick = commands.filter((name) => !name.startsWith('train'));

describe.each([
  ['EACCES', 'permission denied', commands],
  ['EROFS', 'the file system is read-only', quick],
] as const)('where the system answers %s', (code, reason, names) => {
  it.each(names)('%s', async (name) => {
    const folder = folderOf(`${code}-${name}`);
    const before = filesIn(folder);
    const files = new NodeFiles(failingBelow(folder, code));
    const cache = at('cache');
    expectRefusal(await alstmHere(writing[name]!(folder), { files, cache }), folder, reason);
    expect(filesIn(folder)).toEqual(before);
  });
});

describe('in a folder that really cannot be written', () => {
  let options: CliOptions | undefined;
  let folder: string;
  let before: string[];
  beforeAll(() => {
    folder = folderOf('real');
    before = filesIn(folder);
    options = refusing(folder);
  });
  afterAll(() => permit(folder, 0o755)); // else it could not be removed

  it.for(commands.filter((name) => name !== 'train --trace'))('%s', async (name, ctx) => {
    if (options === undefined) return ctx.skip('root cannot mount the folder read-only here');
    const reason = '(permission denied|the file system is read-only)';
    expectRefusal(await alstm(writing[name]!(folder), options), folder, reason);
    expect(filesIn(folder)).toEqual(before);
  });

  it('a run can be evaluated and predicted with, and says once that nothing is cached', async (ctx) => {
    if (options === undefined) return ctx.skip('root cannot mount the folder read-only here');
    const cache = ['--cache', folder, ...adapterArgs()];
    for (const command of [
      ['evaluate', `${folder}/begun`, '--json'],
      ['predict', `${folder}/begun`, at('corpus'), '--json'],
    ]) {
      const ended = await alstm([...command, ...cache], options);
      expect(ended).toMatchObject({ status: 0 });
      expect(warnings(ended)).toEqual([
        expect.stringMatching(
          /^warning: cannot write \S*features: .*(denied|read-only); the features are not stored$/,
        ),
      ]);
    }
    expect(filesIn(folder)).toEqual(before);
  });
});

function warnings({ stderr }: Ended): string[] {
  return stderr.split('\n').filter((line) => line.startsWith('warning: '));
}

it('a cache that nobody may look into is no obstacle, and is reported once', async () => {
  const cache = at('closed');
  const fs = failingBelow(cache, 'EACCES', true);
  const args = ['features', at('corpus'), '--out', at('computed'), '--json'];
  const ended = await alstmHere(args, { files: new NodeFiles(fs), cache });
  expect(ended).toMatchObject({ status: 0 });
  expect(warnings(ended)).toEqual([
    `warning: cannot inspect ${cache}/features: permission denied; the features are computed again`,
    `warning: cannot write ${cache}/features: permission denied; the features are not stored`,
  ]);
  expect(filesIn(at('computed'))).toHaveLength(18);
});
