import fc from 'fast-check';
import { concatenate } from '../../src/core/concatenate.js';

/** A change to a file's bytes. Places are fractions of the file, so that edits fit any. */
export type ByteEdit =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'cut'; readonly at: number }
  | {
      readonly kind: 'field';
      readonly at: number;
      readonly size: 2 | 4 | 8;
      readonly value: bigint;
    }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'remove'; readonly at: number; readonly count: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly count: number };

/** From 0 up to 1, all alike: fc.double would give numbers near 0 nearly always. */
export const fraction = fc.noBias(fc.nat(2 ** 20 - 1)).map((n) => n / 2 ** 20);

/** Half of the edits fall where headers are. */
const place = fc.oneof(
  fraction,
  fraction.map((x) => x ** 4),
);

const extremes = [
  0n,
  1n,
  0x7fffn,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  2n ** 53n,
  2n ** 64n - 1n,
];

/** A RIFF chunk that says it is of any size. */
const chunk = fc
  .tuple(
    fc.constantFrom('fmt ', 'data', 'LIST', 'RIFF', 'OggS', 'fLaC', 'ID3\x04', 'Xing'),
    fc.constantFrom(0, 1, 3, 0x7fff_ffff, 0xffff_fff8, 0xffff_ffff),
    fc.uint8Array({ maxLength: 24 }),
  )
  .map(([tag, size, content]) => {
    const bytes = new Uint8Array(8 + content.length);
    for (let i = 0; i < 4; i++) bytes[i] = tag.charCodeAt(i);
    new DataView(bytes.buffer).setUint32(4, size, true);
    bytes.set(content, 8);
    return bytes;
  });

const edit: fc.Arbitrary<ByteEdit> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('cut' as const), at: place }),
  fc.record({
    kind: fc.constant('field' as const),
    at: place,
    size: fc.constantFrom(2, 4, 8),
    value: fc.constantFrom(...extremes),
  }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: place,
    bytes: fc.oneof(chunk, fc.uint8Array({ maxLength: 16 })),
  }),
  fc.record({
    kind: fc.constant('remove' as const),
    at: place,
    count: fc.integer({ min: 1, max: 64 }),
  }),
  fc.record({
    kind: fc.constant('repeat' as const),
    at: place,
    count: fc.integer({ min: 1, max: 64 }),
  }),
);

/** Lists of edits, one in twenty empty: what is not edited must be read. */
export function listsOf<T>(edit: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> {
  return fc.oneof(
    { weight: 19, arbitrary: fc.array(edit, { minLength: 1, maxLength: 4 }) },
    { weight: 1, arbitrary: fc.constant([]) },
  );
}

export const byteEdits = listsOf(edit);

export function editBytes(bytes: Uint8Array, edits: readonly ByteEdit[]): Uint8Array {
  return edits.reduce(editOnce, Uint8Array.from(bytes));
}

function editOnce(bytes: Uint8Array, change: ByteEdit): Uint8Array {
  const at = Math.min(bytes.length, Math.floor(change.at * bytes.length));
  switch (change.kind) {
    case 'flip':
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << change.bit);
      return bytes;
    case 'cut':
      return bytes.slice(0, at);
    case 'field': {
      for (let i = 0; i < change.size && at + i < bytes.length; i++) {
        bytes[at + i] = Number((change.value >> BigInt(8 * i)) & 0xffn);
      }
      return bytes;
    }
    case 'insert':
      return join(bytes.subarray(0, at), change.bytes, bytes.subarray(at));
    case 'remove':
      return join(bytes.subarray(0, at), bytes.subarray(at + change.count));
    case 'repeat':
      return join(bytes.subarray(0, at + change.count), bytes.subarray(at));
  }
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return concatenate(Uint8Array, parts);
}
