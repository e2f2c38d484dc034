import { concatenate } from '../core/concatenate.js';
import { FileError, messageOf, UsageError } from '../core/errors.js';
import { isWebPage } from '../core/web-page.js';
import { isPrivateHost } from './private-host.js';

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

/** Data over http can be changed by anyone in between, except on this machine. */
function isSafe({ protocol, hostname }: URL): boolean {
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return protocol === 'https:' || (protocol === 'http:' && here);
}

function refuseOpen(url: URL): void {
  if (isSafe(url)) return;
  throw new UsageError(
    `${url.href} does not use https`,
    'Give its https URL, or download it yourself.',
  );
}

const NO_MODEL =
  'Give the URL of a model folder (at Hugging Face: …/OWNER/NAME/resolve/main), of a run folder, or of an archive of one.';
/** Timeout without any data. */
const PATIENCE = 30_000;
/** Bytes a second that have to come, after a first time of patience: a drip would never end. */
const SLOWEST = 1024;
/** For all of a file. */
const LONGEST = 3_600_000;
const MOST_REDIRECTS = 10;

export interface FetchOptions {
  /** Timeout without data in milliseconds; 30 s if absent. */
  readonly patience?: number;
  /** Timeout of the whole download in milliseconds; an hour if absent. */
  readonly longest?: number;
}

/**
 * Downloads a URL into memory.
 *
 * @param most maximum bytes: stops if there are more
 * @throws FileError if the server cannot be reached, sends nothing or next to nothing, refuses, has no such file, sends
 *   more or a web page, or redirects to where `redirected` does not follow
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
  { patience = PATIENCE, longest = LONGEST }: FetchOptions = {},
): Promise<Uint8Array | string> {
  const fail = (problem: string, hint: string, cause?: unknown) =>
    new FileError(`cannot read ${url.href}: ${problem}`, hint, { cause });
  const tooMuch = (got: string) =>
    fail(`it is ${got} bytes, but a model's has at most ${most}`, 'Check that it is the model.');
  const request = new AbortController();
  const giveUp = (why: string) => request.abort(new Error(why));
  const silent = () => giveUp(`no data for ${patience / 1000} s`);
  let timer = setTimeout(silent, patience);
  const end = setTimeout(() => giveUp(`it takes longer than ${longest / 1000} s`), longest);
  const came = () => {
    clearTimeout(timer);
    timer = setTimeout(silent, patience);
  };
  let pace: ReturnType<typeof setInterval> | undefined;
  try {
    const response = await fetchRedirected(url, request.signal, fail);
    came();
    const none = whyNoFile(response);
    if (none !== undefined) return none;
    if (response.status !== 200) {
      throw fail(
        `the server responded with status ${response.status}`,
        'Check the URL, or try again later.',
      );
    }
    const announced = Number(response.headers.get('content-length'));
    if (announced > most) throw tooMuch(String(announced));
    const parts: Uint8Array[] = [];
    let size = 0;
    let before = -Infinity; // the first time of patience is free
    pace = setInterval(() => {
      const got = size - before;
      if (got < (SLOWEST * patience) / 1000) giveUp(`only ${got} bytes in ${patience / 1000} s`);
      before = size;
    }, patience);
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
    clearTimeout(end);
    clearInterval(pace);
    request.abort(); // stop sending the rest
  }
}

/** Follows redirects one by one, since what each leads to matters. Browsers do not show them, and follow them by their own rules. */
async function fetchRedirected(
  given: URL,
  signal: AbortSignal,
  fail: (problem: string, hint: string) => FileError,
): Promise<Response> {
  let url = given;
  for (let times = 0; times <= MOST_REDIRECTS; times++) {
    const response = await fetch(url, { signal, redirect: 'manual' });
    if (response.type === 'opaqueredirect') {
      const followed = await fetch(url, { signal });
      refuseOpen(new URL(followed.url));
      return followed;
    }
    if (![301, 302, 303, 307, 308].includes(response.status)) {
      if (response.url !== '') refuseOpen(new URL(response.url));
      return response;
    }
    await response.body?.cancel();
    const next = redirected(url, response.headers.get('location') ?? '', given);
    if (typeof next === 'string') {
      throw fail(`it redirects to ${next}`, 'Give the URL that the model itself is at.');
    }
    url = next;
  }
  throw fail(`it redirects more than ${MOST_REDIRECTS} times`, 'Check the URL.');
}

/**
 * Where a redirect leads, or why it is not followed: to any host, but by https alone, and from the public network not to this
 * machine or its own network, where nobody but its user may ask for anything.
 *
 * @param given the URL that a user gave
 */
export function redirected(from: URL, location: string, given: URL): URL | string {
  if (location === '' || !URL.canParse(location, from)) return 'no URL';
  const to = new URL(location, from);
  const place = /^https?:$/.test(to.protocol) ? to.origin : to.protocol;
  if (!isSafe(to)) return `${place}, which is not https`;
  if (to.username !== '' || to.password !== '') return `${place} with a password`;
  if (isPrivateHost(to.hostname) && !isPrivateHost(given.hostname)) {
    return `${place}, which is not in the public network as ${given.hostname} is`;
  }
  return to;
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
