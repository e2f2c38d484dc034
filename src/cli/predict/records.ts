import { joined } from '../../core/concatenate.js';

const QUOTE = 0x22;
const LINE_END = 0x0a;

/**
 * The complete records of a file, each with the line end that ends it; an incomplete one at the end, left by a process
 * that was killed, is left out.
 *
 * @param quoted whether line ends within double quotes belong to the record, as in CSV
 */
export async function* recordsOf(
  pieces: AsyncIterable<Uint8Array>,
  quoted: boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  let begun: Uint8Array[] = [];
  let inside = false;
  for await (const piece of pieces) {
    let first = 0;
    for (let i = 0; i < piece.length; i++) {
      if (quoted && piece[i] === QUOTE) inside = !inside;
      if (piece[i] !== LINE_END || inside) continue;
      yield joined(Uint8Array, [...begun, piece.subarray(first, i + 1)]);
      begun = [];
      first = i + 1;
    }
    if (first < piece.length) begun.push(piece.subarray(first));
  }
}
