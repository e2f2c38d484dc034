import { readText, type Files } from './files.js';
import { parseJson } from './json.js';

/** Most bytes of a configuration: far more than any, and few enough for what checks each of its values. */
export const MOST_JSON_BYTES = 2 ** 22;
/** Most bytes of the results of an experiment, which list recordings. */
export const MOST_RESULT_BYTES = 2 ** 28;

/**
 * Reads a JSON file.
 *
 * @param name of the file, for errors; default: its path
 * @param most maximum bytes; default: 4 MiB
 * @throws FileError if it cannot be read, or is larger; FormatError as parseJson and decodeText
 */
export async function readJson(
  files: Files,
  path: string,
  { name = path, most = MOST_JSON_BYTES }: { readonly name?: string; readonly most?: number } = {},
): Promise<unknown> {
  return parseJson(await readText(files, path, most), name);
}
