import { AudioError } from '../core/errors.js';
import type { DeclaredSize } from './bytes.js';

export const AGAIN = 'Copy, download or export it again.';
export const CONVERT = 'Convert it, for example with `ffmpeg -i IN OUT.wav`.';

/** Error for bytes that do not follow their format. */
export function damaged(name: string, format: string, problem: string): AudioError {
  return new AudioError(`${name}: a damaged ${format} file: ${problem}`, AGAIN);
}

/** Error for a valid but unsupported kind of file. */
export function notRead(name: string, what: string): AudioError {
  return new AudioError(`${name}: ${what}, which is not supported`, CONVERT);
}

/** @throws AudioError if more than `slack` is missing of what the file declares, in the same unit */
export function checkComplete(size: DeclaredSize, slack: number, unit: string, name: string): void {
  if (size.present >= size.declared - slack) return;
  throw new AudioError(
    `${name}: truncated or damaged: it declares ${size.declared} ${unit} but has ${size.present}`,
    AGAIN,
  );
}
