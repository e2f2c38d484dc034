import { FileError, UsageError } from './core/errors.js';
import type { Files } from './core/files.js';
import type { Disposes, FileLike, MediaStreamLike } from './core/host-types.js';
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
import { isMediaStream, listenTo } from './platform/browser/microphone.js';
import { isRecordingBytes, predictBytes, type RecordingBytes } from './recording-bytes.js';

/** What is predicted: a WAV, FLAC, MP3 or OGG file, as a File, a Blob or its bytes; an AudioBuffer; or samples. */
export type OpenRecording = RecordingBytes | AudioBufferLike | Samples;

/** Live sound: the microphone, opened when the loop begins and closed after it; or a MediaStream, which stays open. */
export type OpenSound = 'microphone' | MediaStreamLike;

/** A model as a person chose it: the files of its folder, or an archive of it. */
export type ModelFiles = Iterable<FileLike> | ArrayLike<FileLike> | FileLike;

/** A model that `open` opened. */
export type Opened = OpenedModel<Exclude<OpenRecording, Samples>, OpenSound> & Disposes;

/** How a model is opened: on which GPU, from which files, and with what of a predictor. */
export interface OpenOptions
  extends BrowserEngineOptions, Omit<PredictorOptions, 'reopen' | 'log'> {
  /** Where a model that is named by a path is: `new OpfsFiles()`, for example. Default: the name is a URL. */
  readonly files?: Files | undefined;
}

/**
 * Opens a model on a device of its own, to predict recordings with, in a page or a worker. Close it when it is no longer
 * needed.
 *
 * @example
 * const alstm = await open();
 * const { label, score } = await alstm.predict(file); // a File that was chosen or dropped
 * console.log(label, score); // such as: anger 0.81
 * for await (const now of alstm.stream('microphone')) console.log(now.label);
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
  const { powerPreference, gpu, files, ...rest } = options;
  const trained = await readGiven(model, files);
  return openTrained(trained, {
    ...rest,
    name: typeof model === 'string' ? model : 'the chosen model',
    openEngine: () => openBrowserEngine({ powerPreference, gpu, log: options.log }),
    predictOne,
    listen: (source) =>
      source === 'microphone' || isMediaStream(source) ? () => listenTo(source) : undefined,
    sounds:
      "'microphone', a MediaStream, or a stream or another async iterable of Float32Arrays with its `rate`",
  });
}

function readGiven(model: string | ModelFiles, files: Files | undefined): Promise<TrainedModel> {
  if (typeof model !== 'string') return readChosen(model);
  return files === undefined ? readNamed(model) : readModel(files, model);
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

const KINDS = 'a File or Blob, its bytes, an AudioBuffer, or { samples, rate }';
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

const predictOne: PredictOne<Exclude<OpenRecording, Samples>> = (predictor, recording, whose) => {
  if (isRecordingBytes(recording)) return predictBytes(predictor, recording, whose);
  if (!isObject(recording) || !('getChannelData' in recording)) throw notRecording(KINDS);
  return predictAudioBuffer(predictor, recording, 'audio buffer', whose);
};
