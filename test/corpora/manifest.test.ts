import { describe, expect, it } from 'vitest';
import { CorpusError, FileError, FormatError, WriteError } from '../../src/core/errors.js';
import { readText } from '../../src/core/files.js';
import type { Utterance } from '../../src/corpora/corpus.js';
import { readManifest, writeManifest } from '../../src/corpora/manifest.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';

const recordings = { 'data/a.wav': '', 'data/sub/b, "c".wav': '', 'other/d.wav': '' };

function read(text: string, options = {}) {
  const files = new MemoryFiles({ ...recordings, 'data/m.csv': text });
  return readManifest(files, 'data/m.csv', options);
}

describe('readManifest', () => {
  it('reads labels, paths relative to the file, quotes, CRLF and a byte order mark', async () => {
    const corpus = await read(
      '\ufeffpath,emotion,speaker,gender\r\na.wav, anger ,S1,female\r\n"sub/b, ""c"".wav",,S2,\r\n../other/d.wav,neutral,,male\r\n',
      { allowOutside: true },
    );
    expect(corpus).toEqual({
      name: 'manifest',
      utterances: [
        { path: 'data/a.wav', labels: { emotion: 'anger', speaker: 'S1', gender: 'female' } },
        { path: 'data/sub/b, "c".wav', labels: { speaker: 'S2' } },
        { path: 'other/d.wav', labels: { emotion: 'neutral', gender: 'male' } },
      ],
      skipped: [],
    });
  });

  it.each([';', '\t'])('reads a table that a spreadsheet separates with %j', async (separator) => {
    const text = '\ufeffpath,emotion,speaker,gender\r\na.wav,"joy",S1,\r\n';
    const { utterances } = await read(text.replaceAll(',', separator));
    expect(utterances).toEqual((await read(text)).utterances);
    expect(utterances).toMatchObject([{ path: 'data/a.wav', labels: { emotion: 'joy' } }]);
  });

  it('reads the split, columns in any order, absolute paths and manifest.csv of a folder', async () => {
    const text = 'split,gender,speaker,emotion,path\ntrain,f,s,e,a.wav\n test ,f,s,e,/abs/x.wav\n';
    const files = new MemoryFiles({ ...recordings, 'data/manifest.csv': text });
    const options = { allowOutside: true };
    const reading = readManifest(files, 'data', options);
    await expect(reading).rejects.toThrow('/abs/x.wav does not exist');
    await files.write('/abs/x.wav', '');
    const { utterances } = await readManifest(files, 'data', options);
    expect(utterances.map(({ path, split }) => [path, split])).toEqual([
      ['data/a.wav', 'train'],
      ['/abs/x.wav', 'test'],
    ]);
  });

  const columns = 'path,emotion,speaker,gender,split\n';
  it.each([
    ['', FormatError, 'm.csv: no header'],
    ['file,label\na.wav,anger\n', FormatError, 'm.csv, line 1: the header lacks columns "path"'],
    ['path,emotion,speaker\n', FormatError, 'm.csv, line 1: the header lacks column "gender"'],
    [
      'path,emotion,speaker,gender,age\n',
      FormatError,
      'line 1: the header has the unknown column "age"',
    ],
    [`${columns}a.wav,anger,S1,female\n`, FormatError, 'm.csv, line 2: 4 values for 5 columns'],
    [`${columns}"a.wav,e,s,g,train\n`, FormatError, 'm.csv, line 2: a quoted field is never'],
    [
      `${columns}a.wav,e,M\ufffdller,g,test\n`,
      CorpusError,
      'm.csv, line 2: the speaker "M\ufffdller" has a lost character',
    ],
    [
      `${columns}a.wav,e,M\u00fcller,g,test\n"sub/b, ""c"".wav",e,Mu\u0308ller,g,train\n`,
      CorpusError,
      'm.csv, line 3: the speaker "Mu\u0308ller" uses other Unicode code points than on line 2',
    ],
    [`${columns}a.wav,e,s,g,dev\n`, CorpusError, 'm.csv, line 2: the split "dev" is unknown'],
    [`${columns}a.wav,e,s,g,\n`, CorpusError, 'm.csv, line 2: the split "" is unknown'],
    [`${columns}\n ,e,s,g,test\n`, CorpusError, 'm.csv, line 3: the path is empty'],
    [
      `${columns}a.wav,,,,test\n./sub/../a.wav,,,,test\n`,
      CorpusError,
      'line 3: ./sub/../a.wav is already on line 2',
    ],
    [
      `${columns}a.wav,,,,test\nno.wav,,,,test\n`,
      CorpusError,
      'm.csv, line 3: data/no.wav does not exist',
    ],
    [columns, CorpusError, 'm.csv: no utterances'],
  ])('refuses %j', async (text, kind, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toThrow(kind);
    await expect(read(text)).rejects.toHaveProperty('hint', expect.stringMatching(/\w.*\.$/));
  });

  it.each(['../other/d.wav', '/abs/x.wav', 'sub/../../other/d.wav', 'C:/x.wav', '../data2/a.wav'])(
    'refuses %s, which lies outside its folder',
    async (path) => {
      const attempt = read(`${columns}a.wav,,,,test\n${path},,,,test\n`);
      await expect(attempt).rejects.toThrow(
        `data/m.csv, line 3: ${JSON.stringify(path)} is outside the manifest's folder`,
      );
    },
  );

  it('refuses a file that is not there', async () => {
    await expect(readManifest(new MemoryFiles(), 'm.csv')).rejects.toThrow(FileError);
  });
});

