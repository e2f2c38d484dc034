import { FileError } from '../core/errors.js';
import { isUnfinished, type Files } from '../core/files.js';
import { isJsonObject } from '../core/json.js';
import { joinPath } from '../core/paths.js';
import { readJson } from '../core/json-file.js';
import { parseRunConfig, RUN_FORMAT, type RunConfig } from './config.js';

const LOCK = '.lock';

/**
 * Locks a run's folder, if files can be locked, and removes unfinished files of a process that was killed
 * there.
 *
 * @returns unlocks it
 * @throws FileError if another process holds the lock; WriteError
 */
export async function lockRun(
  files: Files,
  run: string,
): Promise<(() => Promise<void>) | undefined> {
  const release = await files.lock?.(joinPath(run, LOCK));
  if (release === undefined) return undefined;
  try {
    await removeUnfinished(files, run);
    return release;
  } catch (error) {
    await release();
    throw error;
  }
}

/** In the folder of a run and in its subfolders. */
async function removeUnfinished(files: Files, run: string, inside = false): Promise<void> {
  for (const name of await files.list(run)) {
    const path = joinPath(run, name);
    if (isUnfinished(name)) await files.remove(path);
    else if (!inside && (await files.isFolder(path))) await removeUnfinished(files, path, true);
  }
}

function configPath(run: string): string {
  return joinPath(run, 'config.json');
}

/** Whether a run was started in a folder. */
export function isBegun(files: Files, run: string): Promise<boolean> {
  return files.exists(configPath(run));
}

/** Whether a folder is a run, of any version, readable or not. */
export async function isRunFolder(files: Files, path: string): Promise<boolean> {
  const config = configPath(path);
  if (!(await files.exists(config))) return false;
  if (await files.exists(joinPath(path, 'model.safetensors'))) return false;
  const json = await readJson(files, config);
  const format = isJsonObject(json) ? json['format'] : undefined;
  return typeof format === 'string' && format.startsWith(RUN_FORMAT.slice(0, -1));
}

/**
 * The configuration of a run.
 *
 * @example
 * const { model, training, seed } = await readRunConfig(files, 'runs/first');
 * console.log(parameterCount(model), training.epochs, seed);
 *
 * @throws FileError if the folder is not a run; FormatError or ConfigError for its content
 */
export async function readRunConfig(files: Files, run: string): Promise<RunConfig> {
  const path = configPath(run);
  if (!(await files.exists(path))) {
    throw new FileError(
      `${run} is not a run folder: it has no config.json`,
      'Give a folder that train --out created; if training ended before that, start it again without --resume.',
    );
  }
  return parseRunConfig(await readJson(files, path), path);
}

/** Writes the configuration of a run: the same bytes whether it was made now or read back. */
export async function writeRunConfig(files: Files, run: string, config: RunConfig): Promise<void> {
  const path = configPath(run);
  const ordered = parseRunConfig(config, path); // its fields come in the order of their schema
  await files.write(path, `${JSON.stringify(ordered, undefined, 2)}\n`);
}

/**
 * Refuses to write a run over anything that exists.
 *
 * @throws FileError for a file, or a folder that is not empty
 */
export async function refuseUsedFolder(files: Files, out: string): Promise<void> {
  if (!(await files.exists(out))) return;
  const folder = await files.isFolder(out);
  const nothing = (name: string): boolean => name === LOCK || isUnfinished(name);
  if (folder && (await files.list(out)).every(nothing)) return;
  const what = folder ? 'the folder exists and is not empty' : 'there is a file of that name';
  throw new FileError(
    `cannot write a run to ${out}: ${what}`,
    'Give another --out, continue a run with --resume, or remove it.',
  );
}
