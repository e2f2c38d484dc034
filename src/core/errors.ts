/**
 * Every failure that a user can meet is one of these classes: `message` is one line that says what
 * is wrong and where, `hint` what to do about it. The command line prints both and exits with
 * `exitCode`.
 */
export class AlstmError extends Error {
  /** Written out in each class: a bundler may shorten the names of classes. */
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

/** A recording that cannot be decoded or holds too little. */
export class AudioError extends AlstmError {
  override readonly name = 'AudioError';
}

/** A decoder that cannot be loaded or started: no recording's fault. */
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

/** A pass of more workgroups than WebGPU dispatches: a smaller batch may still fit. */
export class DispatchSizeError extends GraphError {}

/** A shader that does not compile or disagrees with its descriptor. */
export class ShaderError extends AlstmError {
  override readonly name = 'ShaderError';
}

/** No WebGPU adapter, or one that cannot do the job. */
export class AdapterError extends AlstmError {
  override readonly name = 'AdapterError';
}

/** The device was lost: the work in flight is gone, what was saved is not. */
export class DeviceLostError extends AlstmError {
  override readonly name = 'DeviceLostError';
}

/** The device was closed by its owner, who wants no other in its place. */
export class DeviceClosedError extends DeviceLostError {}

/** Losses of the device in a row, without progress in between, after which recovery gives up. */
export const MOST_DEVICE_LOSSES = 3;

/** Whether another device would help: not where the owner has closed the one that there was. */
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
