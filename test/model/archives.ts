import { deflateRawSync, gzipSync } from 'node:zlib';
import { crc32 } from '../../src/core/crc.js';

export type Entries = readonly (readonly [name: string, bytes: Uint8Array])[];

/** A tar archive, POSIX ustar. */
export function tarOf(entries: Entries): Uint8Array {
  const blocks = entries.flatMap(([name, bytes]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(bytes.length.toString(8).padStart(11, '0') + '\0', 124);
    header.write('        ', 148);
    header.write('0', 156);
    header.write('ustar\0', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(sum.toString(8).padStart(6, '0') + '\0 ', 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return new Uint8Array(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

export function tarGzOf(entries: Entries): Uint8Array {
  return new Uint8Array(gzipSync(tarOf(entries)));
}

export interface ZipChanges {
  /** Store what is shorter. */
  readonly stored?: boolean;
  /** Of the last entry: the size that the directory tells. */
  readonly size?: number;
  readonly flags?: number;
  readonly method?: number;
}

/** A zip archive with a comment; deflated. */
export function zipOf(entries: Entries, changes: ZipChanges = {}): Uint8Array {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  entries.forEach(([name, bytes], i) => {
    const own = i === entries.length - 1 ? changes : {};
    const content = changes.stored ? Buffer.from(bytes) : deflateRawSync(bytes);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(own.flags ?? 0, 2);
    common.writeUInt16LE(own.method ?? (changes.stored ? 0 : 8), 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(own.size ?? bytes.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), content]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    const head = Buffer.from('PK\x01\x02\x14\x00');
    directory.push(Buffer.concat([head, common, rest, Buffer.from(name)]));
    locals.push(local);
    at += local.length;
  });
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(7, 20);
  return new Uint8Array(Buffer.concat([...locals, ...directory, end, Buffer.from('comment')]));
}
