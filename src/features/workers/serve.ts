import { ClosableFiles } from '../../core/closable-files.js';
import { copyOfError } from '../../core/error-copy.js';
import type { Files } from '../../core/files.js';
import { doJob, type Reply, type Request, type Results } from './job.js';

/**
 * Sends a reply. Arrays are to be copied, not transferred: once any buffer of a thread is detached, V8 checks every access to
 * a typed array in that thread for it, which makes features take 1.2 to 1.3 times as long. A copy takes less than 1% of that time.
 */
export type Post = (reply: Reply) => void;

/**
 * What a thread does with each request that it gets.
 *
 * @param given the files whose paths the requests name
 * @param post sends a reply to those who started the thread
 */
export function serveRecordings(given: Files, post: Post): (request: Request) => void {
  const files = new ClosableFiles(given);
  const answer = async ({ id, job }: Extract<Request, { id: number }>): Promise<void> => {
    try {
      const value = await doJob(files, job, (warning) => post({ id, warning }));
      post({ id, value: withOwnBuffers(value) });
    } catch (error) {
      post({ id, error: copyOfError(error) });
    }
  };
  const close = async (): Promise<void> => {
    await files.close();
    post({ closed: true });
  };
  return (request) => void ('close' in request ? close() : answer(request));
}

/** Parts of larger buffers as arrays of their own: a message takes whole buffers along. */
function withOwnBuffers<T extends Results[keyof Results]>(value: T): T {
  if (typeof value === 'number') return value;
  const entries = Object.entries(value).map(([key, part]: [string, unknown]) => {
    const partOf = part instanceof Float32Array && part.byteLength < part.buffer.byteLength;
    return [key, partOf ? part.slice() : part] as const;
  });
  return Object.fromEntries(entries) as unknown as T;
}
