import { FormatError } from '../core/errors.js';

const blockSize = 512;

/**
 * The regular files of a plain tar archive (POSIX ustar, names below 100 bytes), as views into it.
 *
 * @throws FormatError where a header's checksum is wrong or a file is cut off.
 */
export function readTar(archive: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + blockSize <= archive.length;) {
    const header = archive.subarray(at, at + blockSize);
    if (header.every((byte) => byte === 0)) break; // the end is marked by blocks of zeros
    if (octal(header, 148, 8) !== checksum(header)) {
      throw new FormatError(`tar archive: the header at byte ${at} has a wrong checksum`);
    }
    const name = text(header, 0, 100);
    const size = octal(header, 124, 12);
    const start = at + blockSize;
    if (start + size > archive.length) throw new FormatError(`tar archive: ${name} is cut off`);
    const type = header[156];
    if (type === 0 || type === 0x30) files.set(name, archive.subarray(start, start + size));
    at = start + Math.ceil(size / blockSize) * blockSize;
  }
  return files;
}

function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octal(header: Uint8Array, start: number, length: number): number {
  return Number.parseInt(text(header, start, length).trim() || '0', 8);
}

/** The sum of the header's bytes, with its own field (148 to 155) read as spaces. */
function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
}
