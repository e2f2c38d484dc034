import { FormatError } from './errors.js';

const blockSize = 512;

/**
 * The regular files of a tar archive (POSIX ustar), as views into it. Extensions of pax and GNU tar for
 * longer names are not read.
 *
 * @param source name of the archive, for errors
 * @throws FormatError if a header's checksum or size is wrong or a file is truncated.
 */
export function readTar(archive: Uint8Array, source = 'tar archive'): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + blockSize <= archive.length;) {
    const header = archive.subarray(at, at + blockSize);
    if (header.every((byte) => byte === 0)) break; // blocks of zeros mark the end
    if (octal(header, 148, 8) !== checksum(header)) {
      throw new FormatError(`${source}: the header at byte ${at} has a wrong checksum`);
    }
    const name = nameOf(header);
    const size = octal(header, 124, 12);
    const start = at + blockSize;
    if (!(size >= 0)) throw new FormatError(`${source}: ${name} has no size`);
    if (start + size > archive.length) throw new FormatError(`${source}: ${name} is truncated`);
    const type = header[156];
    if (type === 0 || type === 0x30) files.set(name, archive.subarray(start, start + size));
    at = start + Math.ceil(size / blockSize) * blockSize;
  }
  return files;
}

/** The name with the prefix that POSIX splits off a long one; other tar formats use that field differently. */
function nameOf(header: Uint8Array): string {
  const posix = text(header, 257, 6) === 'ustar' && header[262] === 0;
  const prefix = posix ? text(header, 345, 155) : '';
  return prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`;
}

function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octal(header: Uint8Array, start: number, length: number): number {
  const digits = text(header, start, length).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : NaN;
}

/** The sum of the header's bytes, with its own field (148 to 155) read as spaces. */
function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
}
