import { AlstmError, messageOf } from '../core/errors.js';
import { oneLine } from '../core/lines.js';
import { paints } from './paint.js';
import { isTooManyFiles, TOO_MANY_FILES } from './too-many-files.js';

/** One line that says what went wrong, another what to do about it: not yet made printable. */
export function errorLines(error: unknown): readonly string[] {
  if (isTooManyFiles(error)) return TOO_MANY_FILES;
  const known = error instanceof AlstmError;
  const message = known ? error.message : `unexpected: ${messageOf(error)}`;
  const hint = known
    ? error.hint
    : 'This is a bug in alstm: ALSTM_DEBUG=1 shows where; please report it.';
  const lines = [`alstm: ${oneLine(message)}`];
  if (hint !== '') lines.push(`  ${oneLine(hint)}`);
  return lines;
}

/** The stacks of an error and of its causes. */
export function stacksOf(error: unknown): string {
  if (!(error instanceof Error)) return messageOf(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by ${stacksOf(error.cause)}`;
}

/** The last part of a command's help; Commander takes the colours away where there are none. */
export function examples(...lines: readonly string[]): string {
  const heading = lines.length === 1 ? 'Example:' : 'Examples:';
  return ['', paints().heading(heading), ...lines.map((line) => `  $ ${line}`)].join('\n');
}

/** An option's name as it is typed: `testSpeakers` is `test-speakers`. */
export function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** An option, and a value of it, as it is given. */
export const spelled = (option: string, value?: string): string =>
  `--${dashed(option)}${value === undefined ? '' : ` ${value}`}`;

/** `45 s`, `12 min`, `3 h 05 min` */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
