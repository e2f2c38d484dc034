import { FileError } from '../core/errors.js';

/**
 * A file of the page's own site. It is asked for anew, so that no part of another version of the page comes.
 *
 * @throws FileError
 */
export async function get(url: string): Promise<Response> {
  const response = await fetch(url, { cache: 'no-cache' }).catch(() => undefined);
  if (response?.ok === true) return response;
  const why = response === undefined ? 'no answer' : String(response.status);
  throw new FileError(`cannot load ${url}: ${why}`, 'Check the connection, and reload the page.');
}
