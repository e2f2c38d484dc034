import type { CorpusError } from '../core/errors.js';
import { brief, hasControl } from '../core/json.js';
import { isInside, joinPath } from '../core/paths.js';

/**
 * The path of a file that a table names, relative to the table's folder.
 *
 * @param allowOutside whether it may be outside the folder
 * @param fail the error for what is wrong with the cell
 * @throws what `fail` returns
 */
export function listedPath(
  cell: string,
  folder: string,
  allowOutside: boolean,
  fail: (problem: string, hint: string) => CorpusError,
): string {
  if (hasControl(cell)) {
    const problem = `the path ${brief(cell)} contains a control character`;
    throw fail(problem, 'Rename the file, or correct the path.');
  }
  const found = joinPath(folder, cell);
  if (allowOutside || isInside(folder, found)) return found;
  throw fail(
    `${brief(cell)} is outside the manifest's folder`,
    'Give --allow-outside (allowOutside) if you trust the manifest, or move it above its recordings.',
  );
}
