import type { AugmentConfig } from '../core/augment.js';
import type { OptimizerConfig } from '../core/config.js';
import type { SessionOptions } from './network-session.js';

/** How a session updates its parameters. */
export interface TrainingOptions extends SessionOptions {
  readonly optimizer: OptimizerConfig;
  /** Gradients are scaled down to this global norm; 0 or absent: no clipping. */
  readonly clipNorm?: number | undefined;
  /** Seed of the dropout bits and of augmentation. */
  readonly seed?: number | undefined;
  /**
   * Share δ of Polyak averaging: after each update that is made, average = δ average + (1 - δ) parameters, from
   * the first parameters on; `predict` uses the average. 0 or absent: none.
   */
  readonly ema?: number | undefined;
  /** How the frames of a step's batch are augmented; `predict` never does that. */
  readonly augment?: AugmentConfig | undefined;
  /**
   * Whether the GPU stops updating after a fault (a loss or gradient that is not finite), so
   * that the parameters stay those of that step, until `loadState`. Default: it skips only that update.
   */
  readonly holdAtFault?: boolean | undefined;
}
