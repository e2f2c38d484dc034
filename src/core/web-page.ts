/** Whether a response is a web page: some servers send one instead of an error for missing files. */
export function isWebPage({ ok, headers }: Pick<Response, 'ok' | 'headers'>): boolean {
  return ok && /^text\/html\b/i.test(headers.get('content-type') ?? '');
}
