import { FileError } from '../core/errors.js';
import { readAtMost, type Files } from '../core/files.js';
import { isJsonObject, parseJson } from '../core/json.js';
import { didYouMeanPath } from '../core/near-path.js';
import { joinPath } from '../core/paths.js';
import { didYouMean } from '../core/suggest.js';
import { decodeText } from '../core/text.js';
import { isArchiveName, openArchive } from './archive.js';
import {
  CONFIG,
  MODEL_OF_RUN,
  modelFolderOf,
  MOST_BYTES,
  MOST_CONFIG_BYTES,
  type ModelSource,
  RUN_FORMATS,
  WEIGHTS,
} from './layout.js';
import { fetchBytes, fetchFile, isUrl, notThere, urlBelow } from './url.js';

/**
 * Finds a model: a model folder, a run folder's model, an archive of either (.zip, .tar, .tar.gz, .tgz),
 * the URL of any of these, or a model that comes along, by its name. Archives are unpacked in memory.
 *
 * @throws FileError if there is none, or the network fails; FormatError for a damaged
 *   archive; ConfigError for one that does not hold exactly one model; UsageError for an unsafe URL
 */
export async function openModel(files: Files, path: string): Promise<ModelSource> {
  if (isUrl(path)) return openUrl(path);
  if (isArchiveName(path) && !(await files.isFolder(path))) {
    return openArchive(await readAtMost(files, path, MOST_BYTES), path);
  }
  const folder = await findModelFolder(files, path);
  const names = { config: joinPath(folder, CONFIG), weights: joinPath(folder, WEIGHTS) };
  return {
    names,
    config: () => readAtMost(files, names.config, MOST_CONFIG_BYTES),
    weights: (most) => readAtMost(files, names.weights, most),
  };
}

async function openUrl(text: string): Promise<ModelSource> {
  const url = urlBelow(text);
  if (isArchiveName(url.pathname)) {
    return openArchive(await fetchBytes(url, MOST_BYTES), text, url.pathname);
  }
  const tried: [URL, string][] = [];
  for (const folder of ['', `${MODEL_OF_RUN}/`]) {
    const [config, weights] = [urlBelow(text, folder + CONFIG), urlBelow(text, folder + WEIGHTS)];
    const found = await fetchFile(config, MOST_CONFIG_BYTES);
    if (typeof found === 'string') tried.push([config, found]);
    else if (isOfRun(found, config.href)) tried.push([config, 'it is the configuration of a run']);
    else {
      return {
        names: { config: config.href, weights: weights.href },
        config: () => Promise.resolve(found),
        weights: (most) => fetchBytes(weights, most),
      };
    }
  }
  throw notThere(tried);
}

/** Whether a configuration is a run's, which is in the folder above that of its model. */
function isOfRun(config: Uint8Array, name: string): boolean {
  const json = parseJson(decodeText(config, name), name);
  const format = isJsonObject(json) ? json['format'] : undefined;
  return typeof format === 'string' && format.startsWith(RUN_FORMATS);
}

/**
 * The folder that holds a model's files: the one given, that of a run's model in it, or that of a model that comes
 * along.
 *
 * @throws FileError if there is none
 */
export async function findModelFolder(files: Files, given: string): Promise<string> {
  const path = (await shippedFolder(files, given)) ?? given;
  const inRun = modelFolderOf(path);
  for (const folder of [inRun, path]) {
    if (!(await files.exists(joinPath(folder, CONFIG)))) continue;
    if (await files.exists(joinPath(folder, WEIGHTS))) return folder;
    const config = joinPath(folder, CONFIG);
    if (isOfRun(await readAtMost(files, config, MOST_CONFIG_BYTES), config)) break; // no epoch is complete yet
    throw new FileError(`${folder} has a ${CONFIG}, but no ${WEIGHTS}`, 'Copy the whole folder.');
  }
  const exists = await files.exists(path);
  const shipped = [...((await files.shippedModels?.())?.keys() ?? [])];
  throw new FileError(
    exists ? `there is no model in ${path}` : `there is no ${path}`,
    `${didYouMean(given, shipped) || (exists ? '' : await didYouMeanPath(files, path))}Give a model folder (${CONFIG} and ${WEIGHTS}) or a run folder with a finished epoch` +
      `${shipped.length === 0 ? '' : `; these come along: ${shipped.join(', ')}`}.`,
  );
}

/** The folder of a model that comes along; undefined if there is none of that name, or a folder at that path. */
export async function shippedFolder(files: Files, name: string): Promise<string | undefined> {
  if (await files.isFolder(name)) return undefined;
  return (await files.shippedModels?.())?.get(name);
}
