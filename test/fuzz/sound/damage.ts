import { type ByteEdit, editBytes, join } from '../bytes.js';
import { oggPages } from '../../../src/audio/ogg-pages.js';
import type { SoundFile } from './types.js';

/** A damaged file, and how it came about. */
export interface Damaged {
  readonly bytes: Uint8Array;
  readonly how: string;
  /** Whether only the end is missing. */
  readonly cut: boolean;
}

/** Where frames, pages or blocks begin; without that, pieces of a sector. */
function blocksOf({ blocks, bytes }: SoundFile): readonly number[] {
  if (blocks !== undefined) return blocks;
  return Array.from({ length: Math.floor(bytes.length / 512) + 1 }, (_, i) => 512 * i);
}

const SIZES = [2, 4, 8] as const;
const EXTREMES = [0n, 1n, 0x7fffn, 0xffffn, 0x7fff_ffffn, 0xffff_ffffn, 2n ** 53n];

/** One change in most files, two or three in some. */
export function damage(file: SoundFile, random: () => number): Damaged {
  const pick = (n: number) => Math.floor(random() * n);
  const count = random() < 0.7 ? 1 : 2 + pick(2);
  let { bytes } = file;
  const told: string[] = [];
  for (let i = 0; i < count; i++) {
    const own = IN_OGG.includes(file.format) ? [...kinds, ...inPages] : kinds;
    const kind = own[pick(own.length)]!;
    const { length } = bytes;
    // A third of the changes are in headers.
    const at = random() < 0.33 ? pick(Math.min(length, 80)) / length : random();
    told.push(`${kind} at ${Math.floor(at * length)}`);
    bytes = change(file, bytes, kind, at, pick);
  }
  return { bytes, how: told.join(', '), cut: told.length === 1 && told[0]!.startsWith('cut') };
}

const kinds = [
  'flip',
  'byte',
  'cut',
  'field',
  'insert',
  'remove',
  'repeat',
  'zeros',
  'swap blocks',
  'leave out a block',
  'repeat a block',
] as const;
/** Of pages whose checksum is made right again: damage from before they were written. */
const inPages = ['byte within a page', 'byte within a page', 'zeros within a page'] as const;
const IN_OGG: readonly string[] = ['Vorbis', 'Opus', 'FLAC in Ogg'];
type Kind = (typeof kinds)[number] | (typeof inPages)[number];

function change(
  file: SoundFile,
  bytes: Uint8Array,
  kind: Kind,
  at: number,
  pick: (n: number) => number,
): Uint8Array {
  const one = (edit: ByteEdit) => editBytes(bytes, [edit]);
  switch (kind) {
    case 'flip':
      return one({ kind, at, bit: pick(8) });
    case 'byte':
      return one({ kind: 'field', at, size: 2, value: BigInt(pick(65_536)) });
    case 'cut':
      return one({ kind, at });
    case 'field':
      return one({ kind, at, size: SIZES[pick(3)]!, value: EXTREMES[pick(EXTREMES.length)]! });
    case 'insert':
      return one({ kind, at, bytes: Uint8Array.from({ length: 1 + pick(40) }, () => pick(256)) });
    case 'remove':
    case 'repeat':
      return one({ kind, at, count: 1 + pick(200) });
    case 'zeros': {
      const changed = bytes.slice();
      const from = Math.floor(at * bytes.length);
      return changed.fill(0, from, from + 1 + pick(512));
    }
    case 'byte within a page':
    case 'zeros within a page':
      return changePage(bytes, kind === 'byte within a page' ? 1 : 20, at, pick);
    case 'swap blocks':
    case 'leave out a block':
    case 'repeat a block':
      return changeBlocks(file, bytes, kind, pick);
  }
}

function changeBlocks(
  file: SoundFile,
  bytes: Uint8Array,
  kind: Kind,
  pick: (n: number) => number,
): Uint8Array {
  const starts = [...blocksOf(file).filter((at) => at < bytes.length), bytes.length];
  const i = pick(starts.length - 1);
  const block = (k: number) => bytes.subarray(starts[k], starts[k + 1] ?? starts[k]);
  const [before, behind] = [bytes.subarray(0, starts[i]), bytes.subarray(starts[i + 1])];
  if (kind === 'leave out a block') return join(before, behind);
  if (kind === 'repeat a block') return join(before, block(i), block(i), behind);
  const next = block(i + 1);
  return join(before, next, block(i), behind.subarray(next.length));
}

function changePage(
  bytes: Uint8Array,
  count: number,
  at: number,
  pick: (n: number) => number,
): Uint8Array {
  const pages = [...oggPages(bytes)].filter(({ body, end }) => body < end && end <= bytes.length);
  const page = pages[Math.floor(at * pages.length)];
  if (page === undefined) return bytes;
  const changed = bytes.slice();
  const from = page.body + pick(page.end - page.body);
  for (let i = from; i < Math.min(page.end, from + count); i++)
    changed[i] = count === 1 ? pick(256) : 0;
  const view = new DataView(changed.buffer);
  view.setUint32(page.start + 22, 0, true);
  view.setUint32(page.start + 22, crc32(changed.subarray(page.start, page.end)), true);
  return changed;
}

/** Ogg's: the highest bit first, from 0. */
function crc32(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c1_1db7 : crc << 1;
  }
  return crc >>> 0;
}
