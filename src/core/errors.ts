/**
 * Every failure that a user can meet is one of these classes: `message` is one line that says what
 * is wrong and where, `hint` what to do about it. The command line prints both and exits with
 * `exitCode`.
 */
export class AlstmError extends Error {
  readonly hint: string;
  readonly exitCode: number = 1;

  constructor(message: string, hint = '', options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.hint = hint;
  }
}

/** A command or an API was called wrongly: unknown option, missing argument, impossible value. */
export class UsageError extends AlstmError {
  override readonly exitCode = 2;
}

/** A model, optimiser or run configuration that cannot work. */
export class ConfigError extends AlstmError {}

/** A file that is missing, unreadable, or not what it claims to be. */
export class FileError extends AlstmError {}

/** Bytes that do not follow their format: safetensors, JSON, CSV, checkpoints. */
export class FormatError extends AlstmError {}

/** A recording that cannot be decoded or holds too little. */
export class AudioError extends AlstmError {}

/** A corpus, manifest or split that cannot be used. */
export class CorpusError extends AlstmError {}

/** A command graph that is not valid: shapes, types, hazards, undefined tensors. */
export class GraphError extends AlstmError {}

/** A shader that does not compile or disagrees with its descriptor. */
export class ShaderError extends AlstmError {}

/** No WebGPU adapter, or one that cannot do the job. */
export class AdapterError extends AlstmError {}

/** The device was lost: the work in flight is gone, what was saved is not. */
export class DeviceLostError extends AlstmError {}

/** A file could not be written: full disk, no permission. */
export class WriteError extends AlstmError {}

/** One line for any thrown value, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
