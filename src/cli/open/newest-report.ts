import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../../core/errors.js';
import { problemOf } from '../../platform/node/errors.js';
import { path } from '../options/values.js';

const REPORT = 'report.html';

/** Folders below the given one in which reports are looked for, one in the other. */
const MOST_DEEP = 5;

/**
 * The path of the newest report in a folder or below it, or the report itself if that is given.
 *
 * @param warn gets a line for each folder that cannot be read
 * @throws FileError if there is none
 */
export async function newestReport(given: string, warn: (line: string) => void): Promise<string> {
  const found = await stat(given).catch(() => undefined);
  if (found === undefined) {
    throw new FileError(`there is no ${given}`, 'Give a folder, or a report.html.');
  }
  if (found.isFile()) return given;
  const reports: { readonly path: string; readonly written: number }[] = [];
  for await (const own of reportsBelow(given, MOST_DEEP, warn)) {
    reports.push({ path: own, written: (await stat(own)).mtimeMs });
  }
  const [newest] = reports.sort((a, b) => b.written - a.written);
  if (newest !== undefined) return newest.path;
  throw new FileError(
    `there is no ${REPORT} in ${given} or below it`,
    'alstm demo and alstm experiment write one; for what has been run so far: alstm experiment collect DIR.',
  );
}

async function* reportsBelow(
  folder: string,
  depth: number,
  warn: (line: string) => void,
): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    warn(`skipped: ${folder}: ${problemOf(error)}`);
    return [];
  });
  for (const entry of entries) {
    const own = path(join(folder, entry.name));
    if (entry.isFile() && entry.name === REPORT) yield own;
    const hidden = entry.name.startsWith('.') || entry.name === 'node_modules';
    if (entry.isDirectory() && !hidden && depth > 0) yield* reportsBelow(own, depth - 1, warn);
  }
}
