/** Names from strangers reach a terminal only as text. */
import { beforeAll, expect, test } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { formatCsv } from '../../src/core/csv.js';
import { sortedUnique } from '../../src/core/order.js';
import { writeModel } from '../../src/model/folder.js';
import { MemoryFiles } from '../support/memory-files.js';
import { tinyModel } from '../model/tiny-model.js';
import type { Ended } from '../support/process.js';
import { adapterArgs, alstmHere, jsonLines } from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();
const files = new MemoryFiles();

/** Clears the screen, begins a line of its own, moves the cursor by a C1 control, turns the writing. */
const tricks = ['\x1b[2J', '\nalstm: forged', '\x9b2J', '\u202egnp', '\u2028', '\r'] as const;
const named = (what: string) => tricks.map((trick) => `${what}${trick}`);
const [fileName, , ...otherNames] = named('rec').map((name) => `${name}.wav`) as [string, string];

const here = (...args: string[]) =>
  alstmHere([...args, ...adapterArgs()], { files, cache: at('cache') });

/** That nothing of an output is obeyed; line ends are those of lines that were meant. */
function expectPlain({ stdout, stderr }: Ended): void {
  for (const text of [stdout, stderr]) {
    expect(text.replaceAll('\n', '')).not.toMatch(
      /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/u,
    );
    expect(text).not.toMatch(/^alstm: forged/m);
  }
}

beforeAll(async () => {
  const plain = tinyModel();
  const labels = { emotion: sortedUnique(named('joy')).slice(0, 3), gender: ['\x1b[8mf', 'm'] };
  await writeModel(files, 'm', { ...plain, labels });
  const tone = Float32Array.from({ length: 4800 }, (_, i) => Math.sin(i / 9) * Math.sin(i / 300));
  const wav = encodeWav(tone, 16_000);
  for (const name of [fileName, ...otherNames]) await files.write(`rec/${name}`, wav);
  const rows = named('S').map((speaker, i) => [`${i}.wav`, named('joy')[i] ?? '', speaker, '']);
  await files.write('c/m.csv', formatCsv([['path', 'emotion', 'speaker', 'gender'], ...rows]));
  for (const [path = ''] of rows) await files.write(`c/${path}`, wav);
});

test('labels of a model and names of recordings, in what predict prints', async () => {
  const ended = await here('predict', 'm', 'rec');
  expect(ended.status).toBe(0);
  expect(ended.stdout).toContain('rec/rec\ufffd[2J.wav');
  expect(ended.stdout).toContain('\ufffd[8mf');
  expectPlain(ended);
});

test('in JSON they are whole, and escaped', async () => {
  const ended = await here('predict', 'm', 'rec', '--json');
  const paths = jsonLines(ended).map((line) => (line as { path: string }).path);
  expect(paths).toContain(`rec/rec${tricks[2]}.wav`);
  expect(paths).toHaveLength(1 + otherNames.length);
  expectPlain(ended);
});

test('speakers and emotions of a corpus, and the hint that lists them', async () => {
  const summary = await here('corpus', 'manifest', 'c/m.csv');
  expect(summary.stdout).toContain('S\ufffd[2J 1');
  expectPlain(summary);
  const unknown = await here('corpus', 'manifest', 'c/m.csv', '--emotions', 'none');
  expect(unknown.status).toBe(1);
  expect(unknown.stderr).toContain('It has joy');
  expectPlain(unknown);
});

test('errors about a file, an argument and an option', async () => {
  for (const trick of tricks) {
    expectPlain(await here('predict', `m${trick}`, 'rec'));
    expectPlain(await here('corpus', 'manifest', `c/none${trick}.csv`));
    expectPlain(await here(`no${trick}`));
    expectPlain(await here('doctor', `--no${trick}`));
    expectPlain(await here('corpus', 'manifest', 'c/m.csv', '--style', `x${trick}`));
  }
});
