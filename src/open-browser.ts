import { FileError, UsageError } from './core/errors.js';
import type { BlobLike, Disposes, FileLike } from './core/host-types.js';
import { predictAudioBuffer, type AudioBufferLike } from './inference/audio-buffer.js';
import {
  notRecording,
  openTrained,
  type OpenedModel,
  type PredictOne,
  type Samples,
} from './inference/opened-model.js';
import type { PredictorOptions } from './inference/predictor.js';
import { isArchiveName, openArchive } from './model/archive.js';
import { chosenModelFolder } from './model/chosen.js';
import { readModel, readModelFrom, type TrainedModel } from './model/folder.js';
import { DEFAULT_VOICES } from './model/voices.js';
import { fetchAsset } from './platform/browser/asset.js';
import { BlobFiles } from './platform/browser/blob-files.js';
import { openBrowserEngine, type BrowserEngineOptions } from './platform/browser/engine.js';

/** What is predicted: a File or Blob of WAV, FLAC, MP3 or OGG, an AudioBuffer, or samples. */
export type OpenRecording = FileLike | BlobLike | AudioBufferLike | Samples;

/** A model as a person chose it: the files of its folder, or an archive of it. */
export type ModelFiles = Iterable<FileLike> | ArrayLike<FileLike> | FileLike;

/** A model that `open` opened. */
export type Opened = OpenedModel<Exclude<OpenRecording, Samples>> & Disposes;

export interface OpenOptions
  extends BrowserEngineOptions, Omit<PredictorOptions, 'reopen' | 'log'> {}

/**
 * Opens a model on a device of its own, to predict recordings with, in a page or a worker. Close it when it is no longer
 * needed.
 *
 * ```ts
 * const alstm = await open();
 * console.log((await alstm.predict(input.files[0])).tasks['emotion']);
 * ```
 *
 * @param model the name of a model that comes along (default: `voices-4`, which learned from acted speech); the URL of a
 *   model folder or an archive of it, relative to the page or absolute; or chosen files. Nothing else is fetched
 * @param options `log` gets a line for the adapter, a lost device, and a model that is not for commercial use
 * @throws FileError, FormatError, ConfigError or UsageError as readModel; AdapterError if there is no device
 */
export async function open(
  model: string | ModelFiles = DEFAULT_VOICES,
  options: OpenOptions = {},
): Promise<Opened> {
  const trained = await (typeof model === 'string' ? readNamed(model) : readChosen(model));
  const { powerPreference, gpu, ...rest } = options;
  return openTrained(trained, {
    ...rest,
    name: typeof model === 'string' ? model : 'the chosen model',
    openEngine: () => openBrowserEngine({ powerPreference, gpu, log: options.log }),
    predictOne,
  });
}

async function readNamed(model: string): Promise<TrainedModel> {
  const { shipped } = await import('./platform/browser/shipped.js'); // only for whoever opens a model
  if (Object.hasOwn(shipped, model)) {
    const names = shipped[model]!();
    const hint = `Put ${model} of the package's dist/voices/ on your server, and give its URL to open().`;
    return readModelFrom({
      names,
      config: () => fetchAsset(names.config, hint),
      weights: () => fetchAsset(names.weights, hint),
    });
  }
  const at = (globalThis as { location?: { href: string } }).location?.href;
  if (!URL.canParse(model, at)) {
    throw new UsageError(
      `${model} is neither the URL of a model nor one that comes along`,
      `These come along: ${Object.keys(shipped).join(', ')}.`,
    );
  }
  return readModel(new BlobFiles([]), new URL(model, at).href);
}

async function readChosen(model: ModelFiles): Promise<TrainedModel> {
  if (!('arrayBuffer' in model)) {
    const files = BlobFiles.ofInput(model);
    return readModel(files, chosenModelFolder(files.paths));
  }
  const { name } = model;
  if (!isArchiveName(name)) {
    throw new FileError(
      `${name} is not an archive of a model`,
      'Give a .zip, .tar or .tar.gz, or all files of its folder.',
    );
  }
  return readModelFrom(await openArchive(new Uint8Array(await model.arrayBuffer()), name));
}

const KINDS = 'a File or Blob, an AudioBuffer, or { samples, rate }';
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

const predictOne: PredictOne<Exclude<OpenRecording, Samples>> = (predictor, recording, whose) => {
  if (!isObject(recording)) throw notRecording(KINDS);
  if ('getChannelData' in recording) {
    return predictAudioBuffer(predictor, recording, 'audio buffer', whose);
  }
  if (!('arrayBuffer' in recording)) throw notRecording(KINDS);
  const name = 'name' in recording ? recording.name : 'recording';
  return predictor.predictFile(new BlobFiles([[name, recording]]), name, whose);
};
