import type { Files } from '../../core/files.js';
import type { Reply } from '../../features/workers/job.js';
import { RecordingPool, type Thread, type ThreadEvents } from '../../features/workers/pool.js';
import { InThisThread, type RecordingWorkers } from '../../features/workers/recording-workers.js';

/** More would hold more memory than a page should: a long recording takes hundreds of megabytes. */
const MOST = 8;

export interface RecordingWebWorkersOptions {
  /**
   * Starts a web worker whose module calls `serveRecordings` and then says that it is ready: a bundler finds it where
   * its URL is written.
   */
  readonly start: () => Worker;
  /** For work in this thread: the same files as in the workers. */
  readonly files: Files;
  /** Default: as many as there are cores, at most 8; 1: none, the work is done in this thread. */
  readonly workers?: number;
  /** Called with one line if no worker can be started. */
  readonly warn?: (line: string) => void;
}

/** Workers that decode recordings and compute their features, in web workers that start when they are needed. */
export function recordingWebWorkers(options: RecordingWebWorkersOptions): RecordingWorkers {
  const { start, files, warn, workers: size = usableCores() } = options;
  if (size === 1) return new InThisThread(files);
  return new RecordingPool({ files, size, warn, start: (events) => startWorker(start, events) });
}

function usableCores(): number {
  return Math.max(1, Math.min(globalThis.navigator.hardwareConcurrency || 1, MOST));
}

/** Held until they are ended: Firefox collects a worker that only its own listeners hold, even while it reads a file. */
const running = new Set<Worker>();

/** A web worker does not say that it ended: one that has failed is ended here. */
function startWorker(start: () => Worker, events: ThreadEvents): Thread {
  const worker = start();
  running.add(worker);
  const end = (): void => {
    worker.terminate();
    running.delete(worker);
  };
  const fail = (problem: string): void => {
    end();
    events.ended(problem);
  };
  worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => events.reply(data));
  worker.addEventListener('messageerror', () => fail('its answer cannot be read'));
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    fail(event.message || 'its module cannot be loaded');
  });
  return {
    post: (request) => worker.postMessage(request),
    busy: () => undefined, // a page ends its workers
    terminate: () => {
      end();
      return Promise.resolve();
    },
  };
}
