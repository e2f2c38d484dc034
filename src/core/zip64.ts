/** Stands for a number that is in the zip64 field. */
const ELSEWHERE = 0xffffffff;
const ZIP64 = 1;

/** A number of eight bytes; beyond what is exact it only has to be too large. */
export function long64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/**
 * The size, packed size and offset of an entry: where one does not fit its four bytes, from the extra field, which has those
 * alone, in this order. What is missing there stays as it is: no archive here is that large.
 *
 * @param extra offset of the entry's extra fields
 */
export function longZip64(
  view: DataView,
  numbers: readonly [size: number, packed: number, offset: number],
  extra: number,
  bytes: number,
): [size: number, packed: number, offset: number] {
  const found = [...numbers] as [number, number, number];
  if (!numbers.includes(ELSEWHERE)) return found;
  const end = extra + bytes;
  for (let at = extra; at + 4 <= end;) {
    const [id, length] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (id === ZIP64) {
      let next = at + 4;
      const last = Math.min(end, next + length);
      numbers.forEach((value, i) => {
        if (value !== ELSEWHERE || next + 8 > last) return;
        found[i] = long64(view, next);
        next += 8;
      });
      return found;
    }
    at += 4 + length;
  }
  return found;
}
