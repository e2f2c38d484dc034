/** Layout of the samples of a WAV file: interleaved, each in a container of some bytes. */
export interface PcmLayout {
  readonly coding: 'integer' | 'float' | 'A-law' | 'mu-law';
  readonly channels: number;
  readonly rate: number;
  /** Bytes of a sample's container. */
  readonly width: number;
  readonly littleEndian: boolean;
}

/** Reads the sample that starts at a byte. */
type Reader = (view: DataView, at: number) => number;

/** Samples per piece, over all channels. */
const SAMPLES_A_PIECE = 2 ** 16;

/**
 * Decodes in pieces. A code of `bits` bits is divided by 2^(bits - 1), as is usual; if the container is
 * larger, the bits are at its upper end, so the container's scale applies.
 *
 * @param data whole frames with interleaved channels
 */
export function* pcmPieces(
  data: Uint8Array,
  layout: PcmLayout,
): Generator<{ channels: Float32Array[]; rate: number }> {
  const { channels, rate, width } = layout;
  const read = readerOf(layout);
  const block = channels * width;
  const frames = Math.floor(data.length / block);
  const most = Math.max(1, Math.floor(SAMPLES_A_PIECE / channels));
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let first = 0; first < frames; first += most) {
    const count = Math.min(most, frames - first);
    yield {
      rate,
      channels: Array.from({ length: channels }, (_, c) => {
        const samples = new Float32Array(count);
        let at = first * block + c * width;
        for (let i = 0; i < count; i++, at += block) samples[i] = read(view, at);
        return samples;
      }),
    };
  }
}

function readerOf({ coding, width, littleEndian: le }: PcmLayout): Reader {
  switch (coding) {
    case 'A-law':
      return tableReader(aLaw);
    case 'mu-law':
      return tableReader(muLaw);
    case 'float':
      return width === 4
        ? (view, at) => view.getFloat32(at, le)
        : (view, at) => view.getFloat64(at, le);
    case 'integer':
      return integerReader(width, le);
  }
}

function integerReader(width: number, le: boolean): Reader {
  switch (width) {
    case 1:
      return (view, at) => (view.getUint8(at) - 128) / 2 ** 7; // the only unsigned width
    case 2:
      return (view, at) => view.getInt16(at, le) / 2 ** 15;
    case 3:
      return le
        ? (view, at) => (view.getUint16(at, le) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23
        : (view, at) => (view.getUint16(at + 1, le) + view.getInt8(at) * 2 ** 16) / 2 ** 23;
    default: {
      const high = le ? width - 4 : 0; // float32 has no more precision than the upper 4 bytes
      return (view, at) => view.getInt32(at + high, le) / 2 ** 31;
    }
  }
}

function tableReader(expand: (code: number) => number): Reader {
  const table = Float32Array.from({ length: 256 }, (_, code) => expand(code) / 2 ** 15);
  return (view, at) => table[view.getUint8(at)]!;
}

/** ITU-T G.711 table 1a: even bits inverted, then sign, 3 bits of segment, 4 of step. */
function aLaw(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const step = ((bits & 15) << 4) + 8;
  const size = segment === 0 ? step : (step + 256) << (segment - 1);
  return (bits & 0x80) !== 0 ? size : -size;
}

/** ITU-T G.711 table 2a: all bits inverted, then sign, 3 bits of segment, 4 of step. */
function muLaw(code: number): number {
  const bits = ~code & 0xff;
  const size = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return (bits & 0x80) !== 0 ? -size : size;
}
