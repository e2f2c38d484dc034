import { CorpusError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { brief, hasControl } from '../core/json.js';
import { joinPath, parentFolder } from '../core/paths.js';
import { readTable, type TypedTable } from '../core/table.js';

/** Path of a table in the folder, or next to it if only the folder of the recordings was given. */
export async function findTable(
  files: Files,
  folder: string,
  name: string,
): Promise<string | undefined> {
  for (const place of [folder, parentFolder(folder)]) {
    const path = joinPath(place, name);
    if (await files.exists(path)) return path;
  }
  return undefined;
}

const initials: ReadonlyMap<string, string> = new Map([
  ['f', 'female'],
  ['m', 'male'],
]);

/**
 * Genders by speaker from a table: in lower case, initials spelt out.
 *
 * @param path undefined if there is none, so no gender is known
 * @throws FormatError, FileError
 */
export async function readGenders<Name extends string>(
  files: Files,
  path: string | undefined,
  columns: { readonly speaker: Name; readonly gender: Name },
): Promise<Map<string, string>> {
  if (path === undefined) return new Map();
  const required = [columns.speaker, columns.gender];
  const { rows } = await readTable(files, path, { required });
  return new Map(
    rows.map(({ cells }) => {
      const gender = cells[columns.gender].trim().toLowerCase();
      return [cells[columns.speaker].trim(), initials.get(gender) ?? gender] as const;
    }),
  );
}

/**
 * Refuses rows whose column does not name a file without its folder, and files named twice.
 *
 * @param table its path, for errors
 * @throws CorpusError naming the line
 */
export function refuseBadNames<Name extends string>(
  { rows }: TypedTable<Name>,
  table: string,
  column: Name,
): void {
  const lines = new Map<string, number>();
  for (const { line, cells } of rows) {
    const file = cells[column].trim();
    if (/^\.{0,2}$|[/\\]/.test(file) || hasControl(file)) {
      const problem = `${column} ${brief(file)} is not a file name`;
      throw new CorpusError(`${table}, line ${line}: ${problem}`, 'Correct the table.');
    }
    const before = lines.get(file);
    if (before !== undefined) {
      const problem = `${file} is already on line ${before}`;
      throw new CorpusError(`${table}, line ${line}: ${problem}`, 'Remove one of the two lines.');
    }
    lines.set(file, line);
  }
}