describe('writeManifest', () => {
  const utterances: Utterance[] = [
    { path: 'data/sub/b, "c".wav', labels: { emotion: 'złość, "x"', speaker: '1' } },
    { path: 'data/a.wav', labels: {} },
    { path: 'other/d.wav', labels: { gender: 'female' } },
  ];

  it('writes what readManifest gives back', async () => {
    const files = new MemoryFiles(recordings);
    await writeManifest(files, 'data/lists/m.csv', utterances);
    const options = { allowOutside: true };
    const { utterances: read } = await readManifest(files, 'data/lists/m.csv', options);
    expect(read).toEqual(utterances);
    const split = utterances.map((u, i) => ({ ...u, split: i === 0 ? 'test' : 'train' }) as const);
    await writeManifest(files, 'm.csv', split);
    expect((await readManifest(files, 'm.csv')).utterances).toEqual(split);
    expect((await readText(files, 'm.csv')).split('\n')[2]).toBe('data/a.wav,,,,train');
  });

  it('refuses utterances of which only some have a split', async () => {
    const files = new MemoryFiles(recordings);
    const mixed = utterances.map((u, i) => (i === 0 ? ({ ...u, split: 'test' } as const) : u));
    const attempt = writeManifest(files, 'm.csv', mixed);
    await expect(attempt).rejects.toThrow('1 of 3 utterances have a split, the others have none');
    expect(await files.exists('m.csv')).toBe(false);
  });

  it('refuses a path that no manifest can hold', async () => {
    const files = new MemoryFiles(recordings);
    const named = utterances.map((u, i) => (i === 1 ? { ...u, path: 'data/a\nb.wav' } : u));
    const attempt = writeManifest(files, 'm.csv', named);
    await expect(attempt).rejects.toThrow('the path "data/a\\nb.wav" contains a control character');
    expect(await files.exists('m.csv')).toBe(false);
  });

  it('passes on a full disk and keeps the old file', async () => {
    const files = new MemoryFiles({ ...recordings, 'm.csv': 'old' });
    files.failOn((op, path) => (op === 'write' ? diskFull(path) : undefined));
    await expect(writeManifest(files, 'm.csv', utterances)).rejects.toThrow(WriteError);
    expect(await readText(files, 'm.csv')).toBe('old');
  });
});
