import { FileError } from '../core/errors.js';
import { isUnfinished, type Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';
import { isText } from '../core/text.js';
import { byUtterance } from '../features/normalise.js';
import { normalisationToJson } from '../model/features.js';
import { defaultFeatureSet, unlessDefault } from '../features/sets/registry.js';
import { type TrainedModel, writeModel } from '../model/folder.js';
import { WEIGHTS } from '../model/layout.js';

const PREPROCESSOR = 'preprocessor_config.json';
const CARD = 'README.md';

/**
 * Writes a model in the layout of Hugging Face repositories: `config.json` and `model.safetensors` (a model
 * folder, which alstm reads), `preprocessor_config.json` (how the features are computed) and the card.
 *
 * @example
 * const trained = await readModel(files, 'runs/first');
 * await exportHuggingFace(files, 'upload', trained, cardOfModel('my model', trained));
 *
 * @param folder new or empty, or as an export of the same model left it that was ended on the way
 * @param card the text of README.md, with the front matter of model cards
 * @returns the paths of the files
 * @throws FileError if the folder is not empty; ConfigError as writeModel; WriteError
 */
export async function exportHuggingFace(
  files: Files,
  folder: string,
  trained: TrainedModel,
  card: string,
): Promise<readonly string[]> {
  const settings = `${JSON.stringify(preprocessorConfig(trained), undefined, 2)}\n`;
  const before = { [CARD]: card, [PREPROCESSOR]: settings };
  if (!(await isFree(files, folder, before))) {
    throw new FileError(`cannot write a model to ${folder}: it is not empty`, 'Give a new folder.');
  }
  for (const [name, text] of Object.entries(before)) {
    await files.write(joinPath(folder, name), text);
  }
  await writeModel(files, folder, trained); // last: until then it is not a model
  return (await files.list(folder)).map((name) => joinPath(folder, name));
}

/** Whether nothing is in a folder but what an export of the same model left that was ended on the way. */
async function isFree(
  files: Files,
  folder: string,
  before: Readonly<Record<string, string>>,
): Promise<boolean> {
  if (!(await files.exists(folder))) return true;
  if (!(await files.isFolder(folder))) return false;
  const names = (await files.list(folder)).filter((name) => !isUnfinished(name));
  const complete = Object.keys(before).every((name) => names.includes(name));
  for (const name of names) {
    const own = before[name];
    const same =
      own === undefined
        ? complete && name === WEIGHTS
        : isText(await files.read(joinPath(folder, name)), own);
    if (!same) return false;
  }
  return true;
}

/** Settings with the names used by feature extractors of the transformers library, and a few more. */
export function preprocessorConfig({
  featureSet: set = defaultFeatureSet,
  trimDb,
  normalisation = byUtterance,
}: Pick<TrainedModel, 'featureSet' | 'trimDb' | 'normalisation'>): unknown {
  return {
    feature_extractor_type: 'AlstmFeatureExtractor',
    ...(unlessDefault(set).featureSet && { feature_set: set.id }),
    sampling_rate: set.rate,
    mono: true,
    frame_length: set.window,
    hop_length: set.hop,
    feature_size: set.dimensions,
    feature_names: set.names,
    ...((trimDb ?? null) !== null && { trim_db: trimDb }),
    do_normalize: true,
    ...normalisationToJson(normalisation),
  };
}
