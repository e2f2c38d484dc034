/** `predict` on many recordings: where they come from, where the results go, and what a kill leaves. */
import { appendFile, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { parseCsv } from '../../src/core/csv.js';
import { ownMoments, priorOf } from '../../src/features/speaker-moments.js';
import { featuresOfFile } from '../../src/features/utterance.js';
import { safeCell, textOfCell } from '../../src/core/csv-cells.js';
import { recordsOf } from '../../src/cli/predict/records.js';
import { writeModel } from '../../src/model/folder.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { corpusFiles } from '../data/corpus-files.js';
import { tinyModel } from '../model/tiny-model.js';
import type { Ended } from '../support/process.js';
import {
  adapterArgs,
  alstm,
  alstmHere,
  errorOf,
  filesIn,
  jsonLines,
  writeFiles,
} from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();
const common = () => ['--cache', at('cache'), ...adapterArgs()];
const predict = (...args: string[]) => alstmHere(['predict', ...args, ...common()]);

interface Line {
  readonly path: string;
  readonly error?: string;
  readonly emotion: { readonly label: string; readonly scores: Readonly<Record<string, number>> };
  readonly speaker_recordings?: number;
}

const linesIn = async (file: string): Promise<Line[]> =>
  jsonLines({ stdout: await readFile(file, 'utf8') } as Ended) as Line[];
const pathsOf = (lines: readonly Line[]): string[] => lines.map(({ path }) => path);

let calls: string[];
let expected: Line[];

beforeAll(async () => {
  const recordings = Object.entries(corpusFiles(3)).filter(([name]) => name.endsWith('.wav'));
  const files = recordings.map(([name, bytes]) => {
    const [speaker, file] = name.split('-');
    return [`${speaker}/${file}`, bytes] as const;
  });
  await writeFiles(at('calls'), Object.fromEntries(files));
  await writeFiles(at('calls'), { 'ann/bad.wav': 'no sound', 'ann/notes.txt': 'text' });
  calls = filesIn(at('calls')).filter((name) => name.endsWith('.wav'));
  calls = calls.map((name) => at('calls', name));
  const disk = new NodeFiles();
  await writeModel(disk, at('model'), tinyModel());
  await writeModel(disk, at('other'), tinyModel(4));
  const { features } = await featuresOfFile(disk, calls[0]!);
  const prior = priorOf([ownMoments(features, 36, false)], 1);
  const normalisation = { scope: 'speaker', prior } as const;
  await writeModel(disk, at('by-speaker'), { ...tinyModel(), normalisation });
  const alone = await predict(at('model'), ...calls, '--json');
  expect(alone.status).toBe(1); // ann/bad.wav
  expected = jsonLines(alone) as Line[];
  expect(pathsOf(expected)).toEqual(calls);
  expect(expected.filter(({ error }) => error !== undefined)).toHaveLength(1);
  expect(alone.stderr).toMatch(
    /10 recordings, 1 failed, .* of audio in .*: [\d.]+ hours of audio a second \([\d.]+ x real time/,
  );
}, 60_000);

describe('recordings come from', () => {
  test('a pattern that the shell did not expand, and a folder that one matches', async () => {
    const all = await predict(at('model'), at('calls/**/*.wav'), '--json');
    expect(jsonLines(all)).toEqual(expected);
    const folders = await predict(at('model'), at('calls/{ann,bob}'), '--json');
    expect(pathsOf(jsonLines(folders) as Line[])).toEqual(calls.slice(0, 7));
    const text = await predict(at('model'), at('calls/ann/*.t?t'), '--json');
    expect(pathsOf(jsonLines(text) as Line[])).toEqual([at('calls/ann/notes.txt')]);
    const none = await predict(at('model'), at('calls/*.mp3'));
    expect(errorOf(none).message).toBe(`${at('calls/*.mp3')} matches no audio files`);
  });

  test('a path that exists, whatever a pattern would make of it', async () => {
    const name = at('odd', 'a[1].wav');
    const bytes = await readFile(calls[0]!);
    await writeFiles(at('odd'), { 'a[1].wav': bytes, 'a1.wav': bytes });
    const ended = await predict(at('model'), name, '--json', '--no-attention');
    expect(pathsOf(jsonLines(ended) as Line[])).toEqual([name]);
    expect(ended.stdout).not.toContain('attention');
  });

  test('standard input, a path a line', async () => {
    const stdin = `${calls[1]}\r\n\n${at('calls', 'bob')}\n${at('nowhere')}`;
    const args = ['predict', at('model'), '-', '--json', ...common()];
    const ended = await alstmHere(args, { stdin });
    const lines = jsonLines(ended) as Line[];
    expect(pathsOf(lines)).toEqual([calls[1], ...calls.slice(4, 7), at('nowhere')]);
    expect(lines[0]).toEqual(expected[1]);
    expect(ended.status).toBe(1);
  });

  test('a manifest, which may name speakers', async () => {
    const rows = ['speaker,path', 'x,ann/0.wav', 'y,bob/0.wav', 'x,cid/0.wav'];
    await writeFile(at('calls', 'list.csv'), rows.join('\n'));
    const manifest = ['--manifest', at('calls', 'list.csv'), '--json'];
    const own = ['ann', 'bob', 'cid'].map((name) => at('calls', name, '0.wav'));
    const alone = await predict(at('model'), ...manifest);
    expect(pathsOf(jsonLines(alone) as Line[])).toEqual(own);
    const ended = await predict(at('by-speaker'), ...manifest, '--speaker-by', 'manifest');
    const counts = (jsonLines(ended) as Line[]).map(({ path, speaker_recordings: n }) => [path, n]);
    expect(counts).toEqual([
      [own[0], 2],
      [own[2], 2],
      [own[1], 1],
    ]);
    const both = await predict(at('model'), calls[0]!, ...manifest);
    expect(errorOf(both).message).toContain('was given together with --manifest');
    const without = await predict(at('by-speaker'), at('calls'), '--speaker-by', 'manifest');
    expect(errorOf(without).message).toContain('without a manifest that has a column speaker');
    await writeFile(at('calls', 'outside.csv'), 'path\n../model/config.json\n');
    const outside = await predict(at('model'), '--manifest', at('calls', 'outside.csv'));
    expect(errorOf(outside).message).toContain('line 2');
  });
});

describe('results go to', () => {
  test('lines of JSON as --json prints them', async () => {
    const ended = await predict(at('model'), at('calls'), '--out', at('all.jsonl'));
    expect(ended.status).toBe(1);
    expect(ended.stdout).toMatch(/all\.jsonl {2}10 recordings, 1 failed/);
    expect(await linesIn(at('all.jsonl'))).toEqual(expected);
  });

  const columns = [
    ...['path', 'emotion', 'emotion_anger', 'emotion_joy', 'emotion_sadness'],
    ...['gender', 'gender_female', 'gender_male', 'seconds', 'features_on', 'error'],
  ];

  test('CSV', async () => {
    await predict(at('model'), at('calls'), '--out', at('all.csv'));
    const [head, ...rows] = parseCsv(await readFile(at('all.csv'), 'utf8'), 'all.csv');
    expect(head?.fields).toEqual(columns);
    const wanted = expected.map(({ path, error, emotion }) => [
      path,
      emotion?.label ?? '',
      String(emotion?.scores['anger'] ?? ''),
      error ?? '',
    ]);
    expect(rows.map(({ fields: f }) => [f[0], f[1], f[2], f.at(-1)])).toEqual(wanted);
  });

  test('Parquet, with columns of their types', async () => {
    await predict(at('model'), at('calls'), '--out', at('all.parquet'));
    const file = await asyncBufferFromFile(at('all.parquet'));
    const { schema, key_value_metadata: own } = await parquetMetadataAsync(file);
    expect(schema.slice(1).map(({ name }) => name)).toEqual(columns);
    expect(new Set(schema.slice(1).map(({ type }) => type))).toEqual(
      new Set(['BYTE_ARRAY', 'DOUBLE']),
    );
    expect(own?.find(({ key }) => key === 'alstm')?.value).toContain('"models"');
    const rows = await parquetReadObjects({ file });
    const wanted = expected.map(({ path, error, emotion }) => ({
      path,
      emotion: emotion?.label ?? null,
      emotion_joy: emotion?.scores['joy'] ?? null,
      error: error ?? null,
    }));
    expect(rows).toMatchObject(wanted);
    expect(filesIn(at()).filter((name) => name.startsWith('all.parquet'))).toEqual([
      'all.parquet',
      'all.parquet.run.json',
    ]);
    const again = await predict(at('model'), at('calls'), '--out', at('all.parquet'), '--resume');
    expect(again).toMatchObject({ status: 0, stdout: '' });
    expect(again.stderr).toContain('is complete: nothing is left to do');
  });

  test('a new file, which can be written, before anything is computed', async () => {
    await writeFile(at('mine.csv'), 'mine');
    await mkdir(at('folder.csv'), { recursive: true });
    for (const [out, problem] of [
      ['mine.csv', /mine\.csv exists already$/],
      ['folder.csv', /folder\.csv/],
      [join('mine.csv', 'x.csv'), /cannot create the folder/],
      ['results.txt', /Give a file that ends with \.jsonl, \.csv, \.parquet/],
    ] as const) {
      const ended = await predict(at('model'), at('calls'), '--out', at(out));
      expect(ended.status).toBeGreaterThan(0);
      expect(ended.stderr).toMatch(new RegExp(problem.source, 'm'));
      expect(ended.stderr).not.toContain('adapter:');
    }
    expect(await readFile(at('mine.csv'), 'utf8')).toBe('mine');
    const resumed = await predict(at('model'), calls[0]!, '--out', at('mine.csv'), '--resume');
    expect(errorOf(resumed).message).toContain('there is no');
  });
});

describe('--resume', () => {
  const resume = (out: string, ...more: string[]) =>
    predict(at('model'), at('calls'), '--out', at(out), '--resume', ...more);

  /** A file that was begun by the tests above. */
  const copied = async (out: string): Promise<void> => {
    const all = `all.${out.split('.').at(-1)}`;
    await copyFile(at(all), at(out));
    await copyFile(at(`${all}.run.json`), at(`${out}.run.json`));
  };

  test.each(['jsonl', 'csv', 'parquet'])('goes on with a %s that a kill left', async (kind) => {
    const out = `cut.${kind}`;
    const rows = kind === 'parquet' ? `${out}.jsonl` : out;
    const whole = await readFile(at(`all.${kind}`));
    await copyFile(at(`all.${kind}.run.json`), at(`${out}.run.json`));
    if (kind === 'parquet') {
      const text = expected.map((line) => JSON.stringify({ ...line, attention: undefined }));
      await writeFile(at(rows), `${text.slice(0, 5).join('\n')}\n`);
    } else {
      const lines = whole.toString().split('\n');
      await writeFile(at(rows), `${lines.slice(0, kind === 'csv' ? 6 : 5).join('\n')}\n`);
    }
    await appendFile(at(rows), kind === 'csv' ? '"calls/a\nb' : '{"path":"cal');
    const ended = await resume(out);
    expect(ended.stdout).toContain('5 recordings');
    expect(await readFile(at(out))).toEqual(whole);
    expect(filesIn(at()).filter((name) => /\.tmp$|\.lock$|parquet\.jsonl$/.test(name))).toEqual([]);
  });

  test('begins where there is nothing, and repeats nothing', async () => {
    expect((await resume('new.csv')).stdout).toContain('10 recordings, 1 failed');
    const before = await readFile(at('new.csv'), 'utf8');
    const again = await resume('new.csv');
    expect(again).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(' 0 recordings') as string,
    });
    expect(again.stderr).toContain('1 failed before: try them again with --resume --retry-failed');
    expect(await readFile(at('new.csv'), 'utf8')).toBe(before);
  });

  test('tries recordings again that failed, if asked to, in place of their rows', async () => {
    const bad = at('calls', 'ann', 'bad.wav');
    await copied('retried.jsonl');
    await writeFile(bad, await readFile(calls[0]!));
    try {
      const ended = await resume('retried.jsonl', '--retry-failed');
      expect(ended).toMatchObject({
        status: 0,
        stdout: expect.stringContaining(' 1 recordings') as string,
      });
      const lines = await linesIn(at('retried.jsonl'));
      expect(pathsOf(lines).sort()).toEqual([...calls].sort());
      expect(lines.find(({ path }) => path === bad)?.emotion).toEqual(expected[0]?.emotion);
    } finally {
      await writeFile(bad, 'no sound');
    }
  });

  test('refuses another model and other options, and rows that are not its own', async () => {
    await copied('settled.csv');
    const other = await predict(at('other'), at('calls'), '--out', at('settled.csv'), '--resume');
    expect(errorOf(other).message).toBe(`${at('settled.csv')} was begun with another model`);
    const shard = await resume('settled.csv', '--shard', '1/2');
    expect(errorOf(shard).message).toContain(
      'was begun with no --shard, and now there is --shard 1/2',
    );
    await copied('changed.jsonl');
    await appendFile(at('changed.jsonl'), '{"file":"x"}\n');
    const changed = await resume('changed.jsonl');
    expect(errorOf(changed).message).toContain('record 11: not a row that predict --out wrote');
    for (const args of [['--resume'], ['--out', at('x.csv'), '--retry-failed']]) {
      const ended = await predict(at('model'), at('calls'), ...args);
      expect(ended.status).toBe(2);
    }
  });

  test('after kill -9 nothing is lost, and nothing is there twice', async () => {
    const count = 700; // more than a window
    const short = encodeWav(new Float32Array(480).fill(0.1), 16_000);
    const names = Array.from({ length: count }, (_, i) => `${i}.wav`);
    await writeFiles(at('many'), Object.fromEntries(names.map((name) => [name, short])));
    const own = ['predict', at('model'), at('many'), '--out', at('killed.csv'), '--resume'];
    const args = [...own, '--no-feature-cache', ...common()];
    const rows = async (): Promise<string[]> =>
      existsSync(at('killed.csv'))
        ? (await readFile(at('killed.csv'), 'utf8')).split('\n').slice(1, -1)
        : [];
    const first = await alstm(args, {
      onStart: (child) => {
        const timer = setInterval(() => {
          void rows().then((found) => found.length > 0 && child.kill('SIGKILL'));
        }, 2);
        child.on('exit', () => clearInterval(timer));
      },
    });
    expect(first.status).toBe('SIGKILL');
    const left = (await rows()).length;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(count);
    const second = await alstmHere(args);
    expect(second).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(` ${count - left} recordings`) as string,
    });
    const paths = (await rows()).map((line) => line.split(',')[0]);
    expect(paths).toHaveLength(count);
    expect(new Set(paths).size).toBe(count);
  }, 60_000);
});

