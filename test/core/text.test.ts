import { describe, expect, it, test } from 'vitest';
import { FormatError } from '../../src/core/errors.js';
import { readText } from '../../src/core/files.js';
import { decodeText } from '../../src/core/text.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import { MemoryFiles } from '../support/memory-files.js';

const utf8 = (text: string) => new TextEncoder().encode(text);
const pointer = utf8(
  'version https://git-lfs.github.com/spec/v1\n' +
    'oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n',
);

/** What decoding throws: its message and hint. */
function refusal(bytes: Uint8Array): { message: string; hint: string } {
  try {
    decodeText(bytes, 'm.csv');
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error('it was decoded');
}

describe('decodeText', () => {
  it('reads UTF-8, with a byte order mark or without', () => {
    expect(decodeText(utf8('Müller\n\u{1f600}'), 'm.csv')).toBe('Müller\n\u{1f600}');
    expect(decodeText(utf8('\ufeffpath'), 'm.csv')).toBe('path');
    expect(decodeText(new Uint8Array(), 'm.csv')).toBe('');
  });

  const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
  it.each([
    ['Latin-1', latin1('path,speaker\na.wav,M\xfcller\nb.wav,M\xf6ller\n'), 'line 2'],
    ['Latin-1 at the very end', latin1('path\na\nM\xfc'), 'line 3'],
    ['a sequence cut off', utf8('path\nü').subarray(0, 6), 'line 2'],
    ['an overlong form', Uint8Array.of(0x61, 0x0a, 0xc0, 0xaf), 'line 2'],
    ['a surrogate', Uint8Array.of(0xed, 0xa0, 0x80), 'line 1'],
  ])('refuses %s with its line', (_what, bytes, line) => {
    expect(refusal(bytes).message).toBe(`m.csv, ${line}: not UTF-8 text`);
    expect(refusal(bytes).hint).toContain('UTF-8');
  });

  it.each([
    ['UTF-16', [0xff, 0xfe, 0x70, 0]],
    ['UTF-16', [0xfe, 0xff, 0, 0x70]],
    ['UTF-32', [0xff, 0xfe, 0, 0, 0x70, 0, 0, 0]],
  ])('refuses %s by its mark, %j', (encoding, bytes) => {
    expect(refusal(Uint8Array.from(bytes)).message).toBe(`m.csv is ${encoding} text, not UTF-8`);
  });

  it('refuses UTF-16 without a mark, and leaves a stray zero byte to the reader', () => {
    const narrow = utf8('path,emotion\na.wav,joy\n');
    const wide = new Uint8Array(Uint16Array.from(narrow).buffer);
    expect(refusal(wide).message).toBe('m.csv is UTF-16 text or not text at all, not UTF-8');
    expect(decodeText(utf8('path\na\0.wav\n'), 'm.csv')).toBe('path\na\0.wav\n');
  });
});

test('a Git LFS pointer is said to be one, whatever is read', async () => {
  expect(refusal(pointer).hint).toContain('git lfs pull');
  expect(() => readSafetensors(pointer, { source: 'm' })).toThrow('m is a Git LFS pointer');
  const files = new MemoryFiles({ 'config.json': pointer });
  await expect(readText(files, 'config.json')).rejects.toThrow('config.json is a Git LFS pointer');
});
