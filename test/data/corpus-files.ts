import { encodeWav } from '../../src/audio/wav.js';
import { formatCsv } from '../../src/core/csv.js';
import { Random } from '../../src/core/random.js';

/**
 * Recordings of 0.3 to 0.4 s and their manifest, by path: two speakers train, a third tests. The
 * emotion decides whether the tone rises or falls, which the features see.
 */
export function corpusFiles(each = 6): Record<string, Uint8Array | string> {
  const files: Record<string, Uint8Array | string> = {};
  const rows: string[][] = [['path', 'emotion', 'speaker', 'gender', 'split']];
  const random = new Random(9, 'corpus');
  for (const [speaker, gender, split] of [
    ['ann', 'female', 'train'],
    ['bob', 'male', 'train'],
    ['cid', 'male', 'test'],
  ] as const) {
    for (let i = 0; i < each; i++) {
      const emotion = i % 2 === 0 ? 'anger' : 'sadness';
      const path = `${speaker}-${i}.wav`;
      files[path] = encodeWav(
        tone(random, emotion === 'anger', gender === 'male' ? 120 : 200),
        16000,
      );
      rows.push([path, emotion, speaker, gender, split]);
    }
  }
  return { ...files, 'manifest.csv': formatCsv(rows) };
}

/** A buzz of five harmonics that rises and is loud, or falls and is soft, with some noise. */
function tone(random: Random, angry: boolean, pitch: number): Float32Array {
  const length = 4800 + random.integer(1600);
  let phase = 0;
  return Float32Array.from({ length }, (_, n) => {
    const bend = 1 + (angry ? 0.6 : -0.4) * (n / length);
    phase += (2 * Math.PI * pitch * bend) / 16000;
    const harmonics = [1, 2, 3, 4, 5].map((k) => Math.sin(k * phase) / (angry ? 1 : k * k));
    const sum = harmonics.reduce((total, x) => total + x, 0);
    return 0.1 * (sum + (angry ? 0.3 : 0.05) * random.normal());
  });
}
