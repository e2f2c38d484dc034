import { join } from '../bytes.js';
import { signal, type Sound, type SoundFile } from './types.js';

/** How samples are written: its format tag, bits said and bytes taken. */
interface Coding {
  readonly name: string;
  readonly tag: 1 | 3 | 6 | 7;
  readonly bits: number;
  readonly width: number;
  /** Writes a sample in -1..1 and returns what a reader has to give. */
  readonly write: (view: DataView, at: number, sample: number, le: boolean) => number;
}

interface Layout {
  readonly coding: Coding;
  readonly rate: number;
  readonly channels: number;
  readonly length: number;
  readonly riff?: 'RIFF' | 'RIFX' | 'RF64' | 'BW64';
  /** With the format chunk of 40 bytes, and fewer valid bits where it says so. */
  readonly extensible?: boolean;
  readonly validBits?: number;
}

/** What is odd about the container; each changes one thing. */
interface Quirk {
  readonly name: string;
  /** The size in the data's header, from the true one. */
  readonly declared?: (size: number) => number;
  readonly riffSize?: (size: number) => number;
  readonly before?: Uint8Array;
  readonly between?: Uint8Array;
  readonly after?: Uint8Array;
  /** Bytes in front of the file. */
  readonly front?: Uint8Array;
  /** Bytes missing at the end. */
  readonly less?: number;
  readonly refused?: string;
  readonly peerless?: string;
}

const text = (content: string) => new TextEncoder().encode(content);

export function chunk(tag: string, content: Uint8Array, le = true, declared = content.length) {
  const size = new DataView(new ArrayBuffer(4));
  size.setUint32(0, declared, le);
  return join(text(tag), new Uint8Array(size.buffer), content, new Uint8Array(content.length % 2));
}

/** Integer codes at the upper end of their bytes. */
function integer(bits: number, width: number): Coding {
  return {
    name: bits === 8 * width ? `int${bits}` : `int${bits}-in-${width}`,
    tag: 1,
    bits,
    width,
    write(view, at, sample, le) {
      const full = 2 ** (bits - 1);
      const code = Math.max(-full, Math.min(full - 1, Math.round(sample * full)));
      let shifted = BigInt(code) << BigInt(8 * width - bits);
      if (width === 1) shifted += 128n; // unsigned
      for (let i = 0; i < width; i++) {
        const place = le ? i : width - 1 - i;
        view.setUint8(at + place, Number((shifted >> BigInt(8 * i)) & 0xffn));
      }
      return code / full;
    },
  };
}

function float(bits: 32 | 64): Coding {
  return {
    name: `float${bits}`,
    tag: 3,
    bits,
    width: bits / 8,
    write(view, at, sample, le) {
      if (bits === 32) view.setFloat32(at, sample, le);
      else view.setFloat64(at, sample, le);
      return sample;
    },
  };
}

/** G.711: the code nearest to the sample among all 256, by the tables of the standard written out as values. */
function law(name: 'A-law' | 'mu-law'): Coding {
  const values = Array.from({ length: 256 }, (_, code) =>
    name === 'A-law' ? aLaw(code) : muLaw(code),
  );
  return {
    name,
    tag: name === 'A-law' ? 6 : 7,
    bits: 8,
    width: 1,
    write(view, at, sample) {
      let best = 0;
      for (let code = 0; code < 256; code++) {
        const far = Math.abs(values[code]! - sample);
        if (far < Math.abs(values[best]! - sample)) best = code;
      }
      view.setUint8(at, best);
      return values[best]!;
    },
  };
}

/** Decision values: 13 segments, the first two of one step size. */
function aLaw(code: number): number {
  const positive = (code & 0x80) !== 0;
  const place = (code ^ 0x55) & 0x7f;
  const segment = place >> 4;
  const start = segment === 0 ? 0 : 2 ** (segment + 3);
  const step = segment === 0 ? 1 : 2 ** (segment - 1);
  const size = start + step * ((place & 15) + 0.5);
  return ((positive ? 1 : -1) * size) / 2 ** 11;
}

/** 8 segments, each of steps twice as large, from 0. */
function muLaw(code: number): number {
  const place = 0x7f - (code & 0x7f);
  const segment = place >> 4;
  const size = (33 + 2 * (place & 15)) * 2 ** segment - 33;
  return ((code & 0x80) !== 0 ? size : -size) / 2 ** 13;
}

