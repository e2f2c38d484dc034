/** A reader of TensorBoard's event files for tests, which shares no code with the writer. */

export interface FileEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly version: string | undefined;
  readonly scalars: Readonly<Record<string, number>>;
}

/** @throws Error where a length or a checksum is wrong, or the file is cut off */
export function readEvents(file: Uint8Array): FileEvent[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const events: FileEvent[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(view.getBigUint64(at, true));
    const data = file.subarray(at + 12, at + 12 + length);
    if (data.length !== length) throw new Error(`record at ${at} is cut off`);
    check(file.subarray(at, at + 8), view.getUint32(at + 8, true), `length at ${at}`);
    check(data, view.getUint32(at + 12 + length, true), `record at ${at}`);
    events.push(eventOf(data));
    at += length + 16;
  }
  return events;
}

function check(bytes: Uint8Array, stored: number, what: string): void {
  const unmoved = (stored - 0xa282ead8) >>> 0;
  const crc = ((unmoved >>> 17) | (unmoved << 15)) >>> 0;
  if (crc !== bitwiseCrc32c(bytes)) throw new Error(`${what} has a wrong checksum`);
}

/** By the definition: polynomial division bit by bit. */
export function bitwiseCrc32c(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const out = (rest ^ (byte >> bit)) & 1;
      rest >>>= 1;
      if (out) rest = (rest ^ 0x82f63b78) >>> 0;
    }
  }
  return (rest ^ 0xffffffff) >>> 0;
}

type Field = readonly [number: number, value: number | Uint8Array];

function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('a number breaks off');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const wire = key & 7;
    const length = wire === 2 ? varint() : { 1: 8, 5: 4 }[wire];
    if (wire === 0) fields.push([key >> 3, varint()]);
    else if (length === undefined) throw new Error(`wire type ${wire}`);
    else fields.push([key >> 3, message.slice(at, (at += length))]);
  }
  return fields;
}

function eventOf(message: Uint8Array): FileEvent {
  const fields = new Map(fieldsOf(message).map(([number, value]) => [number, value]));
  const bytes = (number: number): Uint8Array => fields.get(number) as Uint8Array;
  const scalars = fields.has(5)
    ? fieldsOf(bytes(5)).map(([number, value]) => {
        if (number !== 1) throw new Error(`field ${number} of Summary`);
        const own = new Map(fieldsOf(value as Uint8Array).map(([n, v]) => [n, v]));
        const number32 = new DataView((own.get(2) as Uint8Array).buffer).getFloat32(0, true);
        return [new TextDecoder().decode(own.get(1) as Uint8Array), number32] as const;
      })
    : [];
  return {
    wallTime: new DataView(bytes(1).buffer).getFloat64(0, true),
    step: (fields.get(2) as number | undefined) ?? 0,
    version: fields.has(3) ? new TextDecoder().decode(bytes(3)) : undefined,
    scalars: Object.fromEntries(scalars),
  };
}
