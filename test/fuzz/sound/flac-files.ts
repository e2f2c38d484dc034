import { join } from '../bytes.js';
import { type Frame, frameBytes, type Header, headerBytes, type Subframe } from './flac-writer.js';
import { signal, type SoundFile } from './types.js';

interface Layout {
  readonly name: string;
  readonly rate?: number;
  readonly channels?: number;
  readonly bits?: number;
  /** Lengths of its frames. */
  readonly lengths?: readonly number[];
  readonly subframes?: readonly Subframe[];
  readonly header?: Partial<Header>;
  readonly frame?: Partial<Frame>;
  /** Zeros in the lowest bits of all samples. */
  readonly zeros?: number;
  readonly front?: Uint8Array;
  readonly after?: Uint8Array;
  readonly firstNumber?: number;
  readonly peerless?: string;
  readonly refused?: string;
  readonly flat?: boolean;
}

const text = (content: string) => new TextEncoder().encode(content);
/** What each frame of a file is coded as, unless it says more. */
const usual: readonly Subframe[] = [{ kind: 'fixed', order: 2, partitionOrder: 2 }];

export function flacFile(layout: Layout): SoundFile {
  const { rate = 16_000, channels = 1, bits = 16, lengths = [192, 192, 192, 100] } = layout;
  const { subframes = usual, zeros = 0, flat = false } = layout;
  const name = `FLAC ${layout.name}, ${bits} bits ${rate} Hz x${channels}`;
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const full = 2 ** (bits - 1);
  // Without noise in many bits, else residuals have more than 32.
  const noise = bits > 24 ? 1e-4 : 0.1;
  const codes = signal(name, channels, total, noise).map((samples) =>
    Array.from(samples, (sample) => {
      const code = Math.round((flat ? 0.25 : sample) * full);
      return Math.max(-full, Math.min(full - 1, code)) - mod(code, 2 ** zeros);
    }),
  );
  const parts: Uint8Array[] = [];
  let start = 0;
  for (const [i, length] of lengths.entries()) {
    const variable = layout.frame?.variable === true;
    parts.push(
      frameBytes({
        channels: codes.map((samples) => samples.slice(start, start + length)),
        bits,
        rate,
        number: (layout.firstNumber ?? 0) + (variable ? start : i),
        subframes: [subframes[i % subframes.length]!],
        ...layout.frame,
      }),
    );
    start += length;
  }
  const front = layout.front ?? new Uint8Array();
  const head = join(front, headerBytes({ rate, channels, bits, samples: total, ...layout.header }));
  const blocks: number[] = [head.length];
  for (const part of parts) blocks.push(blocks.at(-1)! + part.length);
  const sound = codes.map((samples) => Float32Array.from(samples, (code) => code / full));
  return {
    name,
    format: 'FLAC',
    bytes: join(head, ...parts, layout.after ?? new Uint8Array()),
    blocks,
    ...(layout.refused === undefined
      ? { holds: { rate, channels: sound } }
      : { refused: layout.refused }),
    ...(layout.peerless !== undefined && { peerless: layout.peerless }),
  };
}

function mod(a: number, b: number): number {
  return ((a % b) + b) % b;
}

/** A predictor of any order: the fixed one of second order, and small weights for the rest. */
function lpc(order: number, shift = 9): Subframe {
  const coefficients = Array.from({ length: order }, (_, j) =>
    j === 0 ? (order === 1 ? 500 : 960) : j === 1 ? -470 : (j % 3) - 1,
  );
  return { kind: 'lpc', order, coefficients, shift };
}

const rates = [
  8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000,
];
const picture = join(
  Uint8Array.of(0, 0, 0, 3, 0, 0, 0, 9),
  text('image/png'),
  new Uint8Array(20),
  Uint8Array.of(0, 0, 3, 0xe8),
  new Uint8Array(1000).fill(0xff),
);
/** A block whose contents look like a frame. */
const decoy = join(
  text('test'),
  frameBytes({
    channels: [[1, 2, 3, 4]],
    bits: 16,
    rate: 16_000,
    number: 0,
    subframes: [{ kind: 'verbatim' }],
  }),
);
const id3 = join(text('ID3'), Uint8Array.of(4, 0, 0, 0, 0, 1, 5), new Uint8Array(133).fill(0x41));