describe('--shard', () => {
  test('shards together have everything once, each speaker in one of them', async () => {
    const args = [at('by-speaker'), at('calls'), '--json', '--speaker-by', 'folder'];
    const whole = jsonLines(await predict(...args)) as Line[];
    const parts: Line[][] = [];
    for (const shard of ['1/2', '2/2']) {
      parts.push(jsonLines(await predict(...args, '--shard', shard)) as Line[]);
    }
    const byPath = (a: Line, b: Line): number => (a.path < b.path ? -1 : 1);
    expect(parts.flat().sort(byPath)).toEqual([...whole].sort(byPath));
    for (const speaker of ['ann', 'bob', 'cid']) {
      const shards = parts.map((part) => part.some(({ path }) => path.includes(`/${speaker}/`)));
      expect(shards.filter((has) => has)).toHaveLength(1);
    }
  });
});

test('text that a spreadsheet would take for a formula is a text, and can be told again', () => {
  for (const text of ['=1+1', '+a', '-a', '@a', '\ta', "'=a", "''-x", "'a", 'a=b', '', '0']) {
    expect(safeCell(text)).not.toMatch(/^[=+\-@\t]/);
    expect(textOfCell(safeCell(text))).toBe(text);
  }
});

test('records are the same however a file is divided; an incomplete one is left out', async () => {
  const bytes = new TextEncoder().encode('a,b\n"x\n""y",1\nü\n"half\n');
  for (let cut = 0; cut <= bytes.length; cut++) {
    async function* pieces() {
      await Promise.resolve();
      yield bytes.subarray(0, cut);
      yield bytes.subarray(cut);
    }
    const found: string[] = [];
    for await (const record of recordsOf(pieces(), true))
      found.push(new TextDecoder().decode(record));
    expect(found).toEqual(['a,b\n', '"x\n""y",1\n', 'ü\n']);
  }
});