export const codings: readonly Coding[] = [
  integer(8, 1),
  integer(12, 2),
  integer(16, 2),
  integer(20, 3),
  integer(24, 3),
  integer(24, 4),
  integer(32, 4),
  integer(32, 8),
  float(32),
  float(64),
  law('A-law'),
  law('mu-law'),
];

const rates = [
  8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_056, 44_100, 48_000, 88_200, 96_000,
  176_400, 192_000,
];
const channelCounts = [1, 2, 6, 8];

const id3 = join(text('ID3'), Uint8Array.of(4, 0, 0, 0, 0, 1, 5), new Uint8Array(133).fill(0x41));
const id3v1 = join(text('TAG'), new Uint8Array(125).fill(0x20));
const ape = join(
  text('APETAGEX'),
  Uint8Array.of(208, 7, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80),
  new Uint8Array(8),
);
const bext = chunk('bext', new Uint8Array(603).fill(0x20));
const list = chunk('LIST', join(text('INFOISFT'), Uint8Array.of(5, 0, 0, 0), text('test\0\0')));
/** One whose contents look like the data. */
const decoy = chunk(
  'junk',
  join(text('data'), Uint8Array.of(8, 0, 0, 0), new Uint8Array(8).fill(0x55)),
);

const quirks: readonly Quirk[] = [
  { name: 'plain' },
  { name: 'data size 0', declared: () => 0 },
  { name: 'data and RIFF size 0', declared: () => 0, riffSize: () => 0 },
  { name: 'data size all ones', declared: () => 0xffff_ffff },
  { name: 'both sizes all ones', declared: () => 0xffff_ffff, riffSize: () => 0xffff_ffff },
  { name: 'data size 2^31 - 1', declared: () => 0x7fff_ffff },
  { name: 'data size 2^31 - 4096', declared: () => 0x7fff_f000 },
  { name: 'data size 44 too big', declared: (size) => size + 44 },
  {
    name: 'data size twice as big',
    declared: (size) => 2 * size + 8000,
    refused: 'truncated or damaged',
  },
  { name: 'data size half as big', declared: (size) => size / 2 - ((size / 2) % 48) },
  { name: 'RIFF size wrong', riffSize: (size) => size - 20 },
  { name: 'LIST and bext before', before: join(list, bext) },
  { name: 'chunks between', between: join(bext, decoy) },
  { name: 'LIST after', after: list },
  { name: 'ID3v2 in front', front: id3 },
  {
    name: 'zeros in front',
    front: new Uint8Array(64),
    peerless: 'ffmpeg does not look behind zeros',
  },
  { name: 'ID3v1 behind', after: id3v1 },
  { name: 'APE tag behind', after: ape },
  { name: 'a newline behind', after: text('\n') },
  { name: 'cut within a sample', less: 2 },
  { name: 'fact chunk that is wrong', between: chunk('fact', Uint8Array.of(1, 0, 0, 0)) },
  {
    name: 'a second data chunk',
    after: chunk('data', new Uint8Array(96).fill(0x11)),
    peerless: 'ffmpeg goes on with it',
  },
  { name: 'junk of odd size before', before: chunk('junk', new Uint8Array(7)) },
];

/** The file, and what it holds. */
export function wavFile(layout: Layout, quirk: Quirk = { name: 'plain' }): SoundFile {
  const { coding, rate, channels, length, riff = 'RIFF', extensible = false } = layout;
  const le = riff !== 'RIFX';
  const name = `WAV ${riff}${extensible ? ' extensible' : ''} ${coding.name}${layout.validBits === undefined ? '' : ` valid ${layout.validBits}`} ${rate} Hz x${channels}, ${quirk.name}`;
  const { data, sound } = dataOf(layout, name, le);
  const size = data.length;
  const declared = quirk.declared?.(size) ?? size;
  const long = riff === 'RF64' || riff === 'BW64';
  const body = join(
    text('WAVE'),
    long ? chunk('ds64', sizesOf(size, length)) : new Uint8Array(),
    quirk.before ?? new Uint8Array(),
    chunk('fmt ', formatOf(layout, le), le),
    quirk.between ?? new Uint8Array(),
    chunk('data', data, le, long ? 0xffff_ffff : declared),
    quirk.after ?? new Uint8Array(),
  );
  const file = chunk(
    riff,
    body,
    le,
    long ? 0xffff_ffff : (quirk.riffSize?.(body.length) ?? body.length),
  );
  const less = quirk.less ?? 0;
  const frames = Math.min(
    Math.floor((size - less) / (channels * coding.width)),
    quirk.name === 'data size half as big' ? declared / (channels * coding.width) : Infinity,
  );
  return {
    name,
    format: 'WAV',
    bytes: join(quirk.front ?? new Uint8Array(), file.subarray(0, file.length - less)),
    ...(quirk.refused === undefined
      ? { holds: { rate, channels: sound.map((samples) => samples.subarray(0, frames)) } }
      : { refused: quirk.refused }),
    ...(quirk.peerless !== undefined && { peerless: quirk.peerless }),
  };
}

