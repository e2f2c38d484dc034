import { encodeWav } from '../audio/wav.js';
import { Random } from '../core/random.js';
import type { AudioBytes } from './pipeline.js';

const RATE = 24_000;

/** Recordings of something like speech, WAV at 24 kHz: syllables of a voice whose pitch moves, breath between them. */
export function madeUpRecordings(
  seed: number,
  { count = 16, seconds = 4 }: { readonly count?: number; readonly seconds?: number } = {},
): AudioBytes[] {
  return Array.from({ length: count }, (_, i) => {
    const random = new Random(seed, `recording ${i}`);
    const pitch = 90 + 12 * i;
    let phase = 0;
    const samples = Float32Array.from({ length: seconds * RATE }, (_, n) => {
      const t = n / RATE;
      phase += (2 * Math.PI * pitch * (1 + 0.2 * Math.sin(2 * t + i))) / RATE;
      const syllable = Math.max(0, Math.sin(2 * Math.PI * 2.5 * t));
      const voice = Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.3 * Math.sin(7 * phase);
      return 0.2 * syllable * voice + 0.01 * random.normal();
    });
    return { name: `made-up-${i}.wav`, bytes: encodeWav(samples, RATE) };
  });
}
