import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { wavBytes } from '../../audio/wav-bytes.js';
import { frameHeader } from '../../../src/audio/mp3-frames.js';
import { oggPages } from '../../../src/audio/ogg-pages.js';
import { signal, type SoundFile } from './types.js';

/** A file by an encoder that is installed: its arguments with IN and OUT. */
interface Recipe {
  readonly name: string;
  readonly format: SoundFile['format'];
  readonly rate: number;
  readonly channels: number;
  readonly samples?: number;
  readonly extension: string;
  readonly command: readonly string[];
  readonly refused?: string;
  readonly by?: SoundFile['by'];
}

function ffmpeg(...args: readonly string[]): readonly string[] {
  return [
    'ffmpeg',
    '-v',
    'error',
    '-nostdin',
    '-y',
    '-i',
    'IN',
    '-bitexact',
    '-map_metadata',
    '-1',
    ...args,
    'OUT',
  ];
}

/** Of rates whose files are damaged, more than what damage may reach. */
const lasting = (rate: number): { samples?: number } =>
  rate <= 16_000 || rate === 44_100 ? { samples: Math.round(1.2 * rate) } : {};

function* recipes(): Generator<Recipe> {
  const mp3 = { format: 'MP3', extension: 'mp3' } as const;
  for (const rate of [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]) {
    const bitrate = rate < 16_000 ? '24' : rate < 32_000 ? '40' : '96';
    for (const channels of [1, 2]) {
      const lame = (name: string, ...args: readonly string[]): Recipe => ({
        ...mp3,
        name: `MP3 ${name} ${rate} Hz x${channels}`,
        rate,
        channels,
        ...lasting(rate),
        command: ['lame', '--quiet', '--resample', String(rate / 1000), ...args, 'IN', 'OUT'],
      });
      yield lame('CBR', '-b', bitrate);
      yield lame('VBR', '-V', '4');
      yield lame('CBR without Xing header', '-t', '-b', bitrate);
      yield lame('CBR with checksums', '-p', '-b', bitrate);
      if (channels === 2) {
        yield lame('joint stereo', '-m', 'j', '-b', bitrate);
        yield lame('simple stereo', '-m', 's', '-b', bitrate);
        yield lame('forced mid-side', '-m', 'f', '-b', bitrate);
        yield lame('dual mono', '-m', 'd', '-b', bitrate);
      } else {
        yield lame('ABR', '--abr', bitrate);
        yield lame('without reservoir', '--nores', '-b', bitrate);
        yield lame('with ID3v2', '--add-id3v2', '--tt', 'Test', '--ta', 'Test', '-b', bitrate);
        yield lame('with ID3v1', '--id3v1-only', '--tt', 'Test', '-b', bitrate);
      }
    }
    if (rate >= 32_000) {
      yield {
        ...mp3,
        name: `MP3 by shine ${rate} Hz`,
        rate,
        channels: 2,
        command: ffmpeg('-c:a', 'libshine', '-b:a', '128k'),
      };
    }
    if (rate >= 16_000) {
      const layer2 = { ...mp3, extension: 'mp2', rate, channels: 2, ...lasting(rate) };
      yield {
        ...layer2,
        name: `MPEG layer II ${rate} Hz x2`,
        command: ffmpeg('-c:a', 'mp2', '-b:a', '128k'),
      };
      yield {
        ...layer2,
        name: `MPEG layer II by twolame ${rate} Hz x2`,
        command: ffmpeg(
          '-c:a',
          'libtwolame',
          '-b:a',
          '128k',
          '-mode',
          rate === 24_000 ? 'stereo' : 'joint_stereo',
        ),
      };
      yield {
        ...layer2,
        channels: 1,
        name: `MPEG layer II ${rate} Hz x1`,
        command: ffmpeg('-c:a', 'mp2', '-b:a', '64k'),
      };
    }
  }
  yield {
    ...mp3,
    name: 'MP3 free format',
    rate: 22_050,
    channels: 1,
    command: ['lame', '--quiet', '--freeformat', '-b', '100', 'IN', 'OUT'],
    refused: 'an MP3 file in free format',
  };

  const vorbis = { format: 'Vorbis', extension: 'ogg' } as const;
  const opus = { format: 'Opus', extension: 'opus' } as const;
  const inOgg = { format: 'FLAC in Ogg', extension: 'ogg' } as const;
  for (const rate of [
    8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_056, 44_100, 48_000, 96_000, 192_000,
  ]) {
    for (const channels of [1, 2, 6]) {
      for (const quality of ['0', '6']) {
        yield {
          ...vorbis,
          name: `Vorbis quality ${quality} ${rate} Hz x${channels}`,
          rate,
          channels,
          command: ['oggenc', '-Q', '-s', '7', '-q', quality, '-o', 'OUT', 'IN'],
        };
      }
    }
  }
  for (const samples of [1, 63, 64, 1000, 20_000]) {
    yield {
      ...vorbis,
      name: `Vorbis of ${samples} samples`,
      rate: 16_000,
      channels: 1,
      samples,
      command: ['oggenc', '-Q', '-s', '7', '-q', '3', '-o', 'OUT', 'IN'],
    };
    yield {
      ...opus,
      name: `Opus of ${samples} samples`,
      rate: 16_000,
      channels: 1,
      samples,
      command: ['opusenc', '--quiet', '--serial', '7', 'IN', 'OUT'],
    };
  }
  for (const channels of [3, 4, 5, 7, 8]) {
    yield {
      ...vorbis,
      name: `Vorbis x${channels}`,
      ...(channels > 6 && { by: 'ffmpeg' as const }),
      rate: 44_100,
      channels,
      command: ['oggenc', '-Q', '-s', '7', '-q', '3', '-o', 'OUT', 'IN'],
    };
    yield {
      ...opus,
      name: `Opus x${channels}`,
      rate: 48_000,
      channels,
      command: ['opusenc', '--quiet', '--serial', '7', 'IN', 'OUT'],
    };
  }
  for (const rate of [8000, 11_025, 12_000, 16_000, 24_000, 44_100, 48_000, 96_000]) {
    for (const channels of [1, 2, 6]) {
      for (const [name, ...args] of [
        ['48 kbit/s', '--bitrate', '48'],
        ['as speech', '--speech', '--bitrate', '16'],
        ['as music in frames of 2.5 ms', '--music', '--framesize', '2.5'],
      ] as const) {
        yield {
          ...opus,
          name: `Opus ${name} ${rate} Hz x${channels}`,
          rate,
          channels,
          command: ['opusenc', '--quiet', '--serial', '7', ...args, 'IN', 'OUT'],
        };
      }
    }
  }
  for (const size of ['40', '60']) {
    yield {
      ...opus,
      name: `Opus in frames of ${size} ms`,
      rate: 16_000,
      channels: 1,
      command: ['opusenc', '--quiet', '--serial', '7', '--framesize', size, 'IN', 'OUT'],
    };
  }
  yield {
    ...opus,
    name: 'Opus by ffmpeg',
    rate: 48_000,
    channels: 2,
    command: ffmpeg('-c:a', 'libopus'),
  };
  yield {
    ...vorbis,
    name: 'Vorbis by ffmpeg',
    rate: 44_100,
    channels: 2,
    command: ffmpeg('-c:a', 'libvorbis'),
  };
  for (const [rate, channels] of [
    [16_000, 1],
    [44_100, 2],
    [48_000, 6],
  ] as const) {
    yield {
      ...inOgg,
      name: `FLAC in Ogg ${rate} Hz x${channels}`,
      rate,
      channels,
      command: [
        'flac',
        '--silent',
        '-f',
        '--channel-map=none',
        '--ogg',
        '--serial-number',
        '7',
        'IN',
        '-o',
        'OUT',
      ],
    };
    yield {
      ...inOgg,
      name: `FLAC in Ogg by ffmpeg ${rate} Hz x${channels}`,
      rate,
      channels,
      command: ffmpeg('-c:a', 'flac'),
    };
  }
  const flac = { format: 'FLAC', extension: 'flac' } as const;
  for (const [rate, channels] of [
    [11_025, 1],
    [16_000, 1],
    [44_100, 2],
    [48_000, 6],
    [96_000, 8],
  ] as const) {
    for (const level of ['0', '5', '8']) {
      yield {
        ...flac,
        name: `FLAC by flac -${level} ${rate} Hz x${channels}`,
        rate,
        channels,
        command: ['flac', '--silent', '-f', '--channel-map=none', `-${level}`, 'IN', '-o', 'OUT'],
      };
    }
    yield {
      ...flac,
      name: `FLAC by flac, exhaustive ${rate} Hz x${channels}`,
      rate,
      channels,
      command: [
        'flac',
        '--silent',
        '-f',
        '--channel-map=none',
        '--lax',
        '-e',
        '-p',
        '-l',
        '32',
        '-r',
        '0,8',
        'IN',
        '-o',
        'OUT',
      ],
    };
    yield {
      ...flac,
      name: `FLAC by ffmpeg ${rate} Hz x${channels}`,
      rate,
      channels,
      command: ffmpeg('-c:a', 'flac', '-compression_level', '12'),
    };
  }
  const wav = { format: 'ADPCM', extension: 'wav' } as const;
  for (const rate of [8000, 11_025, 22_050, 44_100]) {
    for (const channels of [1, 2]) {
      for (const codec of ['adpcm_ms', 'adpcm_ima_wav']) {
        for (const block of ['256', '1024']) {
          yield {
            ...wav,
            name: `WAV ${codec} in blocks of ${block}, ${rate} Hz x${channels}`,
            rate,
            channels,
            command: ffmpeg('-c:a', codec, '-block_size', block),
          };
        }
      }
      yield {
        ...wav,
        name: `WAV ms by sox, ${rate} Hz x${channels}`,
        by: 'sox',
        rate,
        channels,
        command: ['sox', '-D', 'IN', '-e', 'ms-adpcm', 'OUT'],
      };
      yield {
        ...wav,
        name: `WAV ima by sox, ${rate} Hz x${channels}`,
        rate,
        channels,
        command: ['sox', '-D', 'IN', '-e', 'ima-adpcm', 'OUT'],
      };
    }
  }
  yield {
    ...wav,
    name: 'WAV gsm',
    rate: 8000,
    channels: 1,
    command: ['sox', '-D', 'IN', '-e', 'gsm-full-rate', 'OUT'],
    refused: 'GSM 6.10',
  };
  for (const layer of ['libmp3lame', 'mp2']) {
    yield {
      ...wav,
      format: 'MP3',
      name: `WAV with ${layer}`,
      rate: 44_100,
      channels: 2,
      command: ffmpeg('-c:a', layer, '-f', 'wav'),
    };
  }
  for (const extension of ['aiff', 'w64', 'au', 'caf', 'sph', 'wv']) {
    yield {
      ...wav,
      name: `${extension} by sox`,
      rate: 16_000,
      channels: 1,
      extension,
      command: ['sox', '-D', 'IN', 'OUT'],
      refused: 'not an audio file of a known format',
    };
  }
}

