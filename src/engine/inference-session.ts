import type { ModelConfig } from '../core/config.js';
import type { Engine } from '../gpu/engine.js';
import { NetworkSession, type SessionOptions } from './network-session.js';

/** A trained model on a device. */
export class InferenceSession extends NetworkSession {
  /** Throws ConfigError where the parameters are not the model's. */
  static create(engine: Engine, model: ModelConfig, options: SessionOptions): InferenceSession {
    return new InferenceSession(engine, model, options);
  }
}
