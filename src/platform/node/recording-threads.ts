import { UsageError } from '../../core/errors.js';
import type { Files } from '../../core/files.js';
import { RecordingPool } from '../../features/workers/pool.js';
import { InThisThread, type RecordingWorkers } from '../../features/workers/recording-workers.js';
import { usableCores } from './cores.js';
import { NodeFiles } from './files.js';
import { startThread } from './start-thread.js';

/** How many threads decode recordings, and of which files. */
export interface RecordingThreadsOptions {
  /** Threads; 1: none, the work is done in the caller's. Default: as many as there are cores. */
  readonly workers?: number | undefined;
  /** For work in this thread; default: those on disk. Threads read and write those on disk. */
  readonly files?: Files;
  /** Called with one line if no thread can be started. */
  readonly warn?: (line: string) => void;
}

/**
 * Workers that decode recordings and compute their features, in threads that start when they are needed and do not
 * keep the process alive while they are idle.
 *
 * @example
 * const workers = recordingThreads({ workers: 4 });
 * const data = await loadTrainingData(files, source, { workers });
 * await workers.close();
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
