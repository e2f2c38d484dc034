import { deflateRawSync } from 'node:zlib';
import { crc32 } from '../../src/core/crc.js';

/** An entry of a zip archive, each field as it is or as it is to lie. */
export interface RawEntry {
  readonly name: string | Uint8Array;
  readonly bytes: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  /** What the directory says. */
  readonly size?: number;
  readonly packed?: number;
  /** Unix mode, as zip writes it for links and devices. */
  readonly mode?: number;
  readonly disk?: number;
  /** What the local header says instead. */
  readonly local?: { readonly name?: string; readonly method?: number; readonly size?: number };
  /** Sizes follow the content, and the local header has zeros. */
  readonly descriptor?: boolean;
  /** Sizes and offset in a zip64 field. */
  readonly zip64?: boolean;
  /** The offset of another entry's header, by its index. */
  readonly at?: number;
  /** Content as it is stored, already packed. */
  readonly stored?: Uint8Array;
}

export interface RawZip {
  readonly before?: Uint8Array;
  readonly comment?: Uint8Array;
  readonly after?: Uint8Array;
  /** With a zip64 end record. */
  readonly zip64?: boolean;
  readonly count?: number;
  readonly disks?: number;
  readonly directoryBytes?: number;
  readonly directoryAt?: number;
}

const u16 = (...values: number[]) => {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, i) => bytes.writeUInt16LE(value, 2 * i));
  return bytes;
};
const u32 = (...values: number[]) => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32LE(value >>> 0, 4 * i));
  return bytes;
};
const u64 = (...values: number[]) => {
  const bytes = Buffer.alloc(8 * values.length);
  values.forEach((value, i) => bytes.writeBigUInt64LE(BigInt(value), 8 * i));
  return bytes;
};

/** Bytes of a zip archive, true to its format unless told otherwise. */
export function rawZip(entries: readonly RawEntry[], zip: RawZip = {}): Uint8Array {
  const locals: Uint8Array[] = [];
  const places: number[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  entries.forEach((entry) => {
    const { bytes, method = 8, flags = 0, descriptor = false } = entry;
    const name = Buffer.from(entry.name);
    const content = entry.stored ?? (method === 8 ? deflateRawSync(bytes) : bytes);
    const crc = entry.crc ?? crc32(bytes);
    const [packed, size] = [entry.packed ?? content.length, entry.size ?? bytes.length];
    const bits = descriptor ? flags | 8 : flags;
    const place = entry.at === undefined ? at : (places[entry.at] ?? at);
    places.push(place);
    const localName = Buffer.from(entry.local?.name ?? name);
    const localMethod = entry.local?.method ?? method;
    const sizes = descriptor ? u32(0, 0, 0) : u32(crc, packed, entry.local?.size ?? size);
    const local = Buffer.concat([
      ...[Buffer.from('PK\x03\x04'), u16(20, bits, localMethod, 0, 0), sizes],
      ...[u16(localName.length, 0), localName, content],
      ...(descriptor ? [Buffer.from('PK\x07\x08'), u32(crc, packed, size)] : []),
    ]);
    if (entry.at === undefined) {
      locals.push(local);
      at += local.length;
    }
    const long = entry.zip64 === true;
    const extra = long ? Buffer.concat([u16(1, 24), u64(size, packed, place)]) : Buffer.alloc(0);
    const none = 0xffffffff;
    directory.push(
      Buffer.concat([
        ...[Buffer.from('PK\x01\x02'), u16(0x0314, 20, bits, method, 0, 0), u32(crc)],
        ...[long ? u32(none, none) : u32(packed, size), u16(name.length, extra.length, 0)],
        ...[u16(entry.disk ?? 0, 0), u32((entry.mode ?? 0) << 16), u32(long ? none : place)],
        ...[name, extra],
      ]),
    );
  });
  const list = Buffer.concat(directory);
  const count = zip.count ?? entries.length;
  const [listBytes, listAt] = [zip.directoryBytes ?? list.length, zip.directoryAt ?? at];
  const disks = zip.disks ?? 0;
  const end64 = Buffer.concat([
    ...[Buffer.from('PK\x06\x06'), u64(44), u16(45, 45), u32(disks, disks)],
    ...[u64(count, count, listBytes, listAt)],
    ...[Buffer.from('PK\x06\x07'), u32(0), u64(at + list.length), u32(1)],
  ]);
  const comment = zip.comment ?? Buffer.alloc(0);
  const short = zip.zip64 === true;
  const end = Buffer.concat([
    ...[Buffer.from('PK\x05\x06'), u16(disks, disks)],
    ...[short ? u16(0xffff, 0xffff) : u16(count & 0xffff, count & 0xffff)],
    ...[short ? u32(0xffffffff, 0xffffffff) : u32(listBytes, listAt), u16(comment.length)],
  ]);
  return new Uint8Array(
    Buffer.concat([
      ...[zip.before ?? Buffer.alloc(0), ...locals, list],
      ...(short ? [end64] : []),
      ...[end, comment, zip.after ?? Buffer.alloc(0)],
    ]),
  );
}
