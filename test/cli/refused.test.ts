import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/core/safetensors.js';
import type { HostTensor } from '../../src/core/tensor.js';
import { writeModel } from '../../src/inference/model-folder.js';
import { wavBytes } from '../audio/wav-bytes.js';
import { tinyModel } from '../inference/tiny-model.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';
import * as corpora from '../training/corpus-files.js';
import { alstm } from './command.js';

const fixture = readFileSync(
  fileURLToPath(new URL('../fixtures/network/lstm.safetensors', import.meta.url)),
);
const noise = (length: number) => Array.from({ length }, (_, i) => ((i * 7919) % 2001) - 1000);
/** The corpus of the training tests, in a folder of its own: commands make a manifest's path absolute. */
function corpusFiles(): Record<string, Uint8Array | string> {
  return Object.fromEntries(
    Object.entries(corpora.corpusFiles()).map(([name, bytes]) => [`/data/${name}`, bytes]),
  );
}
const small = ['--units', '4', '--frontend-units', '4', '--head-hidden', '0', '--epochs', '1'];
const train = (...more: string[]) => [
  'train',
  '--manifest',
  '/data/manifest.csv',
  '--out',
  'run',
  ...small,
  ...more,
];

/** A fixture with one value of a parameter replaced. */
function fixtureWithNan(): Uint8Array {
  const { tensors, metadata } = readSafetensors(fixture);
  const copy: Record<string, HostTensor> = {};
  for (const [name, { shape, data }] of tensors) {
    if (!(data instanceof Float32Array || data instanceof Int32Array)) throw new Error(name);
    copy[name] = { shape, data };
  }
  copy['param/frontend.bias']?.data.set([NaN], 2);
  return writeSafetensors(copy, metadata);
}

/** Exit code 1, one line that says what is wrong, and no file that was not there before. */
async function refused(
  files: MemoryFiles,
  argv: readonly string[],
  message: RegExp,
): Promise<void> {
  const before = files.paths();
  const { code, stderr } = await alstm(files, ...argv);
  const said = stderr.split('\n').filter((line) => /^(alstm: |error: )/.test(line));
  expect(stderr).toMatch(message);
  expect(said.length, stderr).toBeLessThanOrEqual(1);
  expect(stderr).not.toMatch(/^\s+at /m); // no stack
  expect(code).toBe(1);
  expect(
    files.paths().filter((path) => !path.includes('/features/') && !before.includes(path)),
  ).toEqual([]);
}

describe('recordings that cannot be used', () => {
  const recordings: Record<string, [Uint8Array | string, RegExp]> = {
    'not an audio file': ['these are words', /x\.wav.*(not|no) /],
    'truncated audio': [
      wavBytes(noise(8000), { rate: 16000, channels: 1, bits: 16 }).slice(0, 4000),
      /x\.wav.*(truncated|cut|missing|short)/i,
    ],
    'an empty file': [new Uint8Array(0), /x\.wav.*empty/],
    '10 ms of audio': [
      wavBytes(noise(160), { rate: 16000, channels: 1, bits: 16 }),
      /10 ms.*25 ms/,
    ],
  };
  let model: Record<string, Uint8Array>;
  beforeAll(async () => {
    const files = new MemoryFiles();
    await writeModel(files, 'model', tinyModel());
    const names = files.paths();
    const contents = await Promise.all(names.map((name) => files.read(name)));
    model = Object.fromEntries(names.map((name, i) => [name, contents[i] ?? new Uint8Array(0)]));
  });

  for (const [what, [bytes, message]] of Object.entries(recordings)) {
    it(`${what}: said by name, the next one predicted, exit 1`, async () => {
      const good = wavBytes(noise(4000), { rate: 16000, channels: 1, bits: 16 });
      const files = new MemoryFiles({ ...model, 'x.wav': bytes, 'y.wav': good });
      const { code, stdout, stderr } = await alstm(
        files,
        '--json',
        'predict',
        'model',
        'x.wav',
        'y.wav',
      );
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines.map(({ path }) => path)).toEqual(['x.wav', 'y.wav']);
      expect(String(lines[0]?.['error'])).toMatch(message);
      expect(lines[1]).toHaveProperty('emotion.scores');
      expect(stderr).toMatch(message);
      expect(code).toBe(1);
    });
  }

  it('a silent recording and one of 8 channels at 96 kHz work', async () => {
    const files = new MemoryFiles({
      ...model,
      'silent.wav': wavBytes(new Array(8000).fill(0), { rate: 16000, channels: 1, bits: 16 }),
      'wide.wav': wavBytes(noise(8 * 24000), { rate: 96000, channels: 8, bits: 24 }),
    });
    const { code, stdout } = await alstm(
      files,
      '--json',
      'predict',
      'model',
      'silent.wav',
      'wide.wav',
    );
    expect(code).toBe(0);
    for (const line of stdout.trim().split('\n')) {
      const found = JSON.parse(line) as {
        attention: number[];
        emotion: { scores: Record<string, number> };
      };
      expect(Object.values(found.emotion.scores).reduce((a, b) => a + b)).toBeCloseTo(1, 4);
      expect(found.attention.every(Number.isFinite)).toBe(true);
    }
  });
});

