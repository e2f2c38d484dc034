import type { ModelConfig } from '../core/config.js';
import { isDeviceLoss, MOST_DEVICE_LOSSES } from '../core/errors.js';
import { InferenceSession } from '../session/inference-session.js';
import type { SessionOptions } from '../session/network-session.js';
import type { FrameBatch, Inference, Inspection } from '../session/types.js';
import type { Engine } from '../gpu/engine.js';

export interface LastingOptions extends SessionOptions {
  /** Opens a device after a loss; without it a loss is the caller's. */
  readonly reopen?: (() => Promise<Engine>) | undefined;
}

/**
 * A trained model on a device, and on the next one where that is lost (a driver's reset, a GPU process that
 * ended): the batch at hand is computed again there, to the same bits on the same adapter and driver.
 *
 * @throws as InferenceSession; DeviceLostError where nobody reopens, or three devices in a row give no answer;
 *   DeviceClosedError, which is no loss, once the device's owner has closed it
 */
export class RecoveringSession {
  #session: InferenceSession;
  #destroyed = false;

  constructor(
    engine: Engine,
    private readonly model: ModelConfig,
    private readonly options: LastingOptions,
  ) {
    this.#session = InferenceSession.create(engine, model, options);
  }

  predict(batch: FrameBatch): Promise<Inference> {
    return this.#throughLosses((session) => session.predict(batch));
  }

  inspect(batch: FrameBatch): Promise<Inspection> {
    return this.#throughLosses((session) => session.inspect(batch));
  }

  destroy(): void {
    this.#destroyed = true;
    this.#session.destroy();
  }

  async #throughLosses<T>(ask: (session: InferenceSession) => Promise<T>): Promise<T> {
    const { reopen, log } = this.options;
    for (let losses = 1; ; losses++) {
      try {
        return await ask(this.#session);
      } catch (error) {
        if (!isDeviceLoss(error)) throw error;
        if (this.#destroyed || reopen === undefined || losses >= MOST_DEVICE_LOSSES) throw error;
        log?.(`${error.message}: computing the batch again on a new device`);
        this.#session.destroy();
        const engine = await reopen();
        if (this.#destroyed) throw error; // meanwhile: nobody would free the new session
        this.#session = InferenceSession.create(engine, this.model, this.options);
      }
    }
  }
}
