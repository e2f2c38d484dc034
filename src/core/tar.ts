/**
 * Tar archives: ustar, with the long names of pax and GNU tar. By hand, since packages take what a sparse file stores for
 * its content (DECISIONS.md).
 */
import { concatenate } from './concatenate.js';
import { FormatError, messageOf } from './errors.js';
import { shownName } from './json.js';
import { paxRecords, sparseKey } from './tar-pax.js';

/** What an archive may call an entry of it. */
export type TarKind = 'file' | 'folder' | 'link' | 'other';

export interface TarEntry {
  readonly name: string;
  /** `other`: a device, a pipe, or a file that is not stored as it is (sparse, in several volumes). */
  readonly kind: TarKind;
  /** Bytes of a file's content: those that follow in the archive, without padding. */
  readonly size: number;
}

/** An entry with its content, where that was wanted. */
export interface ReadTarEntry extends TarEntry {
  readonly content?: Uint8Array;
}

const BLOCK = 512;
/** Of long names and pax records: far more than any of a real archive. */
const MOST_META = 2 ** 20;
const decoder = new TextDecoder();

/**
 * The regular files of a tar archive in memory. Of several with one name the last counts, as in an archive that files were
 * appended to.
 *
 * @param source name of the archive, for errors
 * @throws FormatError if it is damaged or truncated, naming the file after which
 */
export async function readTar(
  archive: Uint8Array,
  source = 'tar archive',
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { name, kind, content } of tarEntries([archive], source, () => true)) {
    if (kind === 'file' && content !== undefined) files.set(name, content);
  }
  return files;
}

/**
 * The entries of a tar archive that comes in pieces, in order; contents are kept in memory only where they are wanted.
 *
 * @param source name of the archive, for errors
 * @param wants whether a file's content is wanted
 * @throws FormatError if it is damaged or truncated, naming the file after which
 */
export async function* tarEntries(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  source: string,
  wants: (file: TarEntry) => boolean,
): AsyncGenerator<ReadTarEntry, void, undefined> {
  const bytes = new PieceReader(pieces);
  let last: string | undefined;
  try {
    for await (const header of headers(bytes)) {
      last = header.name;
      const padding = -header.size & (BLOCK - 1);
      if (header.kind === 'file' && wants(header)) {
        const content = await bytes.take(header.size);
        await bytes.skip(padding);
        yield { ...header, content };
      } else {
        await bytes.skip(header.size + padding);
        yield header;
      }
    }
  } catch (error) {
    if (!(error instanceof TarFault)) throw error;
    const where = last === undefined ? 'at its beginning' : `at or after ${shownName(last)}`;
    throw new FormatError(
      `${source}: ${where}: ${messageOf(error)}`,
      'Create or download the archive again.',
      { cause: error },
    );
  } finally {
    await bytes.close();
  }
}

/** What is wrong with an archive; `tarEntries` says where. */
class TarFault extends Error {}

/** Kinds by type flag, where another than `other`. */
const kinds: Readonly<Record<string, TarKind>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file', // stored contiguously
  '1': 'link',
  '2': 'link',
  '5': 'folder',
};
/** Links, devices, folders and pipes: their size field says nothing of the archive. */
const bodiless = '123456';

/** The entries' headers up to the end mark; whoever asks for the next has read what follows the last. */
async function* headers(bytes: PieceReader): AsyncGenerator<TarEntry, void, undefined> {
  const shared = new Map<string, string>();
  let own = new Map<string, string>();
  for (;;) {
    const block = await bytes.take(BLOCK);
    if (block.every((byte) => byte === 0)) {
      const next = await bytes.take(BLOCK);
      if (next.some((byte) => byte !== 0)) throw new TarFault('a header is empty');
      return bytes.drain();
    }
    checkSum(block);
    const flag = String.fromCharCode(block[156] ?? 0);
    const declared = number(block, 124, 12);
    if ('xgLK'.includes(flag)) {
      if (declared > MOST_META) throw new TarFault(`a header of ${declared} bytes`);
      const content = await bytes.take(declared);
      await bytes.skip(-declared & (BLOCK - 1));
      if (flag === 'L') own.set('path', string(content, 0, declared));
      else if (flag !== 'K') {
        const records = paxRecords(content);
        if (records === undefined) throw new TarFault('its extended header is damaged');
        for (const [key, value] of records) (flag === 'g' ? shared : own).set(key, value);
      }
      continue;
    }
    const extended = new Map([...shared, ...own]);
    own = new Map();
    yield headerOf(block, flag, declared, extended);
  }
}

