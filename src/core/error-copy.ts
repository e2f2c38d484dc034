import * as classes from './errors.js';
import { AlstmError } from './errors.js';

/** An error as it can be sent to another thread. */
export interface ErrorCopy {
  /** The class it is made of again: one of core/errors.ts or of the language. */
  readonly kind: string;
  readonly name: string;
  readonly message: string;
  /** Of an AlstmError. */
  readonly hint?: string;
  readonly stack?: string;
  /** Of the system, such as ENOENT. */
  readonly code?: string;
  readonly cause?: ErrorCopy;
}

type Kind = new (message: string, hint: string, options?: ErrorOptions) => AlstmError;

/** By a name of its own: bundlers shorten those of classes. */
const ours: Readonly<Record<string, Kind>> = {
  AlstmError,
  UsageError: classes.UsageError,
  ConfigError: classes.ConfigError,
  FileError: classes.FileError,
  FormatError: classes.FormatError,
  AudioError: classes.AudioError,
  CodecError: classes.CodecError,
  CorpusError: classes.CorpusError,
  GraphError: classes.GraphError,
  DispatchSizeError: classes.DispatchSizeError,
  ShaderError: classes.ShaderError,
  AdapterError: classes.AdapterError,
  DeviceLostError: classes.DeviceLostError,
  DeviceClosedError: classes.DeviceClosedError,
  WriteError: classes.WriteError,
};
const builtIn: Readonly<Record<string, new (message: string) => Error>> = {
  TypeError,
  RangeError,
  ReferenceError,
  SyntaxError,
};

/** Causes of causes beyond that are left out. */
const DEEPEST = 8;

/** A copy of anything thrown. */
export function copyOfError(error: unknown, depth = 0): ErrorCopy {
  if (!(error instanceof Error)) return { kind: 'Error', name: 'Error', message: String(error) };
  const { name, message, stack, cause } = error;
  return {
    ...{ kind: kindOf(error), name, message },
    ...(error instanceof AlstmError && { hint: error.hint }),
    ...(stack !== undefined && { stack }),
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    ...(cause !== undefined && depth < DEEPEST && { cause: copyOfError(cause, depth + 1) }),
  };
}

/** The nearest class that the other side knows. */
function kindOf(error: Error): string {
  const known = Object.entries({ ...ours, ...builtIn });
  let own: unknown = Object.getPrototypeOf(error);
  while (own !== null) {
    const found = known.find(([, kind]) => kind.prototype === own);
    if (found !== undefined) return found[0];
    own = Object.getPrototypeOf(own);
  }
  return 'Error';
}

/** An error of the same class, with the same message, hint, stack and causes. */
export function errorOfCopy({ kind, name, message, hint, stack, code, cause }: ErrorCopy): Error {
  const Ours = Object.hasOwn(ours, kind) ? ours[kind] : undefined;
  const BuiltIn = Object.hasOwn(builtIn, kind) ? builtIn[kind] : undefined;
  const error = Ours ? new Ours(message, hint ?? '') : new (BuiltIn ?? Error)(message);
  const own = (key: string, value: unknown): void => {
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  };
  if (error.name !== name) own('name', name);
  if (stack !== undefined) own('stack', stack);
  if (code !== undefined) own('code', code);
  if (cause !== undefined) own('cause', errorOfCopy(cause));
  return error;
}
