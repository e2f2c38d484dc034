/** Hostile names on a terminal: it gets no control characters but those of the program, on the lines that were meant. */
import { Writable } from 'node:stream';
import { beforeAll, expect, it, test } from 'vitest';
import { encodeWav } from '../../../src/audio/wav.js';
import { startProgress } from '../../../src/cli/progress.js';
import { sortedUnique } from '../../../src/core/order.js';
import { writeManifest } from '../../../src/corpora/manifest.js';
import { writeModel } from '../../../src/model/folder.js';
import { adapterArgs, alstmHere, jsonLines } from '../../cli/run-cli.js';
import { scratchFolder } from '../../cli/scratch.js';
import { tinyModel } from '../../model/tiny-model.js';
import { MemoryFiles } from '../../support/memory-files.js';
import type { Ended } from '../../support/process.js';
import { allNames, innocentFor, keepCounts, namesForLong, shownName } from './names.js';

const at = scratchFolder();
const names = allNames.map(([, name]) => name);
const ofKind = (...kinds: readonly string[]) =>
  allNames.filter(([kind]) => kinds.includes(kind)).map(([, name]) => name);
/** What may be a recording in a folder: in the short form those that are meant for terminals. */
const fileNames = (namesForLong === allNames ? names : ofKind('terminal', 'script')).filter(
  (name) => !name.includes('/') && name.length < 1000,
);

const here = (files: MemoryFiles, ...args: string[]) =>
  alstmHere([...args, ...adapterArgs()], { files, cache: at('cache') });

/** Files with a model and a corpus of such names. */
async function filesOf(nameOf: (name: string) => string): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  const [emotion, gender] = [names.slice(0, 3).map(nameOf), ['female', nameOf(names.at(-3)!)]];
  const labels = { emotion: sortedUnique(emotion), gender: sortedUnique(gender) };
  await writeModel(files, 'm', { ...tinyModel(), labels });
  const tone = Float32Array.from({ length: 4800 }, (_, i) => Math.sin(i / 9) * Math.sin(i / 300));
  const wav = encodeWav(tone, 16_000);
  for (const [i, name] of fileNames.entries())
    await files.write(`rec/${i}${nameOf(name)}.wav`, wav);
  const utterances = names.map((name, i) => {
    const own = `${nameOf(name)}${i}`;
    return { path: `c/${i}.wav`, labels: { emotion: own, speaker: own } };
  });
  for (const { path } of utterances) await files.write(path, wav);
  await writeManifest(files, 'c/m.csv', utterances);
  return files;
}

keepCounts('terminal', ['predict', 'predict --json', 'corpus', 'errors', 'progress bars']);

let hostile: MemoryFiles;
let plain: MemoryFiles;
beforeAll(async () => {
  hostile = await filesOf(String);
  plain = await filesOf(innocentFor);
});

const obeyed = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/u;

function expectLike({ status, stdout, stderr }: Ended, innocent: Ended): void {
  expect(status).toBe(innocent.status);
  for (const [text, own] of [
    [stdout, innocent.stdout],
    [stderr, innocent.stderr],
  ] as const) {
    expect(text.replaceAll('\n', '')).not.toMatch(obeyed);
    expect(text).not.toMatch(/^alstm: forged/m);
    // of progress there may be a line more or less, and the adapter is unpacked once
    const lines = (of: string) =>
      of.split('\n').filter((line) => !/^\w+ {2}\d+\/\d+|^unpacking/.test(line));
    expect(lines(text)).toHaveLength(lines(own).length);
  }
}

test.each([
  ['predict', 'm', 'rec'],
  ['predict', 'm', 'rec', '--json'],
  ['corpus', 'manifest', 'c/m.csv'],
  ['corpus', 'manifest', 'c/m.csv', '--emotions', 'none'],
])('%s %s %s %s', async (...args) => {
  const ended = await here(hostile, ...args);
  if (!args.includes('--json')) return expectLike(ended, await here(plain, ...args));
  expectLike(ended, ended);
  expect(ended.status).toBe(0);
  const paths = jsonLines(ended).map((line) => (line as { path: string }).path);
  expect(new Set(paths)).toEqual(new Set(fileNames.map((name, i) => `rec/${i}${name}.wav`)));
});

it.each([false, true])('errors about a name, with colours: %s', async (colors) => {
  for (const [, name] of namesForLong) {
    for (const args of [
      ['predict', `m${name}`, 'rec'],
      ['evaluate', `r${name}`],
      ['corpus', 'manifest', `c/${name}.csv`],
      ['train', '--manifest', `c/${name}.csv`, '--out', `r${name}`],
      [`c${name}`],
      ['doctor', `--no${name}`],
      ['corpus', 'manifest', 'c/m.csv', '--emotions', `"${name.replaceAll('"', '""')}"x`],
    ]) {
      const { status, stdout, stderr } = await alstmHere(args, {
        files: hostile,
        cache: at('cache'),
        colors,
      });
      expect(status, shownName(name)).toBeGreaterThan(0);
      // eslint-disable-next-line no-control-regex -- what colours are made of
      const text = (stdout + stderr).replace(/\x1b\[\d+m/g, '');
      expect(text.replaceAll('\n', '')).not.toMatch(obeyed);
      expect(text.split('\n').filter((line) => line.startsWith('alstm: '))).toHaveLength(1);
    }
  }
});

/** What a bar writes to a terminal about a job of that name. */
function barOf(name: string): string {
  let written = '';
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      written += chunk.toString();
      done();
    },
  });
  const terminal = Object.assign(stream, {
    isTTY: true,
    columns: 80,
    rows: 25,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  }) as unknown as NodeJS.WriteStream;
  const output = { write: (text: string) => void (written += text), terminal };
  const progress = startProgress(output, name, 3);
  progress.update(1, name);
  progress.stop();
  return written;
}

it('progress bars', () => {
  // eslint-disable-next-line no-control-regex -- what a bar is drawn with
  const controls = (text: string) => text.match(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g);
  for (const name of names) {
    expect(controls(barOf(name)), shownName(name)).toEqual(controls(barOf(innocentFor(name))));
  }
  expect(controls('\x1b[2J')).not.toBeNull();
});
