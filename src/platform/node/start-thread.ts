// A module of its own: what its types speak of, programs without Node's types do not have.
import { type ResourceLimits, Worker } from 'node:worker_threads';
import type { Reply } from '../../features/workers/job.js';
import type { Thread, ThreadEvents } from '../../features/workers/pool.js';
import { recordingThreadUrl } from './recording-thread-url.js';

/**
 * Starts a thread.
 *
 * @param module what it runs; default: what answers requests for recordings
 * @param resourceLimits default: those of the process
 */
export function startThread(
  events: ThreadEvents,
  module: URL = recordingThreadUrl,
  resourceLimits: ResourceLimits = {},
): Thread {
  const worker = new Worker(module, { name: 'alstm recordings', resourceLimits });
  worker.unref();
  let problem: string | undefined;
  worker.on('message', (reply: Reply) => events.reply(reply));
  worker.on('error', (error: NodeJS.ErrnoException) => {
    problem = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'out of memory' : error.message;
  });
  worker.on('messageerror', (error) => {
    problem = `its answer cannot be read: ${error.message}`;
    void worker.terminate();
  });
  worker.on('exit', (code) => events.ended(problem ?? `exit status ${code}`));
  return {
    post: (request) => worker.postMessage(request),
    busy: (busy) => (busy ? worker.ref() : worker.unref()),
    terminate: async () => void (await worker.terminate()),
  };
}
