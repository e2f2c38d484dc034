import { inflateSync } from 'fflate';
import { crc32 } from './crc.js';
import { FormatError, messageOf } from './errors.js';

/** A file of an archive, unpacked only when read. */
export interface ArchiveEntry {
  readonly name: string;
  /** Unpacked bytes, as declared by the archive. */
  readonly size: number;
  /** @throws FormatError if it is damaged, or larger than `size` */
  readonly read: () => Uint8Array;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const endBytes = 22;
const longestComment = 0xffff;

/**
 * The files of a zip archive (PKWARE APPNOTE), stored or deflated, by its central directory.
 *
 * @param source name of the archive, for errors
 * @throws FormatError if it is not a zip archive, truncated, or of an unsupported kind: zip64, encrypted
 */
export function readZip(archive: Uint8Array, source = 'zip archive'): ArchiveEntry[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  try {
    const end = findEnd(view);
    if (end === undefined)
      throw bad(source, 'it has no end record: not a zip archive, or truncated');
    const count = view.getUint16(end + 10, true);
    let at = view.getUint32(end + 16, true);
    if (count === 0xffff || at === 0xffffffff) throw bad(source, 'it is a zip64 archive');
    const entries: ArchiveEntry[] = [];
    for (let i = 0; i < count; i++) {
      if (view.getUint32(at, true) !== ENTRY) throw bad(source, 'its directory is damaged');
      const [nameBytes, extra, comment] = [28, 30, 32].map((o) => view.getUint16(at + o, true));
      const first = at + 46;
      at = first + (nameBytes ?? 0) + (extra ?? 0) + (comment ?? 0);
      const name = new TextDecoder().decode(archive.subarray(first, first + (nameBytes ?? 0)));
      if (name.endsWith('/')) continue;
      const header = first - 46;
      const size = view.getUint32(header + 24, true);
      const read = () => unpack(archive, view, header, `${source}: ${name}`);
      entries.push({ name, size, read });
    }
    return entries;
  } catch (error) {
    throw error instanceof RangeError ? bad(source, 'its directory is truncated', error) : error;
  }
}

/** The end record comes last, except for a comment. */
function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - endBytes;
  for (let at = last; at >= Math.max(0, last - longestComment); at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  return undefined;
}

/** @param header offset of the entry in the directory */
function unpack(archive: Uint8Array, view: DataView, header: number, what: string): Uint8Array {
  const short = (offset: number): number => view.getUint16(header + offset, true);
  const long = (offset: number): number => view.getUint32(header + offset, true);
  const [flags, method, crc, packed, size] = [short(8), short(10), long(16), long(20), long(24)];
  const local = long(42);
  if (flags & 1) throw bad(what, 'it is encrypted');
  if (method !== 0 && method !== 8)
    throw bad(what, `its compression method (${method}) is not supported`);
  let bytes: Uint8Array;
  try {
    if (view.getUint32(local, true) !== LOCAL) throw bad(what, 'its header is damaged');
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const content = archive.subarray(start, start + packed);
    // Into a buffer of the declared size: more does not fit, whatever the content.
    bytes = method === 0 ? content : inflateSync(content, { out: new Uint8Array(size) });
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw bad(what, `it cannot be unpacked: ${messageOf(error)}`, error);
  }
  if (bytes.length !== size || crc32(bytes) !== crc) throw bad(what, 'it is damaged');
  return bytes;
}

function bad(what: string, problem: string, cause?: unknown): FormatError {
  return new FormatError(`${what}: ${problem}`, 'Create or download the archive again.', { cause });
}