describe('files that lie', () => {
  it('NaN in a fixture', async () => {
    const files = new MemoryFiles({ 'f.safetensors': fixtureWithNan() });
    await refused(
      files,
      ['verify', 'f.safetensors'],
      /f\.safetensors.*param\/frontend\.bias.*NaN|NaN.*param\/frontend\.bias/,
    );
  });

  it('a safetensors header that lies about its size', async () => {
    const bytes = new Uint8Array(fixture);
    new DataView(bytes.buffer).setBigUint64(0, 2n ** 40n, true);
    await refused(
      new MemoryFiles({ 'f.safetensors': bytes }),
      ['verify', 'f.safetensors'],
      /f\.safetensors.*header/,
    );
  });

  it('a config with an unknown cell', async () => {
    const config = JSON.stringify({ model: { recurrent: { cell: 'gru' } } });
    const files = new MemoryFiles({ ...corpusFiles(), 'c.json': config });
    await refused(files, train('--config', 'c.json'), /c\.json.*cell.*(lstm|gru)/);
  });
});

describe('corpora that cannot be used', () => {
  const manifests: Record<string, [(csv: string) => string, RegExp]> = {
    'a manifest with a missing file': [(csv) => csv.replace('ann-1.wav', 'gone.wav'), /gone\.wav/],
    'a manifest with wrong columns': [
      (csv) => csv.replace('emotion', 'mood'),
      /column.*emotion|emotion.*column/,
    ],
    'an unknown label on the test side': [
      (csv) => csv.replace('cid-0.wav,anger', 'cid-0.wav,envy'),
      /envy/,
    ],
    'a speaker on both sides': [
      (csv) => csv.replace('ann-0.wav,anger,ann,female,train', 'ann-0.wav,anger,ann,female,test'),
      /ann/,
    ],
  };
  for (const [what, [edit, message]] of Object.entries(manifests)) {
    it(what, async () => {
      const files = corpusFiles();
      const edited = { ...files, '/data/manifest.csv': edit(String(files['/data/manifest.csv'])) };
      expect(edited['/data/manifest.csv']).not.toBe(files['/data/manifest.csv']);
      if (what.includes('label')) {
        const model = new MemoryFiles(edited);
        await writeModel(model, 'model', tinyModel());
        await refused(model, ['evaluate', 'model', '--manifest', '/data/manifest.csv'], message);
      } else await refused(new MemoryFiles(edited), [...train()], message);
    });
  }
});

describe('places that cannot be written', () => {
  it('an output folder that exists', async () => {
    const files = new MemoryFiles({ ...corpusFiles(), 'run/notes.txt': 'mine' });
    await refused(files, [...train()], /run.*(use|exist|empty)/);
  });

  it('a full disk', async () => {
    const files = new MemoryFiles(corpusFiles());
    files.failOn((op, path) =>
      path.startsWith('run') && (op === 'write' || op === 'appendLine')
        ? diskFull(path)
        : undefined,
    );
    await refused(files, [...train()], /cannot write run.*the disk is full/);
  });
});

describe('no adapter', () => {
  it('says what to install', async () => {
    const { code, stderr } = await alstm(new MemoryFiles(), '--adapter', 'gpu', 'doctor');
    // a machine with a GPU has nothing to say here
    if (code === 0) return;
    expect(code).toBe(1);
    expect(stderr).toMatch(/no GPU found/);
    expect(stderr).toMatch(/install/);
  });

  it('wrong usage exits with 2', async () => {
    for (const argv of [['nonsense'], ['train'], ['--adapter', 'abacus', 'doctor'], ['predict']]) {
      expect((await alstm(new MemoryFiles(), ...argv)).code, argv.join(' ')).toBe(2);
    }
  });
});
