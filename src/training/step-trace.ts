import type { Files } from '../core/files.js';
import type { TrainingSession } from '../session/training-session.js';
import { chromeTrace } from '../gpu/trace.js';

/** Steps in a trace. */
const STEPS = 10;

/** A trace of the first steps, written when they are done. */
export class StepTrace {
  #left = STEPS;

  /** @throws AdapterError if the adapter has no timestamp queries */
  constructor(
    private readonly session: TrainingSession,
    private readonly files: Files,
    private readonly path: string,
    private readonly adapter: string,
  ) {
    session.startTrace();
  }

  /** To be called after every step. */
  async afterStep(): Promise<void> {
    if (--this.#left === 0) await this.finish();
  }

  /** Writes the trace if that has not been done yet; throws WriteError. */
  async finish(): Promise<void> {
    if (this.#left < 0) return;
    this.#left = -1;
    const events = await this.session.stopTrace();
    await this.files.write(this.path, chromeTrace(events, this.adapter));
  }
}
