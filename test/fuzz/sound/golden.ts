import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { meanOf } from './compare.js';
import { blocksOf } from './encoded-files.js';
import type { Sound, SoundFile } from './types.js';

/** What peers said of the committed files, for machines that have none. */
interface Golden {
  readonly files: Record<string, Told>;
  /** What came of damaged files, where it was as a peer's. */
  readonly damaged: Record<string, string>;
}

/** A file of the folder, and its sound as a peer decodes it. */
interface Told {
  readonly file: string;
  readonly format: SoundFile['format'];
  readonly by?: SoundFile['by'];
  readonly rate: number;
  readonly channels: number;
  readonly samples: number;
  /** Of each of 24 blocks of the mean of the channels, in units of 1e-5: the effective value, and the mean of it turned over and over. */
  readonly blocks: readonly (readonly [number, number])[];
}

const folder = new URL('encoded/', import.meta.url);
const path = new URL('golden.json', import.meta.url);
const BLOCKS = 24;
const UNIT = 1e-5;

export const golden: Golden = existsSync(path)
  ? (JSON.parse(readFileSync(path, 'utf8')) as Golden)
  : { files: {}, damaged: {} };

export function writeGolden(): void {
  writeFileSync(path, `${JSON.stringify(golden)}\n`);
}

/** Adds a file and what a peer made of it. */
export function keepFile({ name, format, bytes, by }: SoundFile, sound: Sound): void {
  mkdirSync(folder, { recursive: true });
  const file = name.replace(/[^a-z0-9]+/gi, '_').toLowerCase();
  writeFileSync(new URL(file, folder), bytes);
  golden.files[name] = { file, format, ...(by && { by }), ...toldOf(sound) };
}

export function committedFiles(): readonly SoundFile[] {
  const present = existsSync(folder) ? readdirSync(folder) : [];
  return Object.entries(golden.files).map(([name, { file, format, by }]) => {
    if (!present.includes(file)) throw new Error(`${file} is missing`);
    const bytes = new Uint8Array(readFileSync(new URL(file, folder)));
    const blocks = blocksOf(format, bytes);
    return { name, format, bytes, ...(by && { by }), ...(blocks && { blocks }) };
  });
}

/** Both are equal up to rounding if these are within a few units. */
export function toldOf({ rate, channels }: Sound): Omit<Told, 'file' | 'format' | 'by'> {
  const mean = meanOf(channels);
  const { length } = mean;
  const blocks = Array.from({ length: BLOCKS }, (_, b) => {
    const own = mean.subarray(
      Math.floor((b * length) / BLOCKS),
      Math.floor(((b + 1) * length) / BLOCKS),
    );
    let power = 0;
    let turned = 0;
    own.forEach((sample, n) => {
      power += sample * sample;
      turned += n % 7 < 3 ? sample : -sample;
    });
    const count = Math.max(1, own.length);
    return [
      Math.round(Math.sqrt(power / count) / UNIT),
      Math.round(turned / count / UNIT),
    ] as const;
  });
  return { rate, channels: channels.length, samples: length, blocks };
}

export function hashOf(sounds: readonly Sound[]): string {
  const hash = createHash('sha256');
  for (const { rate, channels } of sounds) {
    hash.update(`${rate} ${channels.length}\n`);
    for (const samples of channels)
      hash.update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  }
  return hash.digest('base64').slice(0, 10);
}