function headerOf(
  block: Uint8Array,
  flag: string,
  declared: number,
  extended: ReadonlyMap<string, string>,
): TarEntry {
  const isSparse = [...extended.keys()].some((key) => sparseKey.test(key));
  const name = extended.get('GNU.sparse.name') ?? extended.get('path') ?? ustarName(block);
  const size = bodiless.includes(flag) ? 0 : sizeOf(extended.get('size'), declared);
  const kind = isSparse ? 'other' : (kinds[flag] ?? 'other');
  const isFolder = kind === 'file' && name.endsWith('/'); // before ustar folders had no type
  return { name, kind: isFolder ? 'folder' : kind, size };
}

function sizeOf(extended: string | undefined, declared: number): number {
  if (extended === undefined || extended === '') return declared;
  const size = Number(extended);
  if (/^\d+$/.test(extended) && Number.isSafeInteger(size)) return size;
  throw new TarFault('its extended header has a size that is none');
}

function ustarName(block: Uint8Array): string {
  const name = string(block, 0, 100);
  const prefix = string(block, 257, 6) === 'ustar' ? string(block, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Text up to a NUL. */
function string(block: Uint8Array, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return decoder.decode(end === -1 ? field : field.subarray(0, end));
}

/** Octal digits, or where the first bit is set a number of base 256. */
function number(block: Uint8Array, at: number, length: number): number {
  const first = block[at] ?? 0;
  let value = 0;
  if (first & 0x80) {
    if (first !== 0x80) throw new TarFault('a size is negative or too large');
    for (const byte of block.subarray(at + 1, at + length)) value = value * 256 + byte;
  } else {
    const digits = string(block, at, length).trim();
    if (!/^[0-7]*$/.test(digits)) throw new TarFault('a number in a header is none');
    value = parseInt(digits || '0', 8);
  }
  if (Number.isSafeInteger(value)) return value;
  throw new TarFault('a size is negative or too large');
}

/** The sum of all bytes, its own field taken for spaces; old programs added signed bytes. */
function checkSum(block: Uint8Array): void {
  const stored = number(block, 148, 8);
  const counted = Uint8Array.from(block).fill(0x20, 148, 156);
  const unsigned = counted.reduce((sum, byte) => sum + byte, 0);
  const signed = new Int8Array(counted.buffer).reduce((sum, byte) => sum + byte, 0);
  if (stored !== unsigned && stored !== signed) throw new TarFault('a checksum is wrong');
}

/** Takes bytes in turn from pieces of any size. */
class PieceReader {
  readonly #pieces: AsyncIterator<Uint8Array, undefined> | Iterator<Uint8Array, undefined>;
  #piece: Uint8Array = new Uint8Array();

  constructor(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#pieces =
      Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  }

  /** So many bytes. They are gathered as they come: a size that is only claimed takes no memory. */
  async take(count: number): Promise<Uint8Array> {
    if (count <= this.#piece.length) return this.#cut(count);
    const parts: Uint8Array[] = [];
    let missing = count;
    while (missing > 0) {
      if (this.#piece.length === 0) await this.#next();
      const part = this.#cut(Math.min(missing, this.#piece.length));
      parts.push(part);
      missing -= part.length;
    }
    return concatenate(Uint8Array, parts);
  }

  async skip(count: number): Promise<void> {
    let left = count;
    while (left > 0) {
      if (this.#piece.length === 0) await this.#next();
      left -= this.#cut(Math.min(left, this.#piece.length)).length;
    }
  }

  /** Reads on to the end: only there a compressed archive can be told from a damaged one. */
  async drain(): Promise<void> {
    while ((await this.#pieces.next()).done !== true);
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  #cut(count: number): Uint8Array {
    const part = this.#piece.subarray(0, count);
    this.#piece = this.#piece.subarray(count);
    return part;
  }

  async #next(): Promise<void> {
    const next = await this.#pieces.next();
    if (next.done === true) throw new TarFault('it is truncated');
    this.#piece = next.value;
  }
}
