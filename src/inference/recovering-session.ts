import type { ModelConfig } from '../core/config.js';
import { isDeviceLoss, MOST_DEVICE_LOSSES } from '../core/errors.js';
import { InferenceSession } from '../session/inference-session.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { type SampleBatch, SamplesSession } from '../session/samples-session.js';
import type { SessionOptions } from '../session/network-session.js';
import type { FrameBatch, Inference, Inspection } from '../session/types.js';
import type { Engine } from '../gpu/engine.js';

export interface RecoveringOptions extends SessionOptions {
  /** Opens a device after a loss; without it a loss is thrown. */
  readonly reopen?: (() => Promise<Engine>) | undefined;
}

/**
 * A trained model on a device that recovers from a lost device (a driver reset, a GPU process that
 * ended): the current batch is computed again on a new one, bit-identically on the same adapter and driver.
 *
 * @throws as InferenceSession; DeviceLostError without `reopen`, or if three devices in a row give no result;
 *   DeviceClosedError, which is not a loss, once the device's owner has closed it
 */
export class RecoveringSession {
  #engine: Engine;
  #session: InferenceSession;
  /** Made when samples come. */
  #ofSamples: SamplesSession | undefined;
  #destroyed = false;

  constructor(
    engine: Engine,
    private readonly model: ModelConfig,
    private readonly options: RecoveringOptions,
  ) {
    this.#engine = engine;
    this.#session = InferenceSession.create(engine, model, options);
  }

  predict(batch: FrameBatch): Promise<Inference> {
    return this.#withRecovery((session) => session.predict(batch));
  }

  inspect(batch: FrameBatch): Promise<Inspection> {
    return this.#withRecovery((session) => session.inspect(batch));
  }

  /** @throws as SamplesSession */
  predictSamples(batch: SampleBatch, set: FeatureSet): Promise<Inference> {
    return this.#withRecovery(() => {
      this.#ofSamples ??= new SamplesSession(this.#engine, this.model, set, this.options);
      return this.#ofSamples.predict(batch);
    });
  }

  destroy(): void {
    this.#destroyed = true;
    this.#free();
  }

  #free(): void {
    this.#session.destroy();
    this.#ofSamples?.destroy();
    this.#ofSamples = undefined;
  }

  async #withRecovery<T>(ask: (session: InferenceSession) => Promise<T>): Promise<T> {
    const { reopen, log } = this.options;
    for (let losses = 1; ; losses++) {
      try {
        return await ask(this.#session);
      } catch (error) {
        if (!isDeviceLoss(error)) throw error;
        if (this.#destroyed || reopen === undefined || losses >= MOST_DEVICE_LOSSES) throw error;
        log?.(`${error.message}: computing the batch again on a new device`);
        this.#free();
        const engine = await reopen();
        if (this.#destroyed) throw error; // destroyed meanwhile: nobody would free the new session
        this.#engine = engine;
        this.#session = InferenceSession.create(engine, this.model, this.options);
      }
    }
  }
}
