import { beforeEach, describe, expect, it } from 'vitest';
import { AudioError, WriteError } from '../../src/core/errors.js';
import { extractFeatures } from '../../src/features/extract.js';
import { FEATURE_COUNT } from '../../src/features/sets/prosody36/settings.js';
import { featuresOfFile, featuresOfSamples } from '../../src/features/utterance.js';
import { mapFeatures } from '../../src/features/workers/bulk.js';
import { wavBytes } from '../audio/wav-bytes.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';

const codes = (hz: number) =>
  Int16Array.from({ length: 4000 }, (_, n) =>
    Math.round(9000 * Math.sin((2 * Math.PI * hz * n) / 16_000)),
  );
const wav = (hz: number) => wavBytes(codes(hz), { rate: 16_000, channels: 1, bits: 16 });

let files: MemoryFiles;
beforeEach(() => {
  files = new MemoryFiles({ 'a.wav': wav(200), 'b.wav': wav(300) });
});

const entries = () => files.paths().filter((path) => path.startsWith('cache/features/'));

async function onlyEntry(): Promise<{ path: string; bytes: Uint8Array }> {
  const [path, ...others] = entries();
  expect(others).toEqual([]);
  if (path === undefined) throw new Error('nothing was kept');
  return { path, bytes: await files.read(path) };
}

describe('featuresOfFile', () => {
  it('computes the features of the samples in the file', async () => {
    const { features, normalised, frames, seconds, digest } = await featuresOfFile(files, 'a.wav');
    const samples = Float32Array.from(codes(200), (code) => code / 32_768);
    expect({ features, normalised, frames }).toEqual(extractFeatures(samples));
    expect(seconds).toBe(0.25);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(files.log).toEqual(['read a.wav']);
  });

  it('resamples', async () => {
    const bytes = wavBytes(codes(200), { rate: 8000, channels: 1, bits: 16 });
    const { frames, seconds } = await featuresOfFile(new MemoryFiles({ x: bytes }), 'x');
    expect([frames, seconds]).toEqual([48, 0.5]);
  });

  it('names the file that is no recording', async () => {
    const bad = new MemoryFiles({ 'x.wav': 'no recording', 'silent.wav': wav(0) });
    await expect(featuresOfFile(bad, 'x.wav')).rejects.toThrow(AudioError);
    await expect(featuresOfFile(bad, 'x.wav')).rejects.toThrow('x.wav: ');
    expect((await featuresOfFile(bad, 'silent.wav')).normalised.every((x) => x === 0)).toBe(true);
  });
});

describe('the cache', () => {
  const options = { cache: 'cache' };

  it('gives the same bits back, for the same content under any name', async () => {
    const computed = await featuresOfFile(files, 'a.wav', options);
    expect(computed).toEqual(await featuresOfFile(files, 'a.wav'));
    await files.write('copy.wav', wav(200));
    files.log.length = 0;
    expect(await featuresOfFile(files, 'copy.wav', options)).toEqual(computed);
    expect(files.log.some((line) => line.startsWith('write'))).toBe(false);
    await onlyEntry();
  });

  it('is what the features are taken from', async () => {
    await featuresOfFile(files, 'a.wav', options);
    const a = await onlyEntry();
    await featuresOfFile(files, 'b.wav', options);
    const [b] = entries().filter((path) => path !== a.path);
    // Another recording's entry in place of this one's is not taken for it.
    await files.rename(b!, a.path);
    const warnings: string[] = [];
    const again = await featuresOfFile(files, 'a.wav', {
      ...options,
      warn: (line) => warnings.push(line),
    });
    expect(again).toEqual(await featuresOfFile(files, 'a.wav'));
    expect(warnings).toHaveLength(1);
  });

  it('keeps contents apart', async () => {
    await featuresOfFile(files, 'a.wav', options);
    await featuresOfFile(files, 'b.wav', options);
    expect(entries()).toHaveLength(2);
  });

  it('computes a damaged entry again, and repairs it', async () => {
    const computed = await featuresOfFile(files, 'a.wav', options);
    const { path, bytes } = await onlyEntry();
    const flipped = (at: number) => bytes.map((b, i) => (i === at ? b ^ 1 : b));
    const damages = [
      new Uint8Array(0),
      bytes.subarray(0, bytes.length - 1),
      flipped(3), // length of the header
      flipped(60), // header
      flipped(bytes.length - 2), // normalised
      flipped(bytes.length - 4 * FEATURE_COUNT * computed.frames - 2), // features
    ];
    for (const damaged of damages) {
      await files.write(path, damaged);
      const warnings: string[] = [];
      const warn = (line: string) => warnings.push(line);
      expect(await featuresOfFile(files, 'a.wav', { ...options, warn })).toEqual(computed);
      expect(warnings).toEqual([expect.stringMatching(/^cache\/features\/.*computed again$/)]);
      expect(await files.read(path)).toEqual(bytes);
    }
  });

  it('says when it cannot be written: by an error, or to whoever listens', async () => {
    files.failOn((op, path) => (op === 'write' ? diskFull(path) : undefined));
    await expect(featuresOfFile(files, 'a.wav', options)).rejects.toThrow(WriteError);
    const warnings: string[] = [];
    const warn = (line: string) => warnings.push(line);
    const { frames } = await featuresOfFile(files, 'a.wav', { ...options, warn });
    expect(frames).toBe(23);
    expect(warnings).toEqual([expect.stringContaining('the disk is full; the features are not')]);
    expect(entries()).toEqual([]);
  });
});

describe('featuresOfSamples', () => {
  it('is as the file of the same samples', async () => {
    const samples = Float32Array.from(codes(200), (code) => code / 32_768);
    const { digest, ...fromSamples } = await featuresOfSamples(samples);
    const { digest: ofFile, ...fromFile } = await featuresOfFile(files, 'a.wav');
    expect(fromSamples).toEqual(fromFile);
    expect(digest).not.toBe(ofFile);
  });

  it('resamples', async () => {
    const { frames, seconds } = await featuresOfSamples(new Float32Array(48_000), 48_000);
    expect([frames, seconds]).toEqual([98, 1]);
  });

  it('refuses too little', async () => {
    await expect(featuresOfSamples(new Float32Array(10))).rejects.toThrow(AudioError);
  });
});

describe('mapFeatures', () => {
  it('keeps what is asked of each file, in order, and tells how far it is', async () => {
    const progress: [number, number][] = [];
    const taken = await mapFeatures(files, ['b.wav', 'a.wav'], (u, path) => [path, u.frames], {
      onProgress: (...step) => progress.push(step),
    });
    expect(taken).toEqual([
      ['b.wav', 23],
      ['a.wav', 23],
    ]);
    expect(progress).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  it('ends at the first file that fails', async () => {
    const progress: number[] = [];
    const failing = mapFeatures(files, ['a.wav', 'none.wav', 'b.wav'], () => 0, {
      onProgress: (done) => progress.push(done),
    });
    await expect(failing).rejects.toThrow('none.wav');
    expect(progress).toEqual([1]);
  });
});
