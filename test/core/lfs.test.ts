import { describe, expect, it } from 'vitest';
import { isLfsPointer } from '../../src/core/lfs.js';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const rest = `oid sha256:${'a1'.repeat(32)}\nsize 12345\n`;

describe('isLfsPointer', () => {
  it.each([
    'https://git-lfs.github.com/spec/v1',
    'https://hawser.github.com/spec/v1',
    'http://git-media.io/v/2',
  ])('knows the version %s', (version) => {
    expect(isLfsPointer(bytesOf(`version ${version}\n${rest}`))).toBe(true);
  });

  it('knows one with line ends of Windows and with an extension', () => {
    const text = `version https://git-lfs.github.com/spec/v1\next-0-x sha256:00\n${rest}`;
    expect(isLfsPointer(bytesOf(text.replaceAll('\n', '\r\n')))).toBe(true);
  });

  it.each(['', 'version 2\n', 'RIFF....WAVE', `# version https://git-lfs.github.com/spec/v1\n`])(
    'takes %j for none',
    (text) => {
      expect(isLfsPointer(bytesOf(text))).toBe(false);
    },
  );

  it('takes a long file for none', () => {
    const text = `version https://git-lfs.github.com/spec/v1\n${rest}${' '.repeat(1024)}`;
    expect(isLfsPointer(bytesOf(text))).toBe(false);
  });
});
