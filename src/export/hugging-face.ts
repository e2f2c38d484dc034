import { FileError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';
import { byUtterance } from '../features/normalise.js';
import { normalisationToJson } from '../model/features.js';
import { defaultFeatureSet, unlessDefault } from '../features/sets/registry.js';
import { type TrainedModel, writeModel } from '../model/folder.js';

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
 * @param folder new or empty
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
  const taken =
    (await files.exists(folder)) &&
    (!(await files.isFolder(folder)) || (await files.list(folder)).length > 0);
  if (taken) {
    throw new FileError(`cannot write a model to ${folder}: it is not empty`, 'Give a new folder.');
  }
  const settings = preprocessorConfig(trained);
  await files.write(joinPath(folder, CARD), card);
  await files.write(joinPath(folder, PREPROCESSOR), `${JSON.stringify(settings, undefined, 2)}\n`);
  await writeModel(files, folder, trained); // last: until then it is not a model
  return (await files.list(folder)).map((name) => joinPath(folder, name));
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
