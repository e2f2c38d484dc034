import { type ResourceLimits, Worker } from 'node:worker_threads';
import { UsageError } from '../../core/errors.js';
import type { Files } from '../../core/files.js';
import type { Reply } from '../../features/workers/job.js';
import { RecordingPool, type Thread, type ThreadEvents } from '../../features/workers/pool.js';
import { InThisThread, type RecordingWorkers } from '../../features/workers/recording-workers.js';
import { usableCores } from './cores.js';
import { NodeFiles } from './files.js';
import { recordingThreadUrl } from './recording-thread-url.js';

export interface RecordingThreadsOptions {
  /** Threads; 1: none, the work is done in the caller's. Default: as many as there are cores. */
  readonly workers?: number | undefined;
  /** For work in this thread; default: those on disk. Threads read and write those on disk. */
  readonly files?: Files;
  /** Told if no thread can be started. */
  readonly warn?: (line: string) => void;
}

/**
 * Workers that decode recordings and compute their features, in threads that start when they are needed and do not
 * keep the process alive while they are idle.
 *
 * @throws UsageError if `workers` is not an integer of at least 1
 */
export function recordingThreads(options: RecordingThreadsOptions = {}): RecordingWorkers {
  const { workers: size = usableCores(), files = new NodeFiles(), warn } = options;
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new UsageError(
      `workers is ${size}, expected an integer of at least 1`,
      'Leave it out for as many as there are cores.',
    );
  }
  if (size === 1) return new InThisThread(files);
  return new RecordingPool({ files, size, warn, start: (events) => startThread(events) });
}

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
