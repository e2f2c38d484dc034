import picocolors from 'picocolors';

/** A stream of the process, as far as colours go. */
export interface ColorStream {
  readonly isTTY?: boolean;
  hasColors?(): boolean;
}

/**
 * Whether text for a stream is to have colours: on a terminal that shows them, unless NO_COLOR is set, and anywhere if
 * FORCE_COLOR says so. See no-color.org and force-color.org.
 */
export function wantsColors(
  stream: ColorStream,
  { NO_COLOR, FORCE_COLOR }: NodeJS.ProcessEnv = process.env,
): boolean {
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined) return !['0', 'false'].includes(FORCE_COLOR);
  return stream.isTTY === true && stream.hasColors?.() === true;
}

/** Ways to write text; without colours they leave it as it is. */
export function paints(colors = true) {
  const { bold, cyan, dim, red, yellow } = picocolors.createColors(colors);
  return { heading: bold, command: cyan, aside: dim, error: red, warning: yellow };
}

/** A line of standard error with its first word in colour: `alstm:` of an error, `warning:`. */
export function paintedLine(line: string, colors: boolean): string {
  const { error, warning } = paints(colors);
  return line
    .replace(/^alstm:/, (word) => error(word))
    .replace(/^warning:/, (word) => warning(word));
}
