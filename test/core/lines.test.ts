import { expect, it } from 'vitest';
import { linesOf } from '../../src/core/lines.js';

async function lines(...pieces: (Uint8Array | string)[]): Promise<string[]> {
  const found: string[] = [];
  for await (const line of linesOf(pieces)) found.push(line);
  return found;
}

it('lines are the same however the text is divided', async () => {
  const bytes = new TextEncoder().encode('\ufeffä.wav\r\nb c.wav\n\nlast');
  const expected = ['ä.wav', 'b c.wav', '', 'last'];
  for (let at = 0; at <= bytes.length; at++) {
    expect(await lines(bytes.subarray(0, at), bytes.subarray(at))).toEqual(expected);
  }
  expect(await lines()).toEqual([]);
  expect(await lines('a\n')).toEqual(['a']);
});

it('a stream without line ends does not fill the memory', async () => {
  const zeros = '0'.repeat(2 ** 16);
  await expect(lines(...Array<string>(20).fill(zeros))).rejects.toThrow('a line is too long');
});
