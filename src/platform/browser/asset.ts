import { FileError, messageOf } from '../../core/errors.js';
import { isWebPage } from '../../core/web-page.js';

/**
 * Reads a file that a bundler or the package has put beside the code.
 *
 * @param hint what to do where it is not there
 * @throws FileError
 */
export async function fetchAsset(href: string, hint: string): Promise<Uint8Array> {
  const fail = (why: string, cause?: unknown) =>
    new FileError(`cannot read ${href}: ${why}`, hint, { cause });
  try {
    const response = await fetch(href);
    if (!response.ok) throw fail(`the server responded with status ${response.status}`);
    if (isWebPage(response)) throw fail('it is a web page');
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw error instanceof FileError ? error : fail(messageOf(error), error);
  }
}
