import { UsageError } from '../../core/errors.js';
import { isJsonObject } from '../../core/json.js';
import { VERSION } from '../../core/version.js';
import { readJson } from '../../core/json-file.js';
import type { Cli } from '../cli.js';
import { dashed } from '../text.js';

const FORMAT = 'alstm-predictions-1';

/** What results depend on, besides the recordings: a file that is continued was begun with the same. */
export interface ResultSettings {
  /** SHA-256 of what each model answers by. */
  readonly models: readonly string[];
  /** By option, as given; null: not given. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly columns: readonly string[];
}

/** The file beside a file of results that says how they were made. */
export function settingsPath(out: string): string {
  return `${out}.run.json`;
}

/** @throws WriteError */
export async function writeSettings(cli: Cli, out: string, own: ResultSettings): Promise<void> {
  const text = JSON.stringify({ format: FORMAT, version: VERSION, ...own }, undefined, 2);
  await cli.files.write(settingsPath(out), `${text}\n`);
}

/**
 * Refuses to continue results that were begun otherwise.
 *
 * @throws UsageError that names what differs; FileError, FormatError for a file that is none
 */
export async function refuseOtherSettings(cli: Cli, out: string, own: ResultSettings) {
  const path = settingsPath(out);
  const refuse = (problem: string): UsageError =>
    new UsageError(
      `${out} ${problem}`,
      'Give what it was begun with, or another --out for other results.',
    );
  if (!(await cli.files.exists(path))) {
    throw refuse(`cannot be continued: there is no ${path}, which says how it was made`);
  }
  const begun = await readJson(cli.files, path);
  if (!isJsonObject(begun) || begun['format'] !== FORMAT) {
    throw refuse(`cannot be continued: ${path} is not what this version of predict writes`);
  }
  if (differ(begun['models'], own.models)) throw refuse('was begun with another model');
  const before = begun['options'];
  for (const [name, value] of Object.entries(own.options)) {
    const was = isJsonObject(before) ? before[name] : undefined;
    if (!differ(was, value)) continue;
    throw refuse(`was begun with ${told(name, was)}, and now there is ${told(name, value)}`);
  }
  if (differ(begun['columns'], own.columns)) throw refuse('was begun with other columns');
}

function differ(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) !== JSON.stringify(b);
}

function told(option: string, value: unknown): string {
  const name = `--${dashed(option)}`;
  if (value === undefined || value === null || value === false) return `no ${name}`;
  if (value === true) return name;
  return `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}
