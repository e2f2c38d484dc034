import { FileError, messageOf, UsageError } from '../core/errors.js';

/** Whether a text is a URL of the network, and no path. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/**
 * The URL of a file below a folder's URL, or of that itself; what follows `?` stays.
 *
 * @throws UsageError for one that is none, and for http, save to this machine itself
 */
export function urlBelow(folder: string, file?: string): URL {
  let url: URL;
  try {
    url = new URL(folder);
  } catch (error) {
    throw new UsageError(`${folder} is no URL`, 'Give https://HOST/PATH.', { cause: error });
  }
  refuseOpen(url);
  if (file !== undefined) url.pathname = `${url.pathname.replace(/\/+$/, '')}/${file}`;
  return url;
}

/** What comes by http anyone on the way may have changed. */
function refuseOpen(url: URL): void {
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'https:' || here) return;
  throw new UsageError(`${url.href} is not by https`, 'Give its https URL, or fetch it yourself.');
}

/**
 * What a URL gives, in memory.
 *
 * @param most bytes: where there are more, it stops
 * @throws FileError where the server cannot be reached, refuses, or gives more
 */
export async function fetchBytes(url: URL, most: number): Promise<Uint8Array> {
  const fail = (problem: string, hint: string, cause?: unknown) =>
    new FileError(`cannot read ${url.href}: ${problem}`, hint, { cause });
  const tooMuch = (got: string) =>
    fail(`it is ${got} bytes, a model's would be at most ${most}`, 'Check that it is the model.');
  try {
    const response = await fetch(url);
    refuseOpen(new URL(response.url)); // where it was led to
    if (response.status === 404 || response.status === 410) {
      throw fail(
        'there is no such file',
        'Give the URL of a model folder or of an archive of one.',
      );
    }
    if (!response.ok) {
      throw fail(`the server answers ${response.status}`, 'Check the URL, or try again later.');
    }
    const announced = Number(response.headers.get('content-length'));
    if (announced > most) {
      await response.body?.cancel();
      throw tooMuch(String(announced));
    }
    const parts: Uint8Array[] = [];
    let size = 0;
    const reader = response.body?.getReader();
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done || value === undefined) break;
      parts.push(value);
      size += value.length;
      if (size <= most) continue;
      await reader?.cancel();
      throw tooMuch(`over ${most}`);
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  } catch (error) {
    if (error instanceof FileError || error instanceof UsageError) throw error;
    throw fail(reasonOf(error), 'Check URL and connection, or give a model on disk.', error);
  }
}

/** `fetch failed` alone says nothing: its cause does. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  if (cause === undefined) return messageOf(error);
  const { code } = cause as { code?: unknown }; // of a refused connection, which has no message
  return messageOf(cause) || (typeof code === 'string' ? code : messageOf(error));
}
