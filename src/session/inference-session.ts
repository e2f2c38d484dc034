import type { ModelConfig } from '../core/config.js';
import type { Engine } from '../gpu/engine.js';
import { inspectionProgram } from '../network/programs.js';
import { TRACE, traceWidth } from '../network/trace.js';
import { readTrace } from './inspection.js';
import { NetworkSession, type SessionOptions } from './network-session.js';
import type { DirectionTrace, FrameBatch, Inspection } from './types.js';

/** A trained model on a device. */
export class InferenceSession extends NetworkSession {
  /** Throws ConfigError where the parameters are not the model's. */
  static create(engine: Engine, model: ModelConfig, options: SessionOptions): InferenceSession {
    return new InferenceSession(engine, model, options);
  }

  /**
   * What `predict` gives, and what the recurrent layer did on the way; waits for the GPU. Runs a
   * program of its own: `predict` is as it was, but the programs may take turns in a tight memory budget.
   * Throws ConfigError for a batch that does not fit the model.
   */
  async inspect(batch: FrameBatch): Promise<Inspection> {
    const recurrence: (readonly DirectionTrace[])[] = [];
    const inference = await this.infer(inspectionProgram, batch, {
      tensor: TRACE,
      width: traceWidth(this.model) * (this.model.recurrent.bidirectional ? 2 : 1),
      take: (row, values) => (recurrence[row] = readTrace(this.model, values)),
    });
    return { ...inference, recurrence };
  }
}
