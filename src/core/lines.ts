/** Longest line: far more than any path, so that a stream without line ends does not fill the memory. */
const LONGEST = 2 ** 20;

/**
 * The lines of UTF-8 text that comes in pieces, without their ends (LF or CRLF); the last needs none. A byte order
 * mark is skipped. Bytes that are not UTF-8 become U+FFFD.
 *
 * @throws RangeError for a line of more than a million characters
 */
export async function* linesOf(
  pieces: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    rest += typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield withoutReturn(line);
    if (rest.length > LONGEST) throw new RangeError('a line is too long');
  }
  rest += decoder.decode();
  if (rest !== '') yield withoutReturn(rest);
}

/** Text without line ends. */
export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