function dataOf({ coding, channels, length }: Layout, seed: string, le: boolean) {
  const { width } = coding;
  const bytes = new Uint8Array(length * channels * width);
  const view = new DataView(bytes.buffer);
  const sound = signal(seed, channels, length).map((samples, c) => {
    samples.set([1, -1, 0], 5); // both ends, and clipped where there is no 1
    return Float32Array.from(samples, (sample, n) =>
      coding.write(view, (n * channels + c) * width, sample, le),
    );
  });
  return { data: bytes, sound };
}

function formatOf(layout: Layout, le: boolean): Uint8Array {
  const { coding, rate, channels, extensible = false, validBits } = layout;
  const { tag, bits, width } = coding;
  const view = new DataView(new ArrayBuffer(extensible ? 40 : 16));
  const container = extensible ? 8 * width : bits;
  view.setUint16(0, extensible ? 0xfffe : tag, le);
  view.setUint16(2, channels, le);
  view.setUint32(4, rate, le);
  view.setUint32(8, rate * channels * width, le);
  view.setUint16(12, channels * width, le);
  view.setUint16(14, container, le);
  if (extensible) {
    view.setUint16(16, 22, le);
    view.setUint16(18, validBits ?? bits, le);
    view.setUint16(24, tag, le);
    const guid = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
    new Uint8Array(view.buffer).set(guid, 26);
  }
  return new Uint8Array(view.buffer);
}

function sizesOf(data: number, samples: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(28));
  view.setUint32(0, data + 100, true);
  view.setUint32(8, data, true);
  view.setUint32(16, samples, true);
  return new Uint8Array(view.buffer);
}

/** Why a peer says something else of a layout of the samples. */
function peerlessOf(file: SoundFile, coding: Coding): SoundFile {
  const odd =
    coding.name === 'int24-in-4' || coding.name === 'int32-in-8' || file.name.includes(' valid ');
  return odd ? { ...file, peerless: 'ffmpeg takes the bits for the bytes' } : file;
}

/** Every coding with every rate and number of channels, then every quirk with several codings, then the other kinds of RIFF. */
export function* wavFiles(): Generator<SoundFile> {
  let turn = 0;
  for (const coding of codings) {
    for (const rate of rates) {
      const channels = channelCounts[turn++ % channelCounts.length]!;
      yield peerlessOf(wavFile({ coding, rate, channels, length: 211 }), coding);
    }
    turn++;
  }
  const some = codings.filter(({ name }) =>
    ['int8', 'int16', 'int24', 'float32', 'mu-law'].includes(name),
  );
  for (const quirk of quirks) {
    for (const coding of some) {
      yield wavFile({ coding, rate: 16_000, channels: 1, length: 480 }, quirk);
      yield wavFile({ coding, rate: 44_100, channels: 2, length: 481 }, quirk);
    }
  }
  for (const riff of ['RIFX', 'RF64', 'BW64'] as const) {
    for (const coding of some) {
      const file = wavFile({ coding, rate: 22_050, channels: 2, length: 300, riff });
      yield riff === 'RIFX' && coding.width > 1
        ? { ...file, peerless: 'ffmpeg 5 takes it for little-endian' }
        : file;
    }
  }
  for (const coding of codings) {
    for (const channels of channelCounts) {
      const layout = { coding, rate: 48_000, channels, length: 240, extensible: true };
      yield peerlessOf(wavFile(layout), coding);
    }
  }
  const of32 = codings.find(({ name }) => name === 'int32')!;
  for (const validBits of [24, 20, 16]) {
    const layout = {
      coding: of32,
      rate: 16_000,
      channels: 2,
      length: 300,
      extensible: true,
      validBits,
    };
    yield peerlessOf(wavFile(layout), of32);
  }
}

export type { Sound };