function* layouts(): Generator<Layout> {
  for (const [i, rate] of rates.entries())
    yield { name: 'rate by code or header', rate, channels: 1 + (i % 8) };
  yield { name: 'rate in the header only', rate: 44_056, frame: { rateIn: 'header' } };
  yield { name: 'rate in kHz', rate: 48_000, frame: { rateIn: 'kHz' } };
  yield { name: 'rate in Hz', rate: 44_056, frame: { rateIn: 'Hz' } };
  yield { name: 'rate in tens', rate: 192_000, frame: { rateIn: 'tens' } };
  yield {
    name: 'rate in the frames only',
    rate: 44_056,
    frame: { rateIn: 'Hz' },
    header: { rate: 0 },
  };
  for (const bits of [4, 5, 8, 12, 15, 16, 17, 20, 24, 32]) {
    const peerless = bits === 32 ? { peerless: 'ffmpeg 5 has no 32 bits' } : {};
    for (const channels of [1, 2, 6, 8]) yield { name: 'depth', bits, channels, ...peerless };
    yield { name: 'depth in the header only', bits, frame: { bitsIn: 'header' } };
    for (const stereo of ['left-side', 'side-right', 'mid-side'] as const) {
      yield { name: stereo, bits, channels: 2, frame: { stereo }, ...peerless };
      yield {
        name: `${stereo} verbatim`,
        bits,
        channels: 2,
        frame: { stereo },
        subframes: [{ kind: 'verbatim' }],
        ...peerless,
      };
    }
  }
  for (let order = 1; order <= 32; order++)
    yield { name: `LPC order ${order}`, subframes: [lpc(order)] };
  for (const order of [4, 12, 32]) {
    yield {
      name: `LPC order ${order}`,
      bits: 24,
      channels: 2,
      subframes: [lpc(order)],
      frame: { stereo: 'mid-side' },
    };
    yield {
      name: `LPC order ${order} without shift`,
      bits: 8,
      subframes: [{ ...lpc(order, 0), coefficients: [1, ...new Array<number>(order - 1).fill(0)] }],
    };
    yield {
      name: `LPC order ${order} with precision 15`,
      bits: 20,
      subframes: [
        { ...lpc(order, 14), coefficients: [16_000, ...new Array<number>(order - 1).fill(-3)] },
      ],
    };
  }
  for (let order = 0; order <= 4; order++) {
    yield { name: `fixed order ${order}`, subframes: [{ kind: 'fixed', order }] };
    yield {
      name: `fixed order ${order} escaped`,
      subframes: [{ kind: 'fixed', order, escaped: true, partitionOrder: 3 }],
      lengths: [192, 96],
    };
    yield {
      name: `fixed order ${order} with 5 bits`,
      bits: 24,
      subframes: [{ kind: 'fixed', order, long: true, partitionOrder: 1 }],
    };
    yield {
      name: `fixed order ${order} with 5 bits escaped`,
      bits: 20,
      subframes: [{ kind: 'fixed', order, long: true, escaped: true }],
    };
  }
  for (const zeros of [1, 4, 11]) {
    for (const kind of ['verbatim', 'fixed'] as const) {
      yield {
        name: `${kind}, ${zeros} bits wasted`,
        zeros,
        subframes: [{ kind, order: kind === 'fixed' ? 1 : 0, wasted: zeros }],
      };
      yield {
        name: `${kind}, ${zeros} bits wasted, ${kind === 'fixed' ? 'mid-side' : 'left-side'}`,
        zeros,
        bits: 24,
        channels: 2,
        subframes: [{ kind, order: kind === 'fixed' ? 1 : 0, wasted: zeros - 1 }],
        frame: { stereo: kind === 'fixed' ? 'mid-side' : 'left-side' },
      };
    }
  }
  yield { name: 'constant', flat: true, subframes: [{ kind: 'constant' }] };
  yield { name: 'constant and wasted', flat: true, subframes: [{ kind: 'constant', wasted: 5 }] };
  yield {
    name: 'residual of zero bits',
    flat: true,
    subframes: [{ kind: 'fixed', order: 1, escaped: true }],
  };
  yield {
    name: 'mixed kinds',
    channels: 2,
    subframes: [{ kind: 'verbatim' }, { kind: 'fixed', order: 3 }, lpc(8)],
  };
  yield {
    name: 'variable block sizes',
    lengths: [16, 300, 4096, 17, 4608, 1],
    frame: { variable: true },
    header: { blockSizes: [16, 4608] },
    subframes: [{ kind: 'verbatim' }, { kind: 'fixed', order: 1 }],
  };
  yield {
    name: 'blocks of 65535',
    lengths: [65_535, 100],
    subframes: [{ kind: 'fixed', order: 2 }],
    header: { blockSizes: [65_535, 65_535] },
  };
  yield { name: 'one sample', lengths: [1], subframes: [{ kind: 'verbatim' }] };
  yield { name: 'large frame numbers', firstNumber: 0x3_ffff };
  yield {
    name: 'sample numbers of 36 bits',
    firstNumber: 2 ** 35,
    frame: { variable: true },
    peerless: 'ffmpeg wants them from 0 on',
  };
  yield { name: 'samples unknown', header: { samples: 0 } };
  yield { name: 'more samples than declared', header: { samples: 400 } };
  yield {
    name: 'fewer samples than declared',
    header: { samples: 5000 },
    refused: 'it declares 5000 samples but has 676',
  };
  yield { name: 'MD5 wrong', header: { md5: new Uint8Array(16).fill(7) } };
  yield { name: 'picture', header: { blocks: [[6, picture]] } };
  yield {
    name: 'padding, seek table, tags',
    header: {
      blocks: [
        [3, new Uint8Array(36)],
        [4, Uint8Array.of(4, 0, 0, 0, 0x74, 0x65, 0x73, 0x74, 0, 0, 0, 0)],
        [1, new Uint8Array(500)],
      ],
    },
  };
  yield { name: 'block that looks like a frame', header: { blocks: [[2, decoy]] } };
  yield { name: 'unknown block', header: { blocks: [[99, new Uint8Array(40).fill(0xff)]] } };
  yield { name: 'ID3v2 in front', front: id3 };
  yield {
    name: 'ID3v1 behind',
    after: join(text('TAG'), new Uint8Array(125).fill(0x20)),
    header: { samples: 0 },
  };
  yield { name: 'zeros behind', after: new Uint8Array(3000) };
}

export function* flacFiles(): Generator<SoundFile> {
  for (const layout of layouts()) yield flacFile(layout);
}
