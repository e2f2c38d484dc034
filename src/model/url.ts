import { concatenate } from '../core/concatenate.js';
import { FileError, messageOf, UsageError } from '../core/errors.js';
import { isWebPage } from '../core/web-page.js';

/** Whether a string is a network URL, not a path. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/**
 * The URL of a file or folder below a folder's URL, or of the folder itself; the query is kept.
 *
 * @throws UsageError for an invalid URL, for one with a password, and for http, except to this
 *   machine itself
 */
export function urlBelow(folder: string, path?: string): URL {
  let url: URL;
  try {
    url = new URL(folder);
  } catch (error) {
    throw new UsageError(`${folder} is not a URL`, 'Give https://HOST/PATH.', { cause: error });
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(
      `the URL of ${url.host} contains a user name or password, which is not supported`,
      'Download the model yourself and give its folder.',
    );
  }
  refuseOpen(url);
  if (path !== undefined) url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  return url;
}

/** Data over http can be changed by anyone in between. */
function refuseOpen(url: URL): void {
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'https:' || here) return;
  throw new UsageError(
    `${url.href} does not use https`,
    'Give its https URL, or download it yourself.',
  );
}

const NO_MODEL =
  'Give the URL of a model folder (at Hugging Face: …/OWNER/NAME/resolve/main), of a run folder, or of an archive of one.';
/** Timeout without any data. */
const PATIENCE = 30_000;

export interface FetchOptions {
  /** Timeout without data in milliseconds; 30 s if absent. */
  readonly patience?: number;
}

/**
 * Downloads a URL into memory.
 *
 * @param most maximum bytes: stops if there are more
 * @throws FileError if the server cannot be reached, sends nothing, refuses, has no such file, or sends
 *   more or a web page
 */
export async function fetchBytes(
  url: URL,
  most: number,
  options?: FetchOptions,
): Promise<Uint8Array> {
  const found = await fetchFile(url, most, options);
  if (typeof found === 'string') throw notThere([[url, found]]);
  return found;
}

/** Error if none of the URLs has a file, with the reasons. */
export function notThere(tried: readonly (readonly [url: URL, why: string])[]): FileError {
  const reasons = tried.map(([{ href }, why]) => `${href}: ${why}`);
  return new FileError(`cannot read ${reasons.join(', nor ')}`, NO_MODEL);
}

/**
 * Like `fetchBytes`, but returns a short reason if the file does not exist: the server says so, or sends
 * a web page, as some do for missing files.
 */
export async function fetchFile(
  url: URL,
  most: number,
  { patience = PATIENCE }: FetchOptions = {},
): Promise<Uint8Array | string> {
  const fail = (problem: string, hint: string, cause?: unknown) =>
    new FileError(`cannot read ${url.href}: ${problem}`, hint, { cause });
  const tooMuch = (got: string) =>
    fail(`it is ${got} bytes, but a model's has at most ${most}`, 'Check that it is the model.');
  const request = new AbortController();
  const giveUp = () => request.abort(new Error(`no data for ${patience / 1000} s`));
  let timer = setTimeout(giveUp, patience);
  const came = () => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, patience);
  };
  try {
    const response = await fetch(url, { signal: request.signal });
    came();
    refuseOpen(new URL(response.url)); // the target of a redirect
    const none = whyNoFile(response);
    if (none !== undefined) return none;
    if (!response.ok) {
      throw fail(
        `the server responded with status ${response.status}`,
        'Check the URL, or try again later.',
      );
    }
    const announced = Number(response.headers.get('content-length'));
    if (announced > most) throw tooMuch(String(announced));
    const parts: Uint8Array[] = [];
    let size = 0;
    const reader = response.body?.getReader();
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done || value === undefined) break;
      came();
      parts.push(value);
      size += value.length;
      if (size > most) throw tooMuch(`over ${most}`);
    }
    return concatenate(Uint8Array, parts);
  } catch (error) {
    if (error instanceof FileError || error instanceof UsageError) throw error;
    throw fail(
      reasonOf(error),
      'Check the URL and the connection, or give a model on disk.',
      error,
    );
  } finally {
    clearTimeout(timer);
    request.abort(); // stop sending the rest
  }
}

function whyNoFile(response: Response): string | undefined {
  if (response.status === 404 || response.status === 410) return 'there is no such file';
  return isWebPage(response) ? 'it is a web page' : undefined;
}

/** `fetch failed` says nothing, but its cause does. In one line, unlike OpenSSL's messages. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  const { code } = (cause ?? {}) as { code?: unknown }; // for a refused connection, which has no message
  const reason =
    (cause === undefined ? '' : messageOf(cause)) ||
    (typeof code === 'string' ? code : messageOf(error));
  return reason.replace(/\s+/g, ' ').trim();
}