/** How often something fails to be made because a program is missing is the caller's to know. */
export function* encodedFiles(
  only = new RegExp(process.env['ALSTM_SOUND_ONLY'] ?? '.'),
): Generator<SoundFile> {
  const folder = mkdtempSync(path(tmpdir(), 'encoded-'));
  try {
    for (const recipe of recipes()) {
      if (!only.test(recipe.name)) continue;
      const { rate, channels, samples = Math.round(0.35 * rate) } = recipe;
      const source = path(folder, 'in.wav');
      const target = path(folder, `out.${recipe.extension}`);
      const codes = interleaved(signal(recipe.name, channels, samples, 0.05));
      writeFileSync(source, wavBytes(codes, { rate, channels, bits: 16 }));
      const [program, ...args] = recipe.command.map((word) =>
        word === 'IN' ? source : word === 'OUT' ? target : word,
      );
      execFileSync(program!, args, { stdio: ['ignore', 'ignore', 'pipe'] });
      const bytes = new Uint8Array(readFileSync(target));
      rmSync(target);
      const { name, format } = recipe;
      const blocks = blocksOf(format, bytes);
      yield {
        name,
        format,
        bytes,
        samples,
        ...(blocks && { blocks }),
        ...(recipe.by !== undefined && { by: recipe.by }),
        ...(recipe.refused !== undefined && { refused: recipe.refused }),
      };
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Where MPEG frames or Ogg pages begin; undefined for others. */
export function blocksOf(
  format: SoundFile['format'],
  bytes: Uint8Array,
): readonly number[] | undefined {
  if (format === 'Vorbis' || format === 'Opus' || format === 'FLAC in Ogg') {
    return [...oggPages(bytes)].map(({ start }) => start);
  }
  if (format !== 'MP3') return undefined;
  const starts: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = frameHeader(bytes, at)?.length;
    if (length !== undefined) starts.push(at);
    at += length ?? 1;
  }
  return starts;
}

function interleaved(channels: readonly Float64Array[]): Int16Array {
  const count = channels.length;
  return Int16Array.from({ length: count * channels[0]!.length }, (_, i) =>
    Math.round(25_000 * channels[i % count]![Math.floor(i / count)]!),
  );
}
