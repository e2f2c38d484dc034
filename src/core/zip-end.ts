import { long64 } from './zip64.js';

/** What is wrong with an archive as a whole. */
export class ZipFault extends Error {}

/** Where the central directory is. */
export interface ZipDirectory {
  readonly start: number;
  readonly end: number;
  readonly count: number;
  /** Bytes in front of the archive, which its offsets do not count. */
  readonly shift: number;
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const endBytes = 22;
const locatorBytes = 20;
const end64Bytes = 56;
const longestComment = 0xffff;
const SEVERAL = 'it is in several parts';

/**
 * Finds the directory of a zip archive, also of zip64, and also behind other bytes: the directory ends where the end record
 * begins, whatever its offset says.
 *
 * @throws ZipFault, RangeError where the archive is truncated
 */
export function findDirectory(view: DataView): ZipDirectory {
  const end = findEnd(view);
  if (end === undefined)
    throw new ZipFault('it has no end record: not a zip archive, or truncated');
  const own = findEnd64(view, end) ?? {
    at: end,
    disks: [view.getUint16(end + 4, true), view.getUint16(end + 6, true)],
    counts: [view.getUint16(end + 8, true), view.getUint16(end + 10, true)],
    bytes: view.getUint32(end + 12, true),
    offset: view.getUint32(end + 16, true),
  };
  const [here = 0, count = 0] = own.counts;
  if (own.disks.some((disk) => disk !== 0) || here !== count) throw new ZipFault(SEVERAL);
  const start = own.at - own.bytes;
  const shift = start - own.offset;
  if (shift < 0) throw new ZipFault('its directory is damaged');
  return { start, end: own.at, count, shift };
}

/** The end record comes last, except for a comment, which may itself look like one. */
function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - endBytes;
  let other: number | undefined;
  for (let at = last; at >= Math.max(0, last - longestComment); at--) {
    if (view.getUint32(at, true) !== END) continue;
    if (view.getUint16(at + 20, true) === last - at) return at;
    other ??= at; // the comment was cut, or something was appended
  }
  return other;
}

function findEnd64(view: DataView, end: number) {
  const locator = end - locatorBytes;
  if (locator < 0 || view.getUint32(locator, true) !== LOCATOR64) return undefined;
  if (view.getUint32(locator + 4, true) !== 0 || view.getUint32(locator + 16, true) > 1) {
    throw new ZipFault(SEVERAL);
  }
  // Just in front where nothing was put between; else where the locator says.
  const usual = locator - end64Bytes;
  const at =
    usual >= 0 && view.getUint32(usual, true) === END64 ? usual : long64(view, locator + 8);
  if (at > usual || view.getUint32(at, true) !== END64) {
    throw new ZipFault('its zip64 end record is damaged');
  }
  return {
    at,
    disks: [view.getUint32(at + 16, true), view.getUint32(at + 20, true)],
    counts: [long64(view, at + 24), long64(view, at + 32)],
    bytes: long64(view, at + 40),
    offset: long64(view, at + 48),
  };
}
