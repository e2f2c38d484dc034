/**
 * Every error that a user can see is one of these classes: `message` is one line that says what
 * is wrong and where, `hint` says what to do about it. The command line prints both and exits with
 * `exitCode`.
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

/** A command or an API was called wrongly: unknown option, missing argument, impossible value. */
export class UsageError extends AlstmError {
  override readonly name = 'UsageError';
  override readonly exitCode = 2;
}

/** A model, optimiser or run configuration that cannot work. */
export class ConfigError extends AlstmError {
  override readonly name = 'ConfigError';
}

/** A file that is missing, unreadable, or not what it claims to be. */
export class FileError extends AlstmError {
  override readonly name = 'FileError';
}

/** Bytes that do not follow their format: safetensors, JSON, CSV, checkpoints. */
export class FormatError extends AlstmError {
  override readonly name = 'FormatError';
}

/** A recording that cannot be decoded or is too short. */
export class AudioError extends AlstmError {
  override readonly name = 'AudioError';
}

/** A decoder that cannot be loaded or started, whatever the recording. */
export class CodecError extends AlstmError {
  override readonly name = 'CodecError';
}

/** A corpus, manifest or split that cannot be used. */
export class CorpusError extends AlstmError {
  override readonly name = 'CorpusError';
}

/** A command graph that is not valid: shapes, types, hazards, undefined tensors. */
export class GraphError extends AlstmError {
  override readonly name = 'GraphError';
}

/** A pass with more workgroups than WebGPU can dispatch: a smaller batch may still fit. */
export class DispatchSizeError extends GraphError {}

/** A shader that does not compile or disagrees with its descriptor. */
export class ShaderError extends AlstmError {
  override readonly name = 'ShaderError';
}

/** No WebGPU adapter, or one that cannot do the job. */
export class AdapterError extends AlstmError {
  override readonly name = 'AdapterError';
}

/** The device was lost: work in progress is gone, saved work is not. */
export class DeviceLostError extends AlstmError {
  override readonly name = 'DeviceLostError';
}

/** The device was closed by its owner, so it must not be replaced. */
export class DeviceClosedError extends DeviceLostError {}

/** Device losses in a row, without progress in between, after which recovery gives up. */
export const MOST_DEVICE_LOSSES = 3;

/** Whether a new device would help: not if the owner closed the old one. */
export function isDeviceLoss(error: unknown): error is DeviceLostError {
  return error instanceof DeviceLostError && !(error instanceof DeviceClosedError);
}

/** A file could not be written: full disk, no permission. */
export class WriteError extends AlstmError {
  override readonly name = 'WriteError';
}

/** One line for any thrown value, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
