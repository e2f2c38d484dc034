import { messageOf } from '../../core/errors.js';
import type { Files } from '../../core/files.js';
import type { Reply, Request } from '../../features/workers/job.js';
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

/**
 * Firefox sometimes never loads a worker's code that another worker asks for, and says nothing; the next one it
 * loads. Until then a worker may take this long.
 */
const START_MS = 5000;
const STARTS = 3;

/** A web worker does not say that it ended: one that has failed is ended here. */
function startWorker(start: () => Worker, events: ThreadEvents): Thread {
  /** What a worker gets that is started instead; undefined once one has loaded its code. */
  let unread: Request[] | undefined = [];
  let late: ReturnType<typeof setTimeout> | undefined;
  let worker = begin(1);

  function begin(count: number): Worker {
    const own = start();
    running.add(own);
    own.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
      loaded();
      events.reply(data);
    });
    own.addEventListener('messageerror', () => fail('its answer cannot be read'));
    own.addEventListener('error', (event) => {
      event.preventDefault();
      fail(event.message || 'its module cannot be loaded');
    });
    late = setTimeout(() => again(count), START_MS * count);
    return own;
  }
  function again(count: number): void {
    if (count === STARTS) return fail('its module does not load');
    end();
    try {
      worker = begin(count + 1);
      for (const request of unread ?? []) worker.postMessage(request);
    } catch (error) {
      fail(messageOf(error));
    }
  }
  function loaded(): void {
    clearTimeout(late);
    unread = undefined;
  }
  function end(): void {
    clearTimeout(late);
    worker.terminate();
    running.delete(worker);
  }
  function fail(problem: string): void {
    end();
    events.ended(problem);
  }
  return {
    post: (request) => {
      unread?.push(request);
      worker.postMessage(request);
    },
    busy: () => undefined, // a page ends its workers
    terminate: () => {
      end();
      return Promise.resolve();
    },
  };
}
