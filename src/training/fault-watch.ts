import { AlstmError, DeviceLostError } from '../core/errors.js';
import { notFiniteText } from '../session/diagnosis.js';
import type { TrainingSession } from '../session/training-session.js';
import type { LossSummary } from '../session/types.js';
import { diverged } from '../runs/checkpoint.js';
import { readBatch, type Dataset } from '../data/dataset.js';
import {
  type FaultPolicy,
  type FaultState,
  LEAST_FACTOR,
  MOST_IN_ROW,
  withEffect,
  withFaults,
} from '../runs/faults.js';

/** Hint if the run stopped at a fault that is not in a parameter. */
const CONTINUE =
  'Continue with --resume --on-non-finite skip or halve, or start again with a lower learning rate, more ' +
  'warm-up steps or gradient clipping (clipNorm).';
const CONTINUE_WITHOUT =
  'Start a new run without that recording, or continue with --resume --on-non-finite skip.';

/** Steps in a row that are replayed, each by itself; of more, only their number is reported. */
const MOST_REPLAYED = 3;

export interface WatchedEpoch {
  readonly session: Pick<TrainingSession, 'diagnose' | 'stepCount'>;
  readonly data: Dataset;
  readonly policy: FaultPolicy;
  /** From 1. */
  readonly epoch: number;
  /** Rows of each of its batches. */
  readonly batches: readonly (readonly number[])[];
  /** Steps before its first. */
  readonly stepsBefore: number;
  /** Called with a line for each skipped update, with the reason. */
  readonly log: ((line: string) => void) | undefined;
}

/** Finds the losses and gradients of an epoch that are not finite, and applies the policy. */
export class FaultWatch {
  constructor(
    private readonly options: WatchedEpoch,
    private current: FaultState,
  ) {}

  get state(): FaultState {
    return this.current;
  }

  /**
   * To be called when a reading of the losses has arrived: finds and reports the passes its faults come from.
   *
   * @throws ConfigError if the run has to stop or cannot recover; like the data's `read`
   */
  async arrived({ faults, steps, step }: LossSummary): Promise<void> {
    const { policy, epoch, log } = this.options;
    let row = this.current.inRow;
    // no learning rate helps against features that are not finite
    const others: number[] = [];
    for (const fault of faults) if (!(await this.#hasBadFeatures(fault))) others.push(fault);
    this.current = withFaults(this.current, faults, steps, step, others);
    let more: number[] = []; // the last ones in a row that are not replayed
    const tellOfMore = (): void => {
      if (more.length === 0) return;
      const which =
        more.length === 1 ? `step ${more[0]}` : `${more.length} steps up to ${more.at(-1)}`;
      log?.(`warning: also skipped: ${which} (epoch ${epoch}), ${row} in a row`);
      more = [];
    };
    for (const [i, fault] of faults.entries()) {
      const follows = fault === (faults[i - 1] ?? step - steps) + 1;
      if (!follows) tellOfMore();
      row = follows ? row + 1 : 1;
      if (row > MOST_REPLAYED) {
        more.push(fault);
        continue;
      }
      const { text, permanent, hint } = await this.#cause(fault);
      if (policy === 'stop' || permanent) throw diverged(epoch, `step ${fault}: ${text}`, hint);
      log?.(`warning: the update of step ${fault} (epoch ${epoch}) is skipped: ${text}`);
    }
    tellOfMore();
    const { inRow } = this.current;
    if (inRow >= MOST_IN_ROW) {
      throw diverged(epoch, `${inRow} updates in a row up to step ${step} are not finite`);
    }
  }

  /**
   * Applies the faults that have arrived, from the next step on: to be called at fixed steps.
   *
   * @throws ConfigError if the learning rate was halved too often
   */
  effect(): void {
    const { policy, epoch, session, log } = this.options;
    const { factor } = this.current;
    const step = session.stepCount;
    this.current = withEffect(this.current, policy, step);
    const now = this.current.factor;
    if (now === factor) return;
    if (now < LEAST_FACTOR) {
      throw diverged(
        epoch,
        `at step ${step} the learning rate was halved ${-Math.log2(factor)} times`,
      );
    }
    log?.(`the learning rate is halved from step ${step + 1} on: ${now} times the schedule's rate`);
  }

  /** @throws ConfigError if no update was made in a whole epoch of so many steps */
  refuseWithout(steps: number): void {
    const { epoch } = this.options;
    if (steps > 0 && this.current.inRow >= steps) {
      throw diverged(epoch, `none of its ${steps} updates is finite`);
    }
  }

  #rowsOf(step: number): readonly number[] {
    const { batches, stepsBefore } = this.options;
    return batches[step - stepsBefore - 1] ?? [];
  }

  async #hasBadFeatures(step: number): Promise<boolean> {
    const features = await this.options.data.read(this.#rowsOf(step));
    return features.some((matrix) => matrix.some((x) => !Number.isFinite(x)));
  }

  /** Why a step's update is not finite; `permanent`: a parameter is not, so no later update will be. */
  async #cause(step: number): Promise<{ text: string; permanent?: boolean; hint?: string }> {
    const { session, data, policy } = this.options;
    const rows = this.#rowsOf(step);
    const nameOf = (row: number): string => data.paths[rows[row] ?? -1] ?? `utterance ${row}`;
    const fact = 'the loss or a gradient is not finite';
    try {
      const found = await session.diagnose(await readBatch(data, rows), step);
      if (found) {
        const text = notFiniteText(found, nameOf);
        if (found.pass) return { text, hint: CONTINUE };
        return found.utterance === undefined
          ? { text, permanent: true }
          : { text, hint: CONTINUE_WITHOUT };
      }
      const parameters =
        policy === 'stop' ? '' : ` with the parameters of step ${session.stepCount}`;
      return { text: `${fact}; a replay${parameters} does not show where`, hint: CONTINUE };
    } catch (error) {
      if (!(error instanceof AlstmError) || error instanceof DeviceLostError) throw error;
      return { text: `${fact}; it could not be replayed: ${error.message}`, hint: CONTINUE };
    }
  }
}
