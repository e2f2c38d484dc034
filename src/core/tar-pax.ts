/** Keys of the records by which GNU tar stores a file with holes: what is stored is not its content. */
export const sparseKey = /^GNU\.sparse\./;

const SPACE = 0x20;
const NEWLINE = 0x0a;

/**
 * The records of a pax header, `LENGTH KEY=VALUE` and a line end each.
 *
 * @returns undefined if they are damaged
 */
export function paxRecords(content: Uint8Array): [key: string, value: string][] | undefined {
  const decoder = new TextDecoder();
  const records: [string, string][] = [];
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(SPACE, at);
    const digits = decoder.decode(content.subarray(at, Math.min(space, at + 8)));
    const end = at + Number(digits);
    if (space === -1 || !/^\d+$/.test(digits) || end <= space + 1 || content[end - 1] !== NEWLINE) {
      return undefined;
    }
    const [, key, value] =
      /^([^=]+)=(.*)$/s.exec(decoder.decode(content.subarray(space + 1, end - 1))) ?? [];
    if (key === undefined || value === undefined) return undefined;
    records.push([key, value]);
    at = end;
  }
  return records;
}
