/** Sounds for the pipeline from recordings to answers, as WAV files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { madeUpRecordings } from '../../src/bench/recordings.js';

export function makeSounds(folder: string, count: number, seconds: number): void {
  mkdirSync(folder, { recursive: true });
  for (const { name, bytes } of madeUpRecordings(0, { count, seconds })) {
    writeFileSync(`${folder}/${name}`, bytes);
  }
}
