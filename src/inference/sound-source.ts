import { UsageError } from '../core/errors.js';
import type { ReadableStreamLike } from '../core/host-types.js';

/** Sound as a program has it, in chunks of any length: samples, mono in -1..1, or the bytes of samples. */
export type SoundSource =
  AsyncIterable<Float32Array | Uint8Array> | ReadableStreamLike<Float32Array | Uint8Array>;

/** How bytes stand for samples, as ffmpeg names it: 16-bit integers or floats, little-endian, one channel. */
export const pcmFormats = ['s16le', 'f32le'] as const;
/**
 * A format of raw samples.
 *
 * @example
 * const format: PcmFormat = 's16le'; // as arecord -f S16_LE writes
 * for await (const { label } of alstm.stream(process.stdin, { rate: 16_000, format }))
 *   console.log(label);
 */
export type PcmFormat = (typeof pcmFormats)[number];

/** Whether a value is a source of chunks. */
export function isSoundSource(source: unknown): source is SoundSource {
  if (typeof source !== 'object' || source === null) return false;
  return Symbol.asyncIterator in source || 'getReader' in source;
}

/**
 * The samples of a source. It is read only as they are asked for, and ended by whoever stops asking.
 *
 * @param format of chunks of bytes, which need not be whole samples
 * @throws UsageError for bytes without a format, or chunks that are neither; whatever the source throws
 */
export async function* samplesOf(
  source: SoundSource,
  format: PcmFormat | undefined,
): AsyncGenerator<Float32Array, void, undefined> {
  let rest: Uint8Array = new Uint8Array();
  const chunks: AsyncIterable<unknown> =
    Symbol.asyncIterator in source ? source : chunksOf<unknown>(source);
  for await (const chunk of chunks) {
    if (chunk instanceof Float32Array) {
      yield chunk;
      continue;
    }
    if (!(chunk instanceof Uint8Array)) {
      const hint = 'Its chunks have to be Float32Arrays, or Uint8Arrays with `format`.';
      throw new UsageError('the stream has a chunk that is neither samples nor bytes', hint);
    }
    if (format === undefined) {
      const hint = `Say how they stand for samples: \`format\` is one of ${pcmFormats.join(', ')}.`;
      throw new UsageError('the stream is of bytes', hint);
    }
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    const size = format === 's16le' ? 2 : 4;
    const count = Math.floor(bytes.length / size);
    rest = bytes.subarray(count * size);
    const view = new DataView(bytes.buffer);
    yield Float32Array.from({ length: count }, (_, i) =>
      size === 2 ? view.getInt16(2 * i, true) / 32_768 : view.getFloat32(4 * i, true),
    );
  }
}

/** Not all browsers can iterate over a web stream. */
async function* chunksOf<T>(stream: ReadableStreamLike<T>): AsyncGenerator<T, void, undefined> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value as T;
    }
  } finally {
    if (!ended) await reader.cancel();
    reader.releaseLock();
  }
}
