import { FileError, UsageError } from '../../core/errors.js';
import type { Files } from '../../core/files.js';
import { didYouMeanPath } from '../../core/near-path.js';
import { joinPath } from '../../core/paths.js';
import { didYouMean } from '../../core/suggest.js';
import { isArchiveName } from '../../model/archive.js';
import type { TrainedModel } from '../../model/folder.js';
import { CONFIG, modelFolderOf, WEIGHTS } from '../../model/layout.js';
import { shippedFolder } from '../../model/source.js';
import { isUrl } from '../../model/url.js';
import { DEFAULT_VOICES, defaultFolder, LEARNED_FROM, modelTitle } from '../../model/voices.js';
import { isAudioName, isPattern } from './audio-files.js';

export interface ModelFirst {
  /** A path, URL or name; by default the folder of the model that comes along. */
  readonly model: string;
  readonly recordings: readonly string[];
  /** Whether no model was given. */
  readonly byDefault: boolean;
}

const GIVE = 'Give recordings, or a model and then recordings: alstm predict [MODEL] FILE…';

/**
 * Tells a model before recordings from recordings alone, which the default model is for.
 *
 * @param operands at least one, unless recordings come from elsewhere: `-` is standard input
 * @param elsewhere whether recordings are named by something else, such as a manifest
 * @throws FileError for a lone one that is nothing; UsageError for a model without recordings, or if no model was given
 *   and none comes along
 */
export async function modelFirst(
  files: Files,
  operands: readonly string[],
  elsewhere = false,
): Promise<ModelFirst> {
  const [first = '-', ...rest] = operands;
  const follow = elsewhere || rest.length > 0;
  if (await isModel(files, first, follow)) {
    if (follow) return { model: first, recordings: rest, byDefault: false };
    throw new UsageError(`${first} is a model, and no recording was given`, GIVE);
  }
  if (!follow && !isSeveral(first) && !(await files.exists(first))) {
    const shipped = [...((await files.shippedModels?.())?.keys() ?? [])];
    const meant = didYouMean(first, shipped) || (await didYouMeanPath(files, first));
    throw new FileError(`${first} is neither a file nor a model`, meant + GIVE);
  }
  const model = await defaultFolder(files);
  if (model !== undefined) return { model, recordings: operands, byDefault: true };
  throw new UsageError('no model was given, and none comes with this build of alstm', GIVE);
}

async function isModel(files: Files, path: string, othersFollow: boolean): Promise<boolean> {
  if (isUrl(path)) return true;
  if (await files.isFolder(path)) return holdsModel(files, path);
  if (isArchiveName(path) || (await shippedFolder(files, path)) !== undefined) return true;
  // What is not there was meant as a model, unless it is called like a recording.
  return othersFollow && !isAudioName(path) && !isSeveral(path) && !(await files.exists(path));
}

/** Standard input, or a pattern. */
function isSeveral(path: string): boolean {
  return path === '-' || isPattern(path);
}

/** Also a damaged one, or a run without one yet: reading it tells what is wrong. */
async function holdsModel(files: Files, folder: string): Promise<boolean> {
  for (const own of [folder, modelFolderOf(folder)]) {
    for (const name of [CONFIG, WEIGHTS]) {
      if (await files.exists(joinPath(own, name))) return true;
    }
  }
  return false;
}

/** What to tell of the default model, so that nobody takes its answers for those of a model they chose. */
export function defaultText(trained: TrainedModel): string {
  const title = modelTitle(DEFAULT_VOICES, trained);
  return `using ${title}, learned from ${LEARNED_FROM}; for another: alstm predict MODEL FILE…`;
}
