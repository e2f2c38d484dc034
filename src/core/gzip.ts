import { FormatError, messageOf } from './errors.js';

/** Given to the decoder at once. */
const PIECE_BYTES = 2 ** 16;

/**
 * What a gzip file (RFC 1952) unpacks to, piece by piece, so that it never is in memory as a whole.
 *
 * @param most maximum unpacked bytes
 * @throws FormatError if it is damaged, truncated, or unpacks to more than `most`
 */
export async function* gunzip(
  file: Uint8Array,
  most: number,
  source: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const fail = (problem: string, cause?: unknown) =>
    new FormatError(`${source}: ${problem}`, 'Create or download the archive again.', { cause });
  let at = 0;
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (at >= file.length) controller.close();
      else controller.enqueue(file.slice(at, at + PIECE_BYTES));
      at += PIECE_BYTES;
    },
  });
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader();
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw fail(`it cannot be unpacked: ${messageOf(error)}`, error);
      });
      if (done) return;
      size += value.length;
      if (size > most) throw fail(`it unpacks to more than ${most} bytes`);
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined); // it may have failed before
  }
}
