import type { ModelConfig } from '../core/config.js';
import { directionsOf } from '../core/layers.js';
import type { Engine } from '../gpu/engine.js';
import { recurrentPlaces } from '../network/layers/index.js';
import { traceName, traceWidth } from '../network/layers/recurrent/trace.js';
import { inspectionProgram } from '../network/programs.js';
import { readTrace } from './inspection.js';
import { NetworkSession, type SessionOptions } from './network-session.js';
import type { DirectionTrace, FrameBatch, Inspection } from './types.js';

/**
 * A trained model on a device.
 *
 * @example
 * const { model, parameters } = trained;
 * const session = InferenceSession.create(engine, model, { parameters });
 * const { features, frames } = extractFeatures(samples);
 * const { probabilities } = await session.predict({ features, lengths: Int32Array.of(frames) });
 * session.destroy();
 */
export class InferenceSession extends NetworkSession {
  /** Throws ConfigError if the parameters are not the model's. */
  static create(engine: Engine, model: ModelConfig, options: SessionOptions): InferenceSession {
    return new InferenceSession(engine, model, options);
  }

  /**
   * The result of `predict`, with a trace of the recurrent layers; waits for the GPU. Runs its own
   * program: `predict` is not affected, but in a tight memory budget the programs may take turns.
   * Throws ConfigError for a batch that does not fit the model.
   */
  async inspect(batch: FrameBatch): Promise<Inspection> {
    const recurrence: DirectionTrace[][] = Array.from(batch.lengths, () => []);
    const traces = recurrentPlaces(this.model).map(({ config, axis, by }) => ({
      tensor: traceName(config.name),
      axis,
      width: traceWidth(config) * directionsOf(config).length,
      take: (row: number, values: Float32Array) => {
        recurrence[row]?.push(...readTrace(config, by, values));
      },
    }));
    const inference = await this.infer(inspectionProgram, batch, traces);
    return { ...inference, recurrence };
  }
}
