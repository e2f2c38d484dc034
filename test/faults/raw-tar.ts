/** A member of a tar archive, each field as it is or as it is to lie. */
export interface RawMember {
  readonly name: string;
  readonly bytes?: Uint8Array;
  /** Type flag: `0` a file. */
  readonly type?: string;
  /** The size field as text or bytes, whatever follows. */
  readonly size?: string | Uint8Array;
  readonly link?: string;
  readonly prefix?: string;
  readonly magic?: string;
  readonly checksum?: number;
  /** Records of a pax header in front of it. */
  readonly pax?: Readonly<Record<string, string>>;
  /** A name in an entry of GNU tar in front of it. */
  readonly gnuName?: string;
}

const BLOCK = 512;

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & (BLOCK - 1))]);
}

/** Of a size field that holds any size. */
export function base256(value: number): Uint8Array {
  const field = Buffer.alloc(12);
  field.writeBigUInt64BE(BigInt(value), 4);
  field[0] = 0x80;
  return field;
}

function block(member: RawMember): Buffer[] {
  const { name, bytes = new Uint8Array(), type = '0', magic = 'ustar\x0000' } = member;
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  const size = member.size ?? `${bytes.length.toString(8).padStart(11, '0')}\0`;
  header.set(Buffer.from(size), 124);
  header.write('00000000000\0', 136);
  header.write(type, 156, 'latin1');
  header.write(member.link ?? '', 157, 100);
  header.write(magic, 257, 'latin1');
  header.write(member.prefix ?? '', 345, 155);
  header.fill(0x20, 148, 156);
  const sum = member.checksum ?? header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return [header, padded(bytes)];
}

/** The text of pax records, each with its own length in front. */
export function paxText(records: Readonly<Record<string, string>>): Uint8Array {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    const bytes = Buffer.byteLength(rest);
    let length = bytes + String(bytes).length;
    length = bytes + String(length).length;
    return `${length}${rest}`;
  });
  return Buffer.from(lines.join(''));
}

/** Bytes of a tar archive, with its end mark unless told otherwise. */
export function rawTar(
  members: readonly RawMember[],
  { end = Buffer.alloc(2 * BLOCK) }: { readonly end?: Uint8Array } = {},
): Uint8Array {
  const blocks = members.flatMap((member) => [
    ...(member.pax ? block({ name: 'pax', type: 'x', bytes: paxText(member.pax) }) : []),
    ...(member.gnuName === undefined
      ? []
      : block({
          name: '././@LongLink',
          type: 'L',
          magic: 'ustar  \0',
          bytes: Buffer.from(`${member.gnuName}\0`),
        })),
    ...block(member),
  ]);
  return new Uint8Array(Buffer.concat([...blocks, end]));
}
