import { concatenate } from '../../src/core/concatenate.js';

export interface WavSpec {
  readonly rate: number;
  readonly channels: number;
  /** Bits of a PCM sample; 32 with `float`. */
  readonly bits: 8 | 16 | 24 | 32;
  readonly float?: boolean;
  /** A chunk between format and data: identifier and content, padded to an even size. */
  readonly extra?: { readonly tag: string; readonly content: Uint8Array };
  /** What the data chunk's header says instead of its true size. */
  readonly declared?: number;
}

/** A WAV file of interleaved values: integer codes, or numbers with `float`. */
export function wavBytes(values: ArrayLike<number>, spec: WavSpec): Uint8Array {
  const { rate, channels, bits, float = false, extra, declared } = spec;
  const width = bits / 8;
  const format = new DataView(new ArrayBuffer(16));
  format.setUint16(0, float ? 3 : 1, true);
  format.setUint16(2, channels, true);
  format.setUint32(4, rate, true);
  format.setUint32(8, rate * channels * width, true);
  format.setUint16(12, channels * width, true);
  format.setUint16(14, bits, true);

  const data = new DataView(new ArrayBuffer(values.length * width));
  for (let i = 0; i < values.length; i++) writeSample(data, i * width, values[i]!, bits, float);

  const chunks = [
    chunk('fmt ', new Uint8Array(format.buffer)),
    ...(extra === undefined ? [] : [chunk(extra.tag, extra.content)]),
    chunk('data', new Uint8Array(data.buffer), declared),
  ];
  const body = concatenate(Uint8Array, [new TextEncoder().encode('WAVE'), ...chunks]);
  return chunk('RIFF', body);
}

function writeSample(view: DataView, at: number, value: number, bits: number, float: boolean) {
  if (float) view.setFloat32(at, value, true);
  else if (bits === 8) view.setUint8(at, value + 128);
  else if (bits === 16) view.setInt16(at, value, true);
  else if (bits === 32) view.setInt32(at, value, true);
  else {
    view.setUint16(at, value & 0xffff, true);
    view.setInt8(at + 2, value >> 16);
  }
}

function chunk(tag: string, content: Uint8Array, size = content.length): Uint8Array {
  const header = new Uint8Array(8);
  header.set(new TextEncoder().encode(tag));
  new DataView(header.buffer).setUint32(4, size, true);
  return concatenate(Uint8Array, [header, content, new Uint8Array(content.length % 2)]);
}
