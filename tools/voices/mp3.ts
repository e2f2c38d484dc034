import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeWav } from '../../src/audio/wav.js';
import { toRecording } from '../../src/features/recording.js';

/** Rate that a recording is encoded at, as of a voice message; the encoder lowers it as it sees fit. */
const RATE = 44_100;
const KILOBITS = 32;

/** Copies of recordings as MP3 at 32 kbit/s, mono, by LAME; made once. */
export class Mp3s {
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  /** Whether the encoder is installed. */
  static get available(): boolean {
    return spawnSync('lame', ['--version']).status === 0;
  }

  /** @returns the path of the copy */
  async of(path: string): Promise<string> {
    const bytes = readFileSync(path);
    const copy = join(this.folder, `${createHash('sha256').update(bytes).digest('hex')}.mp3`);
    if (existsSync(copy)) return copy;
    const { samples } = await toRecording(bytes, path, RATE);
    const wav = `${copy}.wav`;
    writeFileSync(wav, encodeWav(samples, RATE));
    const made = spawnSync('lame', [
      '--silent',
      '-b',
      String(KILOBITS),
      '-m',
      'm',
      wav,
      `${copy}.part`,
    ]);
    if (made.status !== 0) throw new Error(`${path}: lame failed: ${String(made.stderr)}`);
    renameSync(`${copy}.part`, copy);
    spawnSync('rm', [wav]);
    return copy;
  }
}
