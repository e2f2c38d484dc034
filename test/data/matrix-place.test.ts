/** Features that are read again without the rest of their cache entry. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FileError } from '../../src/core/errors.js';
import { loadTrainingData } from '../../src/data/source.js';
import { normalisations, type NormalisationScope } from '../../src/features/normalise.js';
import { checksumOf } from '../../src/features/matrix-place.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { MemoryFiles } from '../support/memory-files.js';
import { corpusFiles } from './corpus-files.js';
import { allOf } from './rows.js';

const corpus = corpusFiles();

/** Files that can be read in part, with what was read how. */
class RangeFiles extends MemoryFiles {
  readonly reads: string[] = [];

  override read(path: string): Promise<Uint8Array> {
    this.reads.push('whole');
    return super.read(path);
  }

  async readRange(path: string, from: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    this.reads.push('part');
    const bytes = await super.read(path);
    return new Uint8Array(bytes.subarray(from, from + length));
  }
}

async function loaded(normalise: NormalisationScope) {
  const files = new RangeFiles(corpus);
  const lines: string[] = [];
  const source = { corpus: 'manifest', path: 'manifest.csv', seed: 0, normalise };
  const options = { cache: 'cache', featureMemory: 0, warn: (line: string) => lines.push(line) };
  const { training } = await loadTrainingData(files, source, options);
  const readsOf = async (): Promise<string[]> => {
    files.reads.length = 0;
    await allOf(training);
    return files.reads;
  };
  return { files, lines, training, readsOf };
}

it.each(normalisations)('by %s are the same bits, and nothing else is read', async (scope) => {
  const source = { corpus: 'manifest', path: 'manifest.csv', seed: 0, normalise: scope };
  const whole = await loadTrainingData(new MemoryFiles(corpus), source);
  const { training, lines, readsOf } = await loaded(scope);
  expect(await allOf(training)).toEqual(await allOf(whole.training));
  expect(await readsOf()).toEqual(Array.from(training.lengths, () => 'part'));
  expect(lines).toEqual([]);
});

it('are read with the whole entry where they are damaged, which says so and mends it', async () => {
  const { files, lines, training, readsOf } = await loaded('utterance');
  const before = await allOf(training);
  const [path = ''] = files.paths().filter((own) => own.startsWith('cache/'));
  const entry = await files.read(path);
  const damaged = entry.slice();
  damaged[damaged.length - 3]! ^= 1;
  for (const bytes of [damaged, entry.slice(0, -8), entry.slice(0, 10)]) {
    await files.write(path, bytes);
    expect(await allOf(training)).toEqual(before);
    expect(lines.splice(0)).toEqual([expect.stringContaining('; the features are computed again')]);
    expect(await files.read(path)).toEqual(entry);
  }
  await files.remove(path);
  expect(await allOf(training)).toEqual(before);
  expect(lines).toEqual([expect.stringContaining('are gone; they are computed again')]);
  expect(new Set(await readsOf())).toEqual(new Set(['part']));
});

it('have a checksum that sees any number changed, and two exchanged', () => {
  const matrix = Float32Array.from({ length: 300 }, (_, i) => Math.sin(i));
  const own = checksumOf(matrix);
  for (let i = 0; i < matrix.length; i++) {
    const [changed, exchanged] = [matrix.slice(), matrix.slice()];
    new Uint32Array(changed.buffer)[i]! ^= 1 << (i % 32);
    [exchanged[i], exchanged[(i + 1) % 300]] = [exchanged[(i + 1) % 300]!, exchanged[i]!];
    expect(checksumOf(changed)).not.toBe(own);
    expect(checksumOf(exchanged)).not.toBe(own);
  }
  expect(checksumOf(matrix.slice())).toBe(own);
});

it('Node reads a part of a file, less where it ends, and names one that is gone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'alstm-range-'));
  try {
    const path = join(folder, 'a');
    await writeFile(path, Uint8Array.of(1, 2, 3, 4, 5));
    const files = new NodeFiles();
    expect(await files.readRange(path, 1, 3)).toEqual(Uint8Array.of(2, 3, 4));
    expect(await files.readRange(path, 3, 9)).toEqual(Uint8Array.of(4, 5));
    const gone = files.readRange(`${path}b`, 0, 1);
    await expect(gone).rejects.toThrow(FileError);
    await expect(gone).rejects.toThrow(`${path}b`);
  } finally {
    await rm(folder, { recursive: true });
  }
});
