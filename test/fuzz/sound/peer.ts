import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile, spawnSync } from 'node:child_process';
import type { Sound, SoundFile } from './types.js';

/** What a peer says of a file. */
export interface PeerAnswer {
  /** Undefined if it refuses the file. */
  readonly sound: Sound | undefined;
  /** What it complains of: it may have concealed it. */
  readonly complaints: string;
}

/** Whether a program can be called here. */
export function installed(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Programs that decode a format, each to a WAV file. */
const programs: Readonly<
  Record<SoundFile['format'], (from: string, to: string) => readonly string[]>
> = {
  WAV: ffmpeg,
  ADPCM: ffmpeg,
  FLAC: ffmpeg,
  MP3: ffmpeg,
  'FLAC in Ogg': ffmpeg,
  // ffmpeg's own decoder does not cut the end of Vorbis, and its Opus is another one than the codec's makers'.
  Vorbis: (from, to) => ['oggdec', '-Q', '-o', to, from],
  Opus: (from, to) => ['opusdec', '--quiet', '--float', '--rate', '48000', from, to],
};

/** As float64: exact for all that WAV and FLAC hold. */
function ffmpeg(from: string, to: string): readonly string[] {
  const input = ['-v', 'error', '-nostdin', '-threads', '1', '-i', from, '-map', '0:a:0'];
  return ['ffmpeg', ...input, '-c:a', 'pcm_f64le', '-f', 'wav', to];
}

const others = {
  ffmpeg,
  // It rounds MS-ADPCM down as libsndfile does, ffmpeg towards 0.
  sox: (from: string, to: string) => [
    'sox',
    '-D',
    '-t',
    'wav',
    from,
    '-e',
    'signed',
    '-b',
    '32',
    to,
  ],
};

/** Other programs that decode sound. */
export class Peers {
  private readonly folder = mkdtempSync(join(tmpdir(), 'sound-'));
  private count = 0;
  /** Calls so far. */
  asked = 0;

  async decode(
    bytes: Uint8Array,
    { format, by }: Pick<SoundFile, 'format' | 'by'>,
  ): Promise<PeerAnswer> {
    const from = join(this.folder, String(this.count++));
    const to = `${from}.wav`;
    writeFileSync(from, bytes);
    this.asked++;
    try {
      const complaints = await run((by === undefined ? programs[format] : others[by])(from, to));
      return { sound: existsSync(to) ? soundOf(readFileSync(to)) : undefined, complaints };
    } finally {
      rmSync(from);
      rmSync(to, { force: true });
    }
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** @returns what it complains of */
function run([program, ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program!, args, { encoding: 'latin1', timeout: 60_000 }, (error, _, complaints) => {
      resolve(`${complaints}${error === null ? '' : ' (it failed)'}`.trim());
    });
  });
}

/** Of the format that an extensible header has inside. */
const FLOAT = 3;

/** The samples of a WAV file of integers or floats; the data is all that follows its header. */
function soundOf(wav: Buffer): Sound | undefined {
  const data = wav.indexOf('data');
  const format = wav.indexOf('fmt ');
  if (data < 0 || format < 0) return undefined;
  const count = wav.readUInt16LE(format + 10);
  const rate = wav.readUInt32LE(format + 12);
  const width = wav.readUInt16LE(format + 22) / 8;
  const tag = wav.readUInt16LE(format + 8);
  const isFloat = (tag === 0xfffe ? wav.readUInt16LE(format + 32) : tag) === FLOAT;
  const start = data + 8;
  const length = Math.floor((wav.length - start) / (width * count));
  if (length === 0) return undefined;
  const read = (at: number): number =>
    !isFloat
      ? wav.readIntLE(at, width) / 2 ** (8 * width - 1)
      : width === 4
        ? wav.readFloatLE(at)
        : wav.readDoubleLE(at);
  const channels = Array.from({ length: count }, (_, c) =>
    Float32Array.from({ length }, (_, n) => read(start + width * (n * count + c))),
  );
  return { rate, channels };
}
