import { recordingName } from '../core/recording-name.js';
import type { NamedFile } from './protocol.js';

/** Whether a path is called like a recording. Files whose names begin with a dot are hidden, as `._speech.wav`. */
export function isRecordingName(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return recordingName.test(name) && !name.startsWith('.');
}

/**
 * What was chosen to be heard: files whatever their names, of folders what is called like a recording. By path, with
 * numbers as numbers.
 */
export function recordingsAmong(files: readonly NamedFile[]): NamedFile[] {
  const { compare } = new Intl.Collator(undefined, { numeric: true });
  return files
    .filter(({ path }) => !path.includes('/') || isRecordingName(path))
    .sort((a, b) => compare(a.path, b.path));
}
