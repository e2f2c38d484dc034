import { concatenate } from '../core/concatenate.js';
import { FileError, messageOf, UsageError } from '../core/errors.js';
import { isWebPage } from '../core/web-page.js';

/** Whether a text is a URL of the network, and no path. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/**
 * The URL of a file or folder below a folder's URL, or of that itself; what follows `?` stays.
 *
 * @throws UsageError for one that is none, for one with a password in it, and for http, save to this
 *   machine itself
 */
export function urlBelow(folder: string, path?: string): URL {
  let url: URL;
  try {
    url = new URL(folder);
  } catch (error) {
    throw new UsageError(`${folder} is no URL`, 'Give https://HOST/PATH.', { cause: error });
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(
      `the URL of ${url.host} has a user or a password in it, which is not supported`,
      'Fetch the model yourself, and give its folder.',
    );
  }
  refuseOpen(url);
  if (path !== undefined) url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  return url;
}

/** What comes by http anyone on the way may have changed. */
function refuseOpen(url: URL): void {
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'https:' || here) return;
  throw new UsageError(`${url.href} is not by https`, 'Give its https URL, or fetch it yourself.');
}

const NO_MODEL =
  'Give the URL of a model folder (at Hugging Face: …/OWNER/NAME/resolve/main), of a run folder, or of an archive of one.';
/** Nothing may come for so long. */
const PATIENCE = 30_000;

export interface FetchOptions {
  /** Milliseconds in which something has to come; 30 s if absent. */
  readonly patience?: number;
}

/**
 * What a URL gives, in memory.
 *
 * @param most bytes: where there are more, it stops
 * @throws FileError where the server cannot be reached, stays silent, refuses, has no such file, or gives
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

/** That none of the URLs has a file, and why. */
export function notThere(tried: readonly (readonly [url: URL, why: string])[]): FileError {
  const reasons = tried.map(([{ href }, why]) => `${href}: ${why}`);
  return new FileError(`cannot read ${reasons.join(', nor ')}`, NO_MODEL);
}

/**
 * As `fetchBytes`, but returns in a few words why there is no file: the server says so, or answers by a
 * page, as some do for whatever they do not have.
 */
export async function fetchFile(
  url: URL,
  most: number,
  { patience = PATIENCE }: FetchOptions = {},
): Promise<Uint8Array | string> {
  const fail = (problem: string, hint: string, cause?: unknown) =>
    new FileError(`cannot read ${url.href}: ${problem}`, hint, { cause });
  const tooMuch = (got: string) =>
    fail(`it is ${got} bytes, a model's would be at most ${most}`, 'Check that it is the model.');
  const request = new AbortController();
  const giveUp = () => request.abort(new Error(`nothing came for ${patience / 1000} s`));
  let timer = setTimeout(giveUp, patience);
  const came = () => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, patience);
  };
  try {
    const response = await fetch(url, { signal: request.signal });
    came();
    refuseOpen(new URL(response.url)); // where it was led to
    const none = whyNoFile(response);
    if (none !== undefined) return none;
    if (!response.ok) {
      throw fail(`the server answers ${response.status}`, 'Check the URL, or try again later.');
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
    throw fail(reasonOf(error), 'Check URL and connection, or give a model on disk.', error);
  } finally {
    clearTimeout(timer);
    request.abort(); // what was not read is not sent
  }
}

function whyNoFile(response: Response): string | undefined {
  if (response.status === 404 || response.status === 410) return 'there is no such file';
  return isWebPage(response) ? 'it is a web page' : undefined;
}

/** `fetch failed` alone says nothing: its cause does. In one line, which OpenSSL's are not. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  const { code } = (cause ?? {}) as { code?: unknown }; // of a refused connection, which has no message
  const reason =
    (cause === undefined ? '' : messageOf(cause)) ||
    (typeof code === 'string' ? code : messageOf(error));
  return reason.replace(/\s+/g, ' ').trim();
}
