import { FileError } from './core/errors.js';
import type { Disposes } from './core/host-types.js';
import {
  notRecording,
  openTrained,
  type OpenedModel,
  type PredictOne,
  type Samples,
} from './inference/opened-model.js';
import type { PredictorOptions } from './inference/predictor.js';
import { readModel } from './model/folder.js';
import { DEFAULT_VOICES, defaultFolder } from './model/voices.js';
import { openEngine } from './platform/node/engine.js';
import { NodeFiles } from './platform/node/files.js';
import type { OpenGpuOptions } from './platform/node/open-gpu.js';
import { isRecordingBytes, predictBytes, type RecordingBytes } from './recording-bytes.js';

/** What is predicted: a WAV, FLAC, MP3 or OGG file, as its path, a Blob or its bytes; or samples. */
export type OpenRecording = string | RecordingBytes | Samples;

/** A model that `open` opened. */
export type Opened = OpenedModel<Exclude<OpenRecording, Samples>> & Disposes;

/** How a model is opened: on which device, and with what of a predictor. */
export interface OpenOptions extends OpenGpuOptions, Omit<PredictorOptions, 'reopen' | 'log'> {}

/**
 * Opens a model on a device of its own, to predict recordings with. Close it, or the process may not exit;
 * `await using` closes it by itself.
 *
 * @example
 * const alstm = await open();
 * const { label, score } = await alstm.predict('speech.wav');
 * console.log(label, score); // such as: anger 0.81
 * alstm.close();
 *
 * @param model a model folder or run folder, an archive of it, its https URL, or the name of a model that comes along;
 *   default: `voices-4`, which learned from acted speech
 * @param options `log` gets a line for a slow step, a lost device, and a model that is not for commercial use
 * @throws FileError, FormatError, ConfigError or UsageError as readModel; AdapterError if there is no device
 */
export async function open(model?: string, options: OpenOptions = {}): Promise<Opened> {
  const files = new NodeFiles();
  const trained = await readModel(files, model ?? (await defaultModel(files)));
  const { adapter, cache, ownStderr, ...rest } = options;
  return openTrained(trained, {
    ...rest,
    name: model ?? DEFAULT_VOICES,
    openEngine: () => openEngine({ adapter, cache, ownStderr, log: options.log }),
    predictOne,
    sounds: 'a stream or another async iterable of Float32Arrays, or of bytes with `format`',
  });
}

async function defaultModel(files: NodeFiles): Promise<string> {
  const folder = await defaultFolder(files);
  if (folder !== undefined) return folder;
  throw new FileError(`${DEFAULT_VOICES} is not in this build of alstm`, 'Name a model of yours.');
}

const KINDS = 'the path of a file, its bytes, a Blob, or { samples, rate }';

const predictOne: PredictOne<Exclude<OpenRecording, Samples>> = (predictor, recording, whose) => {
  if (isRecordingBytes(recording)) return predictBytes(predictor, recording, whose);
  if (typeof recording !== 'string') throw notRecording(KINDS);
  return predictor.predictFile(new NodeFiles(), recording, whose);
};
