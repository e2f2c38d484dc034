import { AudioError, FileError, FormatError } from '../../core/errors.js';
import type { Cli } from '../cli.js';
import { oneLine } from '../../core/lines.js';

/** Runs something on a recording; reports a failure that is due to the recording itself. */
export async function unlessUnusable(
  cli: Cli,
  recording: string,
  use: () => Promise<void> | void,
): Promise<void> {
  try {
    await use();
  } catch (error) {
    // A bad recording does not affect the next one; a lost device does.
    const own = error instanceof AudioError || error instanceof FileError;
    if (!own && !(error instanceof FormatError)) throw error;
    cli.complain(error);
    if (cli.json) cli.printJson({ path: recording, error: oneLine(error.message) });
  }
}
