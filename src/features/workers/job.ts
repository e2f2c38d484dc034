import type { Recording } from '../../audio/decode.js';
import type { ErrorCopy } from '../../core/error-copy.js';
import type { Files } from '../../core/files.js';
import { recordingFor } from '../recording.js';
import { featureSet } from '../sets/registry.js';
import type { FeatureOptions, StoredFeatures } from '../utterance.js';
import { storedFeaturesOfFile } from '../utterance.js';
import { secondsOfFile, type SampleNeeds } from './recording-workers.js';

/** One recording's work, as it is sent to a thread. */
export type Job = { readonly path: string } & (
  | { readonly kind: 'features'; readonly options: SentOptions }
  | { readonly kind: 'samples'; readonly needs: SampleNeeds }
  | { readonly kind: 'seconds' }
);

/** Options of features without their functions. */
export interface SentOptions extends Omit<FeatureOptions, 'featureSet' | 'warn'> {
  /** Id of the feature set; absent: the default. */
  readonly set?: string;
  /** Whether there is somebody to warn. */
  readonly warns: boolean;
}

/** What a job gives. */
export interface Results {
  readonly features: StoredFeatures;
  readonly samples: Recording;
  readonly seconds: number;
}

/** To a thread. */
export type Request =
  | { readonly id: number; readonly job: Job }
  /** Finish what is being written, then say `closed`. */
  | { readonly close: true };

/** From a thread. */
export type Reply =
  | { readonly ready: true }
  | { readonly id: number; readonly warning: string }
  | { readonly id: number; readonly value: Results[keyof Results] }
  | { readonly id: number; readonly error: ErrorCopy }
  | { readonly closed: true };

/** Does a job in this thread. */
export async function doJob(
  files: Files,
  job: Job,
  warn: (line: string) => void,
): Promise<Results[keyof Results]> {
  const { path } = job;
  switch (job.kind) {
    case 'features': {
      const { set, warns, ...options } = job.options;
      return storedFeaturesOfFile(files, path, {
        ...options,
        ...(set !== undefined && { featureSet: featureSet(set) }),
        ...(warns && { warn }),
      });
    }
    case 'samples':
      return recordingFor(job.needs, await files.read(path), path);
    case 'seconds':
      return secondsOfFile(files, path);
  }
}
