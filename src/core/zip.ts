import { Inflate } from 'fflate';
import { crc32 } from './crc.js';
import { FormatError, messageOf } from './errors.js';
import { shownName } from './json.js';
import { findDirectory, ZipFault } from './zip-end.js';
import { longZip64 } from './zip64.js';

/** A file of an archive, unpacked only when read. */
export interface ArchiveEntry {
  readonly name: string;
  /** Unpacked bytes, as declared by the archive. */
  readonly size: number;
  /** Bytes that it takes in the archive, or the archive itself where files are not packed one by one. */
  readonly packed: number;
  /** Whether it is a regular file: not a link, a device or one that is not stored as it is. */
  readonly isFile: boolean;
  /** @throws FormatError if it is damaged, or larger than `size` */
  readonly read: () => Uint8Array | Promise<Uint8Array>;
}

/** A model has a handful of files; a list of millions would fill the memory. */
export const MOST_ENTRIES = 10_000;

/** Unpacked at once: a thousand times as much comes out at most. */
const PIECE_BYTES = 2 ** 14;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
/** Operating systems whose entries have a file type of Unix: itself, and macOS. */
const unixes = [3, 19];
const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;

/** What the directory tells of an entry. */
interface Listed {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** Offset of its local header. */
  readonly local: number;
  readonly isFile: boolean;
}

/**
 * The files of a zip archive (PKWARE APPNOTE), stored or deflated, by its central directory; also of zip64, and behind
 * what makes an archive a program.
 *
 * @param source name of the archive, for errors
 * @throws FormatError if it is not a zip archive, truncated, in several parts, or its directory is damaged
 */
export function readZip(archive: Uint8Array, source = 'zip archive'): ArchiveEntry[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  try {
    const directory = findDirectory(view);
    if (directory.count > MOST_ENTRIES) {
      throw new ZipFault(`it has ${directory.count} files, more than ${MOST_ENTRIES}`);
    }
    const listed: Listed[] = [];
    let at = directory.start;
    for (let i = 0; i < directory.count; i++) {
      const { end, ...entry } = listedAt(archive, view, at, directory.shift);
      listed.push(entry);
      at = end;
    }
    if (at !== directory.end) throw new ZipFault('its directory is damaged');
    const starts = Float64Array.from(listed, ({ local }) => local).sort();
    const limitOf = (local: number): number => starts.find((own) => own > local) ?? directory.start;
    return listed
      .filter(({ name }) => !name.endsWith('/'))
      .map((entry) => {
        const what = `${source}: ${shownName(entry.name)}`;
        const read = () => unpack(archive, view, entry, limitOf(entry.local), what);
        return {
          name: entry.name,
          size: entry.size,
          packed: entry.packed,
          isFile: entry.isFile,
          read,
        };
      });
  } catch (error) {
    if (error instanceof ZipFault) throw bad(source, error.message, error);
    throw error instanceof RangeError ? bad(source, 'its directory is truncated', error) : error;
  }
}

/** @param shift bytes in front of the archive, which its offsets do not count */
function listedAt(
  archive: Uint8Array,
  view: DataView,
  at: number,
  shift: number,
): Listed & { readonly end: number } {
  const short = (offset: number): number => view.getUint16(at + offset, true);
  const long = (offset: number): number => view.getUint32(at + offset, true);
  if (long(0) !== ENTRY) throw new ZipFault('its directory is damaged');
  const first = at + 46;
  const extra = first + short(28);
  const end = extra + short(30) + short(32);
  if (end > view.byteLength) throw new ZipFault('its directory is truncated');
  const nameBytes = archive.subarray(first, extra);
  const name = new TextDecoder().decode(nameBytes);
  // Some programs take such a name to end there.
  if (nameBytes.includes(0)) throw new ZipFault(`the name ${shownName(name)} has a zero byte`);
  const [size, packed, local] = longZip64(view, [long(24), long(20), long(42)], extra, short(30));
  if (short(34) !== 0 && short(34) !== 0xffff) throw new ZipFault('it is in several parts');
  const type = unixes.includes(view.getUint8(at + 5)) ? (long(38) >>> 16) & FILE_TYPE : 0;
  const isFile = type === 0 || type === REGULAR;
  const [flags, method, crc] = [short(8), short(10), long(16)];
  return { name, nameBytes, flags, method, crc, packed, size, local: local + shift, isFile, end };
}

/** @param limit where the next entry begins: contents that overlap are a trick to make a small archive large */
function unpack(
  archive: Uint8Array,
  view: DataView,
  { flags, method, crc, packed, size, local, nameBytes }: Listed,
  limit: number,
  what: string,
): Uint8Array {
  if (flags & 0x2041) throw bad(what, 'it is encrypted');
  if (method !== 0 && method !== 8)
    throw bad(what, `its compression method (${method}) is not supported`);
  let bytes: Uint8Array;
  try {
    if (view.getUint32(local, true) !== LOCAL) throw bad(what, 'its header is damaged');
    const nameEnd = local + 30 + view.getUint16(local + 26, true);
    const ownName = archive.subarray(local + 30, nameEnd);
    if (
      ownName.length !== nameBytes.length ||
      ownName.some((byte, i) => byte !== nameBytes[i]) ||
      view.getUint16(local + 8, true) !== method
    ) {
      throw bad(what, 'the directory and its header disagree');
    }
    const start = nameEnd + view.getUint16(local + 28, true);
    if (start + packed > limit) throw bad(what, 'it overlaps what comes after it');
    const content = archive.subarray(start, start + packed);
    bytes = method === 0 ? content : inflate(content, size, () => bad(what, 'it is damaged'));
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw bad(what, `it cannot be unpacked: ${messageOf(error)}`, error);
  }
  if (bytes.length !== size || crc32(bytes) !== crc) throw bad(what, 'it is damaged');
  return bytes;
}

/** Unpacks up to the declared size: what goes on after it is not even unpacked. */
function inflate(content: Uint8Array, size: number, tooLarge: () => Error): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  const inflater = new Inflate((piece) => {
    if (at + piece.length > size) throw tooLarge();
    bytes.set(piece, at);
    at += piece.length;
  });
  for (let from = 0; from < content.length; from += PIECE_BYTES) {
    const to = from + PIECE_BYTES;
    inflater.push(content.subarray(from, to), to >= content.length);
  }
  return bytes.subarray(0, at);
}

function bad(what: string, problem: string, cause?: unknown): FormatError {
  return new FormatError(`${what}: ${problem}`, 'Create or download the archive again.', { cause });
}
