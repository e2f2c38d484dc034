import { ClosableFiles } from '../../core/closable-files.js';
import { copyOfError } from '../../core/error-copy.js';
import type { Files } from '../../core/files.js';
import { doJob, type Reply, type Request, type Results } from './job.js';

/** Sends a reply; the buffers are handed over, not copied. */
export type Post = (reply: Reply, transfer: ArrayBuffer[]) => void;

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
      const value = await doJob(files, job, (warning) => post({ id, warning }, []));
      const own = withOwnBuffers(value);
      post({ id, value: own }, buffersOf(own));
    } catch (error) {
      post({ id, error: copyOfError(error) }, []);
    }
  };
  const close = async (): Promise<void> => {
    await files.close();
    post({ closed: true }, []);
  };
  return (request) => void ('close' in request ? close() : answer(request));
}

/** A part of a larger buffer is copied: the rest must not go along, and WebAssembly's memory cannot. */
function withOwnBuffers<T extends Results[keyof Results]>(value: T): T {
  if (typeof value === 'number') return value;
  const entries = Object.entries(value).map(([key, part]: [string, unknown]) => {
    const partOf = part instanceof Float32Array && part.byteLength < part.buffer.byteLength;
    return [key, partOf ? part.slice() : part] as const;
  });
  return Object.fromEntries(entries) as unknown as T;
}

function buffersOf(value: Results[keyof Results]): ArrayBuffer[] {
  if (typeof value === 'number') return [];
  const parts = Object.values(value as object) as unknown[];
  const buffers = parts.flatMap((part) =>
    part instanceof Float32Array && part.buffer instanceof ArrayBuffer ? [part.buffer] : [],
  );
  return [...new Set(buffers)];
}
