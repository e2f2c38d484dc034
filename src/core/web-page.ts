/** Whether an answer is a web page: some servers give one, and no error, for what they do not have. */
export function isWebPage({ ok, headers }: Pick<Response, 'ok' | 'headers'>): boolean {
  return ok && /^text\/html\b/i.test(headers.get('content-type') ?? '');
}
