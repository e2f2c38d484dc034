import type { Files } from '../core/files.js';
import type { StopSignal } from '../core/host-types.js';
import type { SolveSvm } from '../core/svm.js';
import type { Engine } from '../gpu/engine.js';
import type { KernelPlan } from '../plan/plan.js';
import type { TrainProgress } from '../training/trainer.js';
import type { Tuning } from '../tuning/settle.js';
import type { ExperimentData } from './experiment-data.js';
import type { Job } from './jobs.js';
import type { Protocol } from './protocol.js';

/** What all jobs of an experiment share. */
export interface JobContext {
  /** The device; after a loss, its replacement. */
  readonly engine: () => Promise<Engine>;
  /** Opens another after a loss. */
  readonly reopen: () => Promise<Engine>;
  /** Solves support vector problems, for a protocol with such a cell. */
  readonly svm?: (() => Promise<SolveSvm>) | undefined;
  readonly files: Files;
  /** Folder of the experiment. */
  readonly out: string;
  readonly protocol: Protocol;
  readonly protocolHash: string;
  readonly data: ExperimentData;
  /** Kernel plan; default: as `tuning` says. */
  readonly plan?: KernelPlan | undefined;
  readonly tuning?: Tuning | undefined;
  readonly signal?: StopSignal | undefined;
  readonly log?: ((line: string) => void) | undefined;
  readonly onProgress?: ((job: Job, progress: TrainProgress) => void) | undefined;
}
