import { formatCsv } from '../../src/core/csv.js';
import { Random } from '../../src/core/random.js';
import { writeSafetensors } from '../../src/core/safetensors.js';
import { npy } from '../support/npy.js';

/** F of the features. */
export const WIDTH = 5;

/**
 * Files of features [T, 5], of each format, and their manifest, by path; there are no recordings. Two speakers
 * train, a third tests; the emotion decides the mean.
 */
export function externalFiles(each = 4): Record<string, Uint8Array | string> {
  const files: Record<string, Uint8Array | string> = {};
  const rows: string[][] = [['path', 'features', 'emotion', 'speaker', 'gender', 'split']];
  const random = new Random(3, 'external');
  for (const [speaker, split] of [
    ['ann', 'train'],
    ['bob', 'train'],
    ['cid', 'test'],
  ] as const) {
    for (let i = 0; i < each; i++) {
      const emotion = i % 2 === 0 ? 'anger' : 'sadness';
      const frames = 10 + random.integer(10);
      const data = Float32Array.from({ length: frames * WIDTH }, (_, at) =>
        Math.fround((i % 2) * (at % 3) + random.normal()),
      );
      const path = `features/${speaker}-${i}.${['npy', 'safetensors', 'csv'][i % 3]}`;
      files[path] = [
        () => npy(data, frames, WIDTH),
        () => writeSafetensors({ features: { shape: [frames, WIDTH], data } }),
        () => tableOf(data),
      ][i % 3]!();
      rows.push([`${speaker}-${i}.wav`, path, emotion, speaker, '', split]);
    }
  }
  return { ...files, 'manifest.csv': formatCsv(rows) };
}

/** As openSMILE writes it. */
function tableOf(data: Float32Array): string {
  const frames = data.length / WIDTH;
  const lines = Array.from({ length: frames }, (_, t) =>
    ["'unknown'", t / 100, ...data.subarray(t * WIDTH, (t + 1) * WIDTH)].join(';'),
  );
  return ['name;frameTime;a;b;c;d;e', ...lines].join('\n');
}
