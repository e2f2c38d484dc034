import { decodeAudio, type Recording } from '../../audio/decode.js';
import { UsageError } from '../../core/errors.js';
import type { Files } from '../../core/files.js';
import type { StopSignal } from '../../core/host-types.js';
import { recordingFor } from '../recording.js';
import type { Framing } from '../sets/feature-set.js';
import { storedFeaturesOfFile, type FeatureOptions, type StoredFeatures } from '../utterance.js';

/** Rate in Hz that a recording is resampled to, and its least length in samples at that rate. */
export type SampleNeeds = Pick<Framing, 'rate' | 'window'>;

/** How to do one recording's work. */
export interface WorkOptions {
  /** Work that has not begun when it aborts is not done: it fails with a UsageError. */
  readonly signal?: StopSignal;
}

/**
 * Those who decode recordings and compute their features: one after the other in this thread, or several at once in
 * threads of their own. An error is of the class that it would have in this thread.
 */
export interface RecordingWorkers {
  /** Recordings that are worked on at the same time. */
  readonly size: number;
  /** They work while this thread does something else. */
  readonly apart: boolean;
  /**
   * The features of a recording, from the cache or computed, as `featuresOfFile`.
   *
   * @throws as featuresOfFile; AudioError if a worker ended on it, out of memory for example
   */
  features(path: string, options?: FeatureOptions & WorkOptions): Promise<StoredFeatures>;
  /**
   * A recording, decoded and resampled, mono, [N].
   *
   * @throws FileError, AudioError as `loadSamples`; AudioError as `features`
   */
  samples(path: string, needs: SampleNeeds & WorkOptions): Promise<Recording>;
  /**
   * Length of a recording in seconds, by decoding it.
   *
   * @throws as samples, but there is no least length
   */
  seconds(path: string, options?: WorkOptions): Promise<number>;
  /** Ends the workers, idle or not; unfinished work fails with a UsageError. They cannot be used afterwards. */
  close(): Promise<void>;
}

/** Refuses work that is not wanted any more. */
export function refuseStopped(signal: StopSignal | undefined): void {
  if (signal?.aborted) throw new UsageError('this work was stopped before it began');
}

/** The one worker that needs no thread: its work is done here, one recording after the other. */
export class InThisThread implements RecordingWorkers {
  readonly size = 1;
  readonly apart = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly files: Files) {}

  features(path: string, options: FeatureOptions & WorkOptions = {}): Promise<StoredFeatures> {
    return this.#afterOthers(options, () => storedFeaturesOfFile(this.files, path, options));
  }

  samples(path: string, needs: SampleNeeds & WorkOptions): Promise<Recording> {
    return this.#afterOthers(needs, async () =>
      recordingFor(needs, await this.files.read(path), path),
    );
  }

  seconds(path: string, options: WorkOptions = {}): Promise<number> {
    return this.#afterOthers(options, () => secondsOfFile(this.files, path));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #afterOthers<T>({ signal }: WorkOptions, work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(() => {
      refuseStopped(signal);
      return work();
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** Length of the audio in a file. Throws as decodeAudio. */
export async function secondsOfFile(files: Files, path: string): Promise<number> {
  return (await decodeAudio(await files.read(path), path)).seconds;
}
