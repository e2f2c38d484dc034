/**
 * Every error that a user can see is one of these classes: `message` is one line that says what
 * is wrong and where, `hint` says what to do about it. The command line prints both and exits with
 * `exitCode`.
 *
 * @example
 * try {
 *   await train({ manifest: 'speech.csv', out: 'runs/first' });
 * } catch (error) {
 *   if (error instanceof AlstmError) console.error(error.message, error.hint);
 * }
 */
export class AlstmError extends Error {
  /** Set explicitly in each class, because bundlers may shorten class names. */
  override readonly name: string = 'AlstmError';
  readonly hint: string;
  readonly exitCode: number = 1;

  constructor(message: string, hint = '', options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/**
 * A command or an API was called wrongly: unknown option, missing argument, impossible value.
 *
 * @example
 * try {
 *   await alstm.predict([]);
 * } catch (error) {
 *   if (error instanceof UsageError) console.error('called wrongly:', error.message);
 * }
 */
export class UsageError extends AlstmError {
  override readonly name = 'UsageError';
  override readonly exitCode = 2;
}

/**
 * A model, optimiser or run configuration that cannot work.
 *
 * @example
 * try {
 *   parseRunSettings({ training: { epochs: -1 } }, 'settings');
 * } catch (error) {
 *   if (error instanceof ConfigError) console.error(error.message); // names the field
 * }
 */
export class ConfigError extends AlstmError {
  override readonly name = 'ConfigError';
}

/**
 * A file that is missing, unreadable, or not what it claims to be.
 *
 * @example
 * try {
 *   await alstm.predict('gone.wav');
 * } catch (error) {
 *   if (error instanceof FileError) console.error(error.message);
 * }
 */
export class FileError extends AlstmError {
  override readonly name = 'FileError';
}

/**
 * Bytes that do not follow their format: safetensors, JSON, CSV, checkpoints.
 *
 * @example
 * try {
 *   readSafetensors(await files.read('model.safetensors'));
 * } catch (error) {
 *   if (error instanceof FormatError) console.error('damaged:', error.message);
 * }
 */
export class FormatError extends AlstmError {
  override readonly name = 'FormatError';
}

/**
 * A recording that cannot be decoded or is too short.
 *
 * @example
 * try {
 *   extractFeatures(samples.subarray(0, 100));
 * } catch (error) {
 *   if (error instanceof AudioError) console.error(error.message); // too short
 * }
 */
export class AudioError extends AlstmError {
  override readonly name = 'AudioError';
}

/**
 * A decoder that cannot be loaded or started, whatever the recording.
 *
 * @example
 * try {
 *   await decodeAudio(await files.read('speech.ogg'), 'speech.ogg');
 * } catch (error) {
 *   if (error instanceof CodecError) console.error('no decoder:', error.message);
 * }
 */
export class CodecError extends AlstmError {
  override readonly name = 'CodecError';
}

/**
 * A corpus, manifest or split that cannot be used.
 *
 * @example
 * try {
 *   splitCorpus(corpus, { testSpeakers: ['nobody'], seed: 0 });
 * } catch (error) {
 *   if (error instanceof CorpusError) console.error(error.message, error.hint);
 * }
 */
export class CorpusError extends AlstmError {
  override readonly name = 'CorpusError';
}

/**
 * A command graph that is not valid: shapes, types, hazards, undefined tensors.
 *
 * @example
 * try {
 *   await predictor.predictSamples(samples);
 * } catch (error) {
 *   if (error instanceof GraphError) console.error('a bug in alstm:', error.message);
 * }
 */
export class GraphError extends AlstmError {
  override readonly name = 'GraphError';
}

/**
 * A pass with more workgroups than WebGPU can dispatch: a smaller batch may still fit.
 *
 * @example
 * try {
 *   await train({ engine, files, out: 'runs/first', data });
 * } catch (error) {
 *   if (error instanceof DispatchSizeError) console.error('a smaller batch may fit');
 * }
 */
export class DispatchSizeError extends GraphError {}

/**
 * A shader that does not compile or disagrees with its descriptor.
 *
 * @example
 * try {
 *   await predictor.predictSamples(samples);
 * } catch (error) {
 *   if (error instanceof ShaderError)
 *     console.error('this driver refuses a shader:', error.message);
 * }
 */
export class ShaderError extends AlstmError {
  override readonly name = 'ShaderError';
}

/**
 * No WebGPU adapter, or one that cannot do the job.
 *
 * @example
 * try {
 *   const engine = await openEngine({ adapter: 'gpu' });
 * } catch (error) {
 *   if (error instanceof AdapterError) console.error(error.message, error.hint);
 * }
 */
export class AdapterError extends AlstmError {
  override readonly name = 'AdapterError';
}

/**
 * The device was lost: work in progress is gone, saved work is not.
 *
 * @example
 * try {
 *   await predictor.predictSamples(samples);
 * } catch (error) {
 *   if (error instanceof DeviceLostError) console.error('open the engine again:', error.message);
 * }
 */
export class DeviceLostError extends AlstmError {
  override readonly name = 'DeviceLostError';
}

/**
 * The device was closed by its owner, so it must not be replaced.
 *
 * @example
 * engine.close();
 * try {
 *   engine.gpu.check();
 * } catch (error) {
 *   console.log(error instanceof DeviceClosedError); // true
 * }
 */
export class DeviceClosedError extends DeviceLostError {}

/**
 * Device losses in a row, without progress in between, after which recovery gives up.
 *
 * @example
 * console.log(`training gives up after ${MOST_DEVICE_LOSSES} lost devices without progress`);
 */
export const MOST_DEVICE_LOSSES = 3;

/**
 * Whether a new device would help: not if the owner closed the old one.
 *
 * @example
 * try {
 *   await train({ engine, files, out: 'runs/first', data });
 * } catch (error) {
 *   if (isDeviceLoss(error))
 *     await train({ engine: await openEngine(), files, out: 'runs/first', data, resume: true });
 * }
 */
export function isDeviceLoss(error: unknown): error is DeviceLostError {
  return error instanceof DeviceLostError && !(error instanceof DeviceClosedError);
}

/**
 * A file could not be written: full disk, no permission.
 *
 * @example
 * try {
 *   await files.write('/full/plan.json', '{}');
 * } catch (error) {
 *   if (error instanceof WriteError) console.error(error.message);
 * }
 */
export class WriteError extends AlstmError {
  override readonly name = 'WriteError';
}

/**
 * One line for any thrown value, without a stack.
 *
 * @example
 * const told = await readModel(files, 'runs/none').catch(messageOf);
 * console.log(told); // why it cannot be read
 */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
